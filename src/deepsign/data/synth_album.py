"""Synthetic album: tables of landmarks and photos as one table of pictures (X.npy, Y.npy), and whose hands they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.data.store import ClipStore
from deepsign.data.synth_photos import REACH, drawn, hand_of, moved
from deepsign.perceive import PHOTO_SUFFIXES
from deepsign.perceive.image import read_image
from deepsign.perceive.sampled import fitted
from deepsign.problems import InputError
from deepsign.whole import written_whole

Pixels = NDArray[np.uint8]
Pictures = list[tuple[Row, Pixels]]

PICTURES, GLOSSES = "X.npy", "Y.npy"


def write_album(
    rows: Sequence[Row],
    root: Path,
    out: Path,
    each: int,
    seed: int = 0,
    side: int = 96,
    reach: tuple[float, float] = REACH,
    grey: bool = False,
    cache: Path | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Writes OUT/X.npy (N, side, side, 3), OUT/Y.npy and OUT/manifest.csv, which keeps signer, split and licence.

    Of each gloss `each` hands are drawn, the sources taking turns; each photo is there as it is, and once with its hand
    moved. Rows of the split `validation` are neither drawn nor moved. Raises InputError where no hand is found.

    reach  see `deepsign.data.synth_photos.drawn`.
    grey   without colours; X is (N, side, side) then.
    """
    glosses: dict[str, list[Row]] = {}
    for row in rows:
        glosses.setdefault(row.gloss, []).append(row)
    found: Pictures = []
    with ClipStore(root, cache=cache) as store:
        for at, gloss in enumerate(sorted(glosses)):
            rng = np.random.default_rng([seed, at])
            listed = [row for row in glosses[gloss] if row.split != "validation"]
            found += islice(_drawn(listed, store, rng, side, reach), each)
            for row in glosses[gloss]:
                if Path(row.path).suffix.lower() in PHOTO_SUFFIXES:
                    found += _photo(row, store, rng, side, reach)
            on_done(gloss)
    if not found:
        raise InputError("no hand is found in any of the rows")
    if grey:
        found = [(row, np.asarray(Image.fromarray(picture).convert("L"))) for row, picture in found]
    return _written(found, out)


def _drawn(
    rows: Sequence[Row], store: ClipStore, rng: np.random.Generator, side: int, reach: tuple[float, float]
) -> Iterator[tuple[Row, Pixels]]:
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
        hand = hand_of(store.clip(row))
        missed = missed + 1 if hand is None else 0
        if hand is not None:
            yield replace(row, source=f"drawn-{row.source}"), drawn(hand, rng, side, reach)


def _photo(row: Row, store: ClipStore, rng: np.random.Generator, side: int, reach: tuple[float, float]) -> Pictures:
    """The photo as it is; and its hand elsewhere, where one is found and the row is learnt from."""
    picture = read_image(store.root / row.file)
    hand = hand_of(store.clip(row)) if row.split != "validation" else None
    elsewhere = (
        [] if hand is None else [(replace(row, source=f"moved-{row.source}"), moved(picture, hand, rng, side, reach))]
    )
    return [(row, fitted(picture, side, "pad")), *elsewhere]


def _written(found: Pictures, out: Path) -> list[Row]:
    for name, values in ((PICTURES, np.stack([p for _, p in found])), (GLOSSES, np.array([r.gloss for r, _ in found]))):
        with written_whole(out / name) as file:
            np.save(file, values, allow_pickle=False)
    content = digest(out / PICTURES)
    rows = [replace(row, path=f"{PICTURES}#{at}", sha256=content) for at, (row, _) in enumerate(found)]
    manifest.write(rows, out / "manifest.csv")
    return rows
