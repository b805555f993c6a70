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
from typing import Literal

import numpy as np

from deepsign.data.manifest import Manifest, Row
from deepsign.data.near import SAME_HAND, SAME_PHOTO, Print, hand_print, nearest, photo_print
from deepsign.data.near_copies import copy_groups
from deepsign.data.pixels_tables import is_picture_table
from deepsign.data.sequence_folder import read_sequence
from deepsign.data.tables import open_table
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, read_landmarks
from deepsign.perceive.folder import frames_in
from deepsign.problems import InputError

# What stays in one split: a signer, or the photos that were made of one photo.
By = Literal["signer", "copies"]


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


def by_copies(
    rows: Sequence[Row],
    root: Path,
    shares: dict[str, float],
    seed: int,
    on_done: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """As `by_signer`, but photos made of one photo stay together, and signers don't: for collections that name nobody.

    Rows that are no photos stay with their signer. Figures from such a split say nothing about people never seen.
    """
    photos = [i for i, row in enumerate(rows) if _is_photo(row)]
    groups = copy_groups([root / rows[i].file for i in photos], on_done)
    units = [row.signer for row in rows]
    for i, group in zip(photos, groups, strict=True):
        units[i] = rows[photos[group]].path
    split = by_signer([replace(row, signer=unit) for row, unit in zip(rows, units, strict=True)], shares, seed)
    return [replace(row, signer=was.signer) for row, was in zip(split, rows, strict=True)]


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


def one_sided(rows: Sequence[Row]) -> list[str]:
    """What a person should know of classes that a split can't test: one line each, none where all is well."""
    splits = {row.split for row in rows}
    glosses = {gloss: [row for row in rows if row.gloss == gloss] for gloss in sorted({row.gloss for row in rows})}
    said = ["there is one class only; a classifier needs two"] if len(glosses) == 1 else []
    for gloss, found in glosses.items():
        if missing := sorted(splits - {row.split for row in found}):
            signers = sorted({row.signer for row in found})
            who = f"only {signers[0]} signs it" if len(signers) == 1 else f"{len(signers)} signers sign it"
            said.append(f"{gloss} has no rows in {' and '.join(missing)}: {who}")
    return said


@dataclass(frozen=True)
class Checked:
    """What a check that found no leak looked at.

    rows        split → how many rows.
    unreadable  (path, reason) of the photos and landmarks that could not be compared.
    """

    rows: dict[str, int]
    unreadable: tuple[tuple[str, str], ...]


def check(manifest: Manifest, on_done: Callable[[str], None] = lambda _: None, by: By = "signer") -> Checked:
    """Refuses a split that leaks: InputError, one line, names a pair and the way out.

    A leak is a signer, a file's content, nearly the same photo, or nearly the same hand (`deepsign.data.near`) in two
    splits. By `copies`, a signer may be in two, but no two photos made of one (`deepsign.data.near_copies`). Videos are
    compared by content alone. A manifest with fewer than two splits has nothing to check.
    """
    rows = [row for row in manifest.rows if row.split]
    counts = Counter(row.split for row in rows)
    if len(counts) < 2:
        said = f"all rows are in {next(iter(counts))}" if counts else "no row has a split"
        raise InputError(f"there is nothing to check: {said}; split by signer first: deepsign data split")
    for what, key in (("signer", _signer), ("file content", _content)):
        if (what, by) != ("signer", "copies"):
            _refuse_shared(rows, what, key)
    if by == "copies":
        _refuse_copies([row for row in rows if _is_photo(row)], manifest.root, on_done)
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


def _is_photo(row: Row) -> bool:
    return Path(row.file).suffix.lower() in PHOTO_SUFFIXES


def _photo(root: Path, row: Row) -> Print | None:
    return photo_print(root / row.file) if _is_photo(row) else None


def _hand(root: Path, row: Row) -> Print | None:
    path = root / row.file
    if row.item is not None:
        return None if is_picture_table(path) else hand_print(open_table(path).clip(row.item, row.frame))
    if path.is_dir():
        return None if frames_in(path) else hand_print(read_sequence(path))
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


def _refuse_copies(rows: Sequence[Row], root: Path, on_done: Callable[[str], None]) -> None:
    first: dict[int, Row] = {}
    for row, group in zip(rows, copy_groups([root / row.file for row in rows], on_done), strict=True):
        if (other := first.setdefault(group, row)).split != row.split:
            raise InputError(
                f"the split leaks: {other.path} ({other.split}) and {row.path} ({row.split}) were made of one photo; "
                "split again: deepsign data split --by copies"
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
