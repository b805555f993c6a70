"""Verbs: import, split and check manifests, in plain types: what `deepsign data` and a program of one's own call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from deepsign.data import manifest as manifests
from deepsign.data.collections import Collection, Imported, fitting_reader, import_collections, import_one
from deepsign.data.manifest import Row
from deepsign.data.splits import By, Checked, by_copies, by_signer, folds, one_sided
from deepsign.data.splits import check as refuse_leaks
from deepsign.problems import InputError

# The list that a clone of the project has.
COLLECTIONS = Path("recipes/collections.yaml")


@dataclass(frozen=True)
class Split:
    """What a split gave.

    parts  (split, signers, rows) of each split that has rows, by name.
    notes  what can't be tested so: classes that are not in every split.
    """

    parts: tuple[tuple[str, int, int], ...]
    notes: tuple[str, ...] = ()


def import_(
    names: Sequence[str],
    out: Path,
    root: Path | None = None,
    collections: Path = COLLECTIONS,
    task: str | None = None,
    kind: Literal["ship", "study"] | None = None,
) -> Imported:
    """Writes a manifest of listed collections below `root`. Raises InputError where nothing can be read.

    names  collections, or TASK-CLASS for all of them; none for all that fit `task` and `kind` (the class).
    """
    if root is None:
        raise InputError("say where the collections lie: --root FOLDER; or import one: deepsign data import --own PATH")
    return import_collections(collections, root, out, task, kind, names)


def import_own(path: Path, out: Path, licence: str = "unstated", pattern: str | None = None) -> Imported:
    """Writes a manifest of somebody's own folder or landmark table, which no list names; its reader is told from it.

    pattern  of file names, with the groups signer and gloss; see `deepsign.data.readers.image_folder`.
    """
    reader = fitting_reader(path)
    options = {"pattern": pattern} if pattern else {}
    own = Collection.model_validate(
        {"path": path.name, "reader": reader, "licence": licence, "class": "study", "task": "own", "options": options}
    )
    return import_one(path, out, own)


def split(
    manifest: Path, out: Path, validation: float = 0.15, test: float = 0.15, seed: int = 0, by: By = "signer"
) -> Split:
    """Writes the manifest with every signer in one split. Shares are of the rows; 0 leaves that split out.

    by  copies: in place of signers, photos made of one photo stay together; see `deepsign.data.splits.by_copies`.

    Raises InputError for shares that leave nothing to train on, and where there are fewer signers than splits.
    """
    if min(validation, test) < 0 or validation + test >= 1:
        raise InputError(f"validation {validation} and test {test} must be shares that leave some rows to train on")
    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    listed = manifests.read(manifest)
    wanted = {name: share for name, share in shares.items() if share}
    by_copy = by == "copies"
    rows = by_copies(listed.rows, listed.root, wanted, seed) if by_copy else by_signer(listed.rows, wanted, seed)
    manifests.write(rows, out, listed.root)
    return _parts(rows)


def split_fold(manifest: Path, out: Path, count: int, fold: int, validation: float = 0.15, seed: int = 0) -> Split:
    """Writes the manifest with the signers of one of `count` folds (0, 1, …) in test, all others by `validation`.

    Each signer is in test in exactly one fold; as many folds as signers leave out one at a time. Raises InputError for
    a fold that there isn't, and where there are fewer signers than folds.
    """
    if not 0 <= fold < count or count < 2:
        raise InputError(f"--fold {fold} of --folds {count}: there must be two folds or more, numbered from 0")
    if not 0 <= validation < 1:
        raise InputError(f"validation {validation} must be a share that leaves some rows to train on")
    listed = manifests.read(manifest)
    tested = set(folds(listed.rows, count, seed)[fold])
    shares = {"train": 1 - validation, "validation": validation}
    others = [row for at, row in enumerate(listed.rows) if at not in tested]
    rows = by_signer(others, {name: share for name, share in shares.items() if share}, seed)
    rows += [replace(listed.rows[at], split="test") for at in tested]
    manifests.write(rows, out, listed.root)
    return _parts(rows)


def check(
    manifest: Path, root: Path | None = None, on_done: Callable[[str], None] = lambda _: None, by: By = "signer"
) -> Checked:
    """Refuses a manifest whose splits leak: InputError, one line, names a pair; see `deepsign.data.splits.check`.

    root     where its paths start; where the manifest says by default.
    on_done  called with each row's path as it has been compared.
    """
    return refuse_leaks(manifests.read(manifest, root), on_done, by)


def _parts(rows: Sequence[Row]) -> Split:
    named = [(name, [row for row in rows if row.split == name]) for name in ("train", "validation", "test")]
    return Split(
        tuple((name, len({row.signer for row in part}), len(part)) for name, part in named if part),
        tuple(one_sided(rows)),
    )
