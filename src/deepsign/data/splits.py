"""Splits: by signer, never by clip, and a check that refuses what would flatter.

Within one person's recordings clips are near copies: a random split measures memory, not recognition.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from deepsign.data.manifest import Manifest, Row
from deepsign.data.near import SAME_HAND, SAME_PHOTO, Print, hand_print, nearest, photo_print
from deepsign.data.sequence_folder import read_sequence
from deepsign.data.tables import open_table
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, read_landmarks
from deepsign.problems import InputError


def by_signer(rows: Sequence[Row], shares: dict[str, float], seed: int) -> list[Row]:
    """The rows with `split` filled in: whole signers, by nothing but their names, their row counts and the seed.

    shares  split → share of the rows, in sum 1. Raises InputError where there are fewer signers than splits.
    """
    if abs(sum(shares.values()) - 1) > 1e-6 or min(shares.values()) <= 0:
        raise InputError(f"the shares must be positive and sum to 1, not {shares}")
    counts = Counter(row.signer for row in rows)
    if len(counts) < len(shares):
        raise InputError(f"{len(counts)} signers can't be split into {', '.join(shares)}: a signer stays in one split")
    missing = {split: share * len(rows) for split, share in shares.items()}
    chosen: dict[str, str] = {}
    order = _large_first(counts, seed)
    for at, signer in enumerate(order):
        empty = [split for split in shares if split not in chosen.values()]
        # The last signers fill the splits that nobody is in yet.
        among = empty if len(empty) >= len(order) - at else list(shares)
        split = max(among, key=lambda s: missing[s])
        chosen[signer] = split
        missing[split] -= counts[signer]
    return [replace(row, split=chosen[row.signer]) for row in rows]


def folds(rows: Sequence[Row], count: int, seed: int) -> list[list[int]]:
    """Indices of each of `count` folds, about equal in rows, no signer in two."""
    counts = Counter(row.signer for row in rows)
    if len(counts) < count:
        raise InputError(f"{len(counts)} signers can't make {count} folds")
    sizes = [0] * count
    chosen: dict[str, int] = {}
    for signer in _large_first(counts, seed):
        chosen[signer] = min(range(count), key=lambda f: sizes[f])
        sizes[chosen[signer]] += counts[signer]
    return [[i for i, row in enumerate(rows) if chosen[row.signer] == fold] for fold in range(count)]


@dataclass(frozen=True)
class Checked:
    """What a check that found no leak looked at.

    rows        split → how many rows.
    unreadable  (path, reason) of the photos and landmarks that could not be compared.
    """

    rows: dict[str, int]
    unreadable: tuple[tuple[str, str], ...]


def check(manifest: Manifest, on_done: Callable[[str], None] = lambda _: None) -> Checked:
    """Refuses a split that leaks: InputError, one line, names a pair and the way out.

    A leak is a signer, a file's content, nearly the same photo, or nearly the same hand (`deepsign.data.near`) in two
    splits. Videos are compared by content alone. A manifest with fewer than two splits has nothing to check.
    """
    rows = [row for row in manifest.rows if row.split]
    counts = Counter(row.split for row in rows)
    if len(counts) < 2:
        said = f"all rows are in {next(iter(counts))}" if counts else "no row has a split"
        raise InputError(f"there is nothing to check: {said}; split by signer first: deepsign data split")
    for what, key in (("signer", _signer), ("file content", _content)):
        _refuse_shared(rows, what, key)
    unreadable: list[tuple[str, str]] = []
    for what, kind, same in (("picture", _photo, SAME_PHOTO), ("hand", _hand, SAME_HAND)):
        prints: dict[str, list[tuple[Row, Print]]] = defaultdict(list)
        for row in rows:
            try:
                found = kind(manifest.root, row)
            except InputError as error:
                unreadable.append((row.path, str(error)))
                continue
            if found is not None:
                prints[row.split].append((row, found))
                on_done(row.path)
        _refuse_near(prints, what, same)
    return Checked(dict(counts), tuple(unreadable))


def _photo(root: Path, row: Row) -> Print | None:
    return photo_print(root / row.file) if Path(row.file).suffix.lower() in PHOTO_SUFFIXES else None


def _hand(root: Path, row: Row) -> Print | None:
    path = root / row.file
    if row.item is not None:
        return hand_print(open_table(path).clip(row.item, row.frame))
    if path.is_dir():
        return hand_print(read_sequence(path))
    return hand_print(read_landmarks(path)) if path.suffix.lower() in LANDMARK_SUFFIXES else None


def _refuse_shared(rows: Iterable[Row], what: str, key: Callable[[Row], str]) -> None:
    seen: dict[str, Row] = {}
    for row in rows:
        first = seen.setdefault(key(row), row)
        if key(row) and first.split != row.split:
            raise InputError(
                f"the split leaks: {what} {key(row)[:60]} is in {first.split} ({first.path}) and in {row.split} "
                f"({row.path}); split again by signer: deepsign data split"
            )


def _refuse_near(prints: dict[str, list[tuple[Row, Print]]], what: str, same: float) -> None:
    for a, b in combinations(sorted(prints), 2):
        one, other, likeness = nearest(*(np.stack([found for _, found in prints[split]]) for split in (a, b)))
        if likeness >= same:
            raise InputError(
                f"the split leaks: {prints[a][one][0].path} ({a}) and {prints[b][other][0].path} ({b}) show nearly the "
                f"same {what}; give both the same signer and split again, or leave one out"
            )


def _signer(row: Row) -> str:
    return row.signer


def _content(row: Row) -> str:
    return f"{row.sha256}{row.path.removeprefix(row.file)}" if row.sha256 else ""


def _large_first(counts: Counter[str], seed: int) -> list[str]:
    """Signers with many rows first, so that shares come out even; equals in an order that the seed decides."""
    return sorted(counts, key=lambda s: (-counts[s], hashlib.sha256(f"{seed}:{s}".encode()).digest()))
