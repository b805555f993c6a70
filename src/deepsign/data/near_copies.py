"""Near copies: photos that were made of one photo by cropping, turning, mirroring, dimming or taking its colour away.

Augmented copies that stand in two splits flatter every figure, and collections on the web are full of them. Two steps:
each photo, altered in 66 ways, is compared with all others as they are; what is likely is then fitted more closely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.perceive.image import read_image
from deepsign.problems import InputError

Print = NDArray[np.float32]

_SIDE = 64
_COARSE, _FINE = 24, 32
# Measured on 220 photos of letters_roboflow with two augmented copies of most (EXPERIMENTS.md, P2): alike under
# _LIKELY in the first step, 1 in 20 pairs of copies is lost; with _SAME in the second, 99 in 100 copies are found and
# 206 groups are left of 220, for some photos of a session are as alike as copies. _SURE needs no second step.
_LIKELY, _SURE, _SAME = 0.45, 0.85, 0.65


@dataclass(frozen=True)
class _Look:
    """How a photo is altered: mirrored, turned by degrees, and a square of it, by its side and middle as shares."""

    mirrored: bool = False
    turned: float = 0.0
    side: float = 1.0
    x: float = 0.5
    y: float = 0.5

    def of(self, grey: Image.Image) -> Image.Image:
        if self.mirrored:
            grey = grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.turned:
            grey = grey.rotate(self.turned, Image.Resampling.BILINEAR)
        low_x, low_y = (_SIDE * min(max(at - self.side / 2, 0.0), 1 - self.side) for at in (self.x, self.y))
        box = (low_x, low_y, low_x + _SIDE * self.side, low_y + _SIDE * self.side)
        return grey.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box=box)


def _looks() -> list[_Look]:
    corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5)]
    places = [(1.0, 0.5, 0.5)] + [
        (side, side / 2 + (1 - side) * x, side / 2 + (1 - side) * y) for side in (0.92, 0.84) for x, y in corners
    ]
    return [_Look(m, turned, *place) for m, turned, place in product((False, True), (-6.0, 0.0, 6.0), places)]


def copy_groups(photos: Sequence[Path], on_done: Callable[[str], None] = lambda _: None) -> list[int]:
    """For each photo the number of its group: photos of one group are copies of one another, or of a third.

    A photo that can't be read is a group of its own. The time grows with the square of the number: about a minute for
    2,000 on one core, so this is for collections of thousands, not of millions.
    """
    greys = [_grey(photo) for photo in photos]
    there = [i for i, grey in enumerate(greys) if grey is not None]
    seen = [grey for grey in greys if grey is not None]
    groups = _Groups(len(photos))
    if len(seen) < 2:
        return groups.numbered()
    likeness, looks = _compared(seen, on_done)
    fine = [_print(grey, _FINE) for grey in seen]
    likely = np.argwhere(likeness >= _LIKELY)
    order = np.argsort(-likeness[tuple(likely.T)], kind="stable")
    known = _looks()
    for i, j in likely[order].tolist():
        if groups.of(there[i]) == groups.of(there[j]):
            continue
        if likeness[i, j] >= _SURE or _fitted(seen[i], known[looks[i, j]], fine[j]) >= _SAME:
            groups.join(there[i], there[j])
    return groups.numbered()


def _grey(photo: Path) -> Image.Image | None:
    try:
        return Image.fromarray(read_image(photo)).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except InputError:
        return None


def _print(grey: Image.Image, cells: int) -> Print:
    """A unit vector of where brightness changes and which way: light that changes slowly tells nothing."""
    small = np.asarray(grey.resize((cells + 2, cells + 2), Image.Resampling.BOX), dtype=np.float32)
    across, down = small[1:-1, 2:] - small[1:-1, :-2], small[2:, 1:-1] - small[:-2, 1:-1]
    strength = np.hypot(across, down) + 2
    # The root keeps one strong edge from outweighing all others.
    flat = (np.stack([across, down]) / np.sqrt(strength)).ravel()
    flat = flat - flat.mean()
    found: Print = flat / (np.linalg.norm(flat) + 1e-6)
    return found


def _compared(
    greys: list[Image.Image], on_done: Callable[[str], None]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """(N, N) how alike photo i, altered in the way that suits best, is to photo j, and which way that is."""
    plain = np.stack([_print(grey, _COARSE) for grey in greys]).T
    best = np.full((len(greys), len(greys)), -1, dtype=np.float32)
    ways = np.zeros(best.shape, dtype=np.uint8)
    for number, look in enumerate(_looks()):
        found = np.stack([_print(look.of(grey), _COARSE) for grey in greys]) @ plain
        better = found > best
        best[better], ways[better] = found[better], number
        on_done("")
    np.fill_diagonal(best, -1)
    return best, ways


def _fitted(grey: Image.Image, look: _Look, other: Print) -> float:
    """How alike they are once angle, size and place are moved, each by smaller and smaller steps, to where they fit."""
    best = float(_print(look.of(grey), _FINE) @ other)
    for step in (1.0, 0.5):
        for turned, side, x, y in ((3, 0, 0, 0), (0, 0.05, 0, 0), (0, 0, 0.04, 0), (0, 0, 0, 0.04)):
            for way in (-step, step):
                moved = _Look(
                    look.mirrored,
                    look.turned + way * turned,
                    min(1.0, look.side + way * side),
                    look.x + way * x,
                    look.y + way * y,
                )
                if (found := float(_print(moved.of(grey), _FINE) @ other)) > best:
                    best, look = found, moved
    return best


class _Groups:
    """Things that are joined two by two."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def of(self, one: int) -> int:
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first

    def numbered(self) -> list[int]:
        return [self.of(one) for one in range(len(self._above))]
