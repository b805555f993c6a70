"""Splits: by signer, never by clip, and a check that refuses what would flatter.

Within one person's recordings clips are near copies: a random split measures memory, not recognition.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.data.manifest import Manifest, Row
from deepsign.perceive import PHOTO_SUFFIXES
from deepsign.problems import InputError

# Bits of 64 by which two photos' hashes may differ and still show one moment: what saving anew and a small crop change.
NEAR = 3


def by_signer(rows: Sequence[Row], shares: dict[str, float], seed: int) -> list[Row]:
    """The rows with `split` filled in: whole signers, in an order that only their names and the seed decide.

    shares  split → share of the rows, in sum 1. Raises InputError where there are fewer signers than splits.
    """
    if abs(sum(shares.values()) - 1) > 1e-6 or min(shares.values()) <= 0:
        raise InputError(f"the shares must be positive and sum to 1, not {shares}")
    counts = Counter(row.signer for row in rows)
    if len(counts) < len(shares):
        raise InputError(f"{len(counts)} signers can't be split into {', '.join(shares)}: a signer stays in one split")
    taken = dict.fromkeys(shares, 0)
    chosen: dict[str, str] = {}
    order = _shuffled(counts, seed)
    for at, signer in enumerate(order):
        empty = [split for split in shares if split not in chosen.values()]
        # The last signers fill the splits that nobody is in yet.
        among = empty if len(empty) >= len(order) - at else list(shares)
        split = min(among, key=lambda s: taken[s] / (shares[s] * len(rows)))
        chosen[signer] = split
        taken[split] += counts[signer]
    return [replace(row, split=chosen[row.signer]) for row in rows]


def folds(rows: Sequence[Row], count: int, seed: int) -> list[list[int]]:
    """Indices of each of `count` folds, about equal in rows, no signer in two."""
    counts = Counter(row.signer for row in rows)
    if len(counts) < count:
        raise InputError(f"{len(counts)} signers can't make {count} folds")
    sizes = [0] * count
    chosen: dict[str, int] = {}
    # Large signers first, so that the folds come out even; equals in an order that the seed decides.
    for signer in sorted(_shuffled(counts, seed), key=lambda s: -counts[s]):
        chosen[signer] = min(range(count), key=lambda f: sizes[f])
        sizes[chosen[signer]] += counts[signer]
    return [[i for i, row in enumerate(rows) if chosen[row.signer] == fold] for fold in range(count)]


def check(manifest: Manifest, on_done: Callable[[str], None] = lambda _: None) -> None:
    """Refuses a split that leaks: InputError names a signer, a file or two near-equal photos on two sides."""
    rows = [row for row in manifest.rows if row.split]
    for what, key in (("signer", _signer), ("file content", _content)):
        _refuse_shared(rows, what, key)
    photos = [row for row in rows if Path(row.file).suffix.lower() in PHOTO_SUFFIXES]
    if len({row.split for row in photos}) > 1:
        _refuse_near(manifest.root, photos, on_done)


def photo_hash(path: Path) -> int:
    """A 64-bit difference hash: the brightness of 9 × 8 cells, each compared with its right neighbour."""
    from deepsign.perceive import open_clip

    frames = open_clip(path).frames
    assert frames is not None
    grey = frames[0].mean(axis=2)
    rows = np.array_split(grey, 8, axis=0) if len(grey) >= 8 else [grey] * 8
    cells = np.array([[part.mean() for part in np.array_split(row, 9, axis=1)] for row in rows])
    return int.from_bytes(np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes(), "big")


def _refuse_shared(rows: Iterable[Row], what: str, key: Callable[[Row], str]) -> None:
    seen: dict[str, Row] = {}
    for row in rows:
        first = seen.setdefault(key(row), row)
        if key(row) and first.split != row.split:
            raise InputError(
                f"the split leaks: {what} {key(row)[:60]} is in {first.split} ({first.path}) and in {row.split} "
                f"({row.path}); split again by signer: deepsign data split"
            )


def _refuse_near(root: Path, photos: Sequence[Row], on_done: Callable[[str], None]) -> None:
    hashes: dict[str, list[int]] = defaultdict(list)
    owners: dict[str, list[Row]] = defaultdict(list)
    for row in photos:
        hashes[row.split].append(photo_hash(root / row.file))
        owners[row.split].append(row)
        on_done(row.path)
    splits = sorted(hashes)
    for i, a in enumerate(splits):
        for b in splits[i + 1 :]:
            right = np.array(hashes[b], dtype=np.uint64)
            for one, row in zip(hashes[a], owners[a], strict=True):
                apart = _bits(right ^ np.uint64(one))
                if apart.min() <= NEAR:
                    other = owners[b][int(apart.argmin())]
                    raise InputError(
                        f"the split leaks: {row.path} ({a}) and {other.path} ({b}) show nearly the same picture; "
                        "give both the same signer and split again"
                    )


def _bits(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    differing: NDArray[np.int64] = np.unpackbits(values.view(np.uint8).reshape(-1, 8), axis=1).sum(1, dtype=np.int64)
    return differing


def _signer(row: Row) -> str:
    return row.signer


def _content(row: Row) -> str:
    return f"{row.sha256}#{row.item}" if row.sha256 and row.item is not None else row.sha256


def _shuffled(signers: Iterable[str], seed: int) -> list[str]:
    return sorted(signers, key=lambda s: hashlib.sha256(f"{seed}:{s}".encode()).digest())
