"""Synthetic album: tables of landmarks and photos as one table of pictures (X.npy, Y.npy), and whose hands they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.data.store import ClipStore
from deepsign.data.synth_photos import aspect_of, drawn, hand_of, moved
from deepsign.data.synth_studio import cut_out, drawn_alone, middle_forward, mirrored, pictured, thumb_up, to_mirror
from deepsign.perceive import PHOTO_SUFFIXES
from deepsign.perceive.image import read_image
from deepsign.perceive.sampled import fitted
from deepsign.problems import InputError
from deepsign.whole import written_whole

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
Pictures = list[tuple[Row, Pixels]]

PICTURES, GLOSSES = "X.npy", "Y.npy"
_PUT_RIGHT = 0.7
# So many hands of a person tell the shape of the pictures that they are fractions of.
_JUDGED = 100


class Look(Protocol):
    """How an album's pictures look; all of one shape."""

    def drawn(self, gloss: str, hand: Floats, rng: np.random.Generator) -> Pixels:
        """A hand (21, 3) of a table, drawn."""

    def photo(
        self, gloss: str, picture: Pixels, hand: Floats | None, learnt: bool, rng: np.random.Generator
    ) -> list[tuple[str, Pixels]]:
        """What becomes of a photo (H, W, 3) and its hand, if one is found: (before its source's name, picture) each."""


@dataclass(frozen=True)
class Anywhere:
    """Anywhere, in colour, `side` px: each photo as it is, and if it is learnt from once with its hand moved."""

    side: int = 96

    def drawn(self, gloss: str, hand: Floats, rng: np.random.Generator) -> Pixels:
        """(side, side, 3)."""
        return drawn(hand, rng, self.side)

    def photo(
        self, gloss: str, picture: Pixels, hand: Floats | None, learnt: bool, rng: np.random.Generator
    ) -> list[tuple[str, Pixels]]:
        """(side, side, 3) each."""
        found = [("", fitted(picture, self.side, "pad"))]
        if hand is not None and learnt:
            found.append(("moved-", moved(picture, hand, rng, self.side)))
        return found


@dataclass(frozen=True)
class Studio:
    """Close up before a pale wall, grey, 28 px; `copies` of each photo that is learnt from, one of the others."""

    copies: int = 2

    def drawn(self, gloss: str, hand: Floats, rng: np.random.Generator) -> Pixels:
        """(28, 28); a T is made of a G, and most K's fingers are put right."""
        hand = hand * [-1, 1, 1] if to_mirror(gloss, hand, rng) else hand
        if gloss == "T":
            hand = thumb_up(hand)
        elif gloss == "K" and rng.random() < _PUT_RIGHT:
            hand = middle_forward(hand, rng)
        return pictured(drawn_alone(hand, rng, gloss), rng)

    def photo(
        self, gloss: str, picture: Pixels, hand: Floats | None, learnt: bool, rng: np.random.Generator
    ) -> list[tuple[str, Pixels]]:
        """(28, 28) each; none where no hand is found."""
        if hand is None:
            return []
        if to_mirror(gloss, hand, rng):
            hand, picture = mirrored(hand, picture)
        alone = cut_out(picture, hand, rng)
        return [("", pictured(alone, rng)) for _ in range(self.copies if learnt else 1)]


def write_album(
    rows: Sequence[Row],
    root: Path,
    out: Path,
    each: int,
    look: Look | None = None,
    seed: int = 0,
    cache: Path | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Writes OUT/X.npy (N, …), OUT/Y.npy and OUT/manifest.csv, which keeps signer, split and licence.

    Of each gloss `each` hands are drawn, the sources taking turns; of photos `look` says what becomes (`Anywhere` by
    itself). Rows of the split `validation` are not drawn. Raises InputError where no hand is found.
    """
    look = look or Anywhere()
    glosses: dict[str, list[Row]] = {}
    for row in rows:
        glosses.setdefault(row.gloss, []).append(row)
    found: Pictures = []
    with ClipStore(root, cache=cache) as store:
        hands = _Hands(rows, store, seed)
        for at, gloss in enumerate(sorted(glosses)):
            rng = np.random.default_rng([seed, at])
            listed = [row for row in glosses[gloss] if row.split != "validation"]
            found += islice(_drawn(listed, hands, rng, look), each)
            for row in glosses[gloss]:
                if Path(row.path).suffix.lower() in PHOTO_SUFFIXES:
                    hand, learnt = hand_of(store.clip(row)), row.split != "validation"
                    made = look.photo(gloss, read_image(store.root / row.file), hand, learnt, rng)
                    found += [(replace(row, source=f"{before}{row.source}"), picture) for before, picture in made]
            on_done(gloss)
    if not found:
        raise InputError("no hand is found in any of the rows")
    return _written(found, out)


class _Hands:
    """Rows' hands in a picture's proportions: tables hold fractions of pictures whose shape nobody knows."""

    def __init__(self, rows: Sequence[Row], store: ClipStore, seed: int) -> None:
        self._store, rng = store, np.random.default_rng(seed)
        people: dict[str, list[Row]] = {}
        for row in rows:
            if Path(row.path).suffix.lower() not in PHOTO_SUFFIXES:
                people.setdefault(row.signer, []).append(row)
        self._aspects: dict[str, float] = {}
        for signer, listed in people.items():
            some = rng.permutation(len(listed))[:_JUDGED]
            hands = [hand for at in some if (hand := hand_of(store.clip(listed[at]))) is not None]
            self._aspects[signer] = aspect_of(hands) if hands else 1.0

    def of(self, row: Row) -> Floats | None:
        """(21, 3), or None where none is seen."""
        hand = hand_of(self._store.clip(row))
        aspect = self._aspects.get(row.signer, 1.0)
        return None if hand is None else hand * [aspect, 1, aspect]


def _drawn(rows: Sequence[Row], hands: _Hands, rng: np.random.Generator, look: Look) -> Iterator[tuple[Row, Pixels]]:
    """Drawn hands without end, unless there is none; the sources take turns."""
    sources: dict[str, list[Row]] = {}
    for row in rows:
        sources.setdefault(row.source, []).append(row)
    names, missed = sorted(sources), 0
    for turn in count():
        # A hundred rows without a hand: there are none here.
        if not names or missed > 100:
            return
        listed = sources[names[turn % len(names)]]
        row = listed[rng.integers(len(listed))]
        hand = hands.of(row)
        missed = missed + 1 if hand is None else 0
        if hand is not None:
            yield replace(row, source=f"drawn-{row.source}"), look.drawn(row.gloss, hand, rng)


def _written(found: Pictures, out: Path) -> list[Row]:
    for name, values in ((PICTURES, np.stack([p for _, p in found])), (GLOSSES, np.array([r.gloss for r, _ in found]))):
        with written_whole(out / name) as file:
            np.save(file, values, allow_pickle=False)
    content = digest(out / PICTURES)
    rows = [replace(row, path=f"{PICTURES}#{at}", sha256=content) for at, (row, _) in enumerate(found)]
    manifest.write(rows, out / "manifest.csv")
    return rows
