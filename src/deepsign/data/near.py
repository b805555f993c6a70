"""Near: prints of photos and hands by which copies are found, whoever saved, resized, moved or mirrored them.

A print is a unit vector; two things are nearly the same where the dot product of theirs reaches a bound.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.clip import Clip
from deepsign.landmarks import HAND_POINTS, HANDS, convert
from deepsign.perceive import open_clip

Print = NDArray[np.float32]

# Brightness of 32 × 32 cells, as a correlation. Measured on digits and massey: photos of two signers reach 0.963 at
# most; copies saved anew, brightened or at another size 0.968 and more, nearly all 0.99. (A difference hash of 64 bits
# takes a third of all signers for one another there: their hands stand before the same wall.)
SAME_PHOTO = 0.975
_CELLS = 32
# 1 − d²/2 for d, the mean distance of two hands' points in hand radii. Measured over 37,000 hands of 30 people: those
# of two signers are 0.026 apart or more; a copy in half precision 0.001.
SAME_HAND = 1 - 0.01**2 / 2
_ROWS_AT_ONCE = 1024


def photo_print(path: Path) -> Print | None:
    """(1024,) of a photo; None for one that is all of one colour. Raises InputError where it can't be read."""
    frames = open_clip(path).frames
    assert frames is not None
    grey = Image.fromarray(frames[0]).convert("L").resize((_CELLS, _CELLS), Image.Resampling.BOX)
    return _unit(np.asarray(grey, dtype=np.float32).ravel())


def hand_print(clip: Clip) -> Print | None:
    """(42,) of the hand half way through a clip, wherever it stands, however large, left or right; None without one."""
    if clip.landmarks is None or clip.layout is None:
        return None
    hands = convert(clip.landmarks, clip.layout, HANDS.name)[..., :2]
    for side in ("right_hand", "left_hand"):
        points = hands[:, HANDS.part(side)]
        seen = points[~np.isnan(points).any(axis=(1, 2))]
        if len(seen):
            return _shape(seen[len(seen) // 2])
    return None


def nearest(one: Print, other: Print) -> tuple[int, int, float]:
    """Of prints (N, D) and (M, D), both at least one: which two are nearest, and the dot product of theirs."""
    best = (0, 0, -1.0)
    for start in range(0, len(one), _ROWS_AT_ONCE):
        found = one[start : start + _ROWS_AT_ONCE] @ other.T
        row, column = divmod(int(found.argmax()), found.shape[1])
        if found[row, column] > best[2]:
            best = (start + row, column, float(found[row, column]))
    return best


def _shape(points: NDArray[np.float32]) -> Print | None:
    """Points (21, 2) relative to their middle, turned into a right hand by the sides of the palm."""
    wrist, index, little = (HAND_POINTS.index(name) for name in ("wrist", "index_mcp", "little_mcp"))
    (ax, ay), (bx, by) = points[index] - points[wrist], points[little] - points[wrist]
    side = np.array([1, 1] if ax * by < ay * bx else [-1, 1], dtype=np.float32)
    return _unit((points * side - (points * side).mean(axis=0)).ravel())


def _unit(values: NDArray[np.float32]) -> Print | None:
    centred = values - values.mean()
    length = float(np.linalg.norm(centred))
    return centred / length if length > 1e-6 else None
