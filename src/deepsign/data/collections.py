"""Collections: a list of data sets on disk (recipes/collections.yaml) → one manifest of the ones that are asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from deepsign.data import manifest
from deepsign.data.manifest import Row
from deepsign.data.pixels_tables import is_picture_table
from deepsign.data.readers import CORPORA
from deepsign.data.readers.image_folder import SPLIT_FOLDERS
from deepsign.perceive.folder import frames_in
from deepsign.problems import InputError
from deepsign.refusal import read_yaml


class Collection(BaseModel):
    """One data set.

    class   ship may stand behind shipped weights, study only evaluates.
    people  what its signers' names begin with; the collection's name if not given. Collections that show the same
            people give the same, so that nobody counts as two and stands in two splits.
    """

    # Options are texts, but `first: 100` is what people write.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    path: str
    reader: str
    licence: str
    kind: Literal["ship", "study"] = Field(alias="class")
    task: str
    people: str | None = None
    options: dict[str, str] = {}
    note: str = ""

    @field_validator("options", mode="before")
    @classmethod
    def _truths(cls, value: object) -> object:
        # `use_frames: true` is what people write, too.
        if not isinstance(value, dict):
            return value
        return {name: str(given).lower() if isinstance(given, bool) else given for name, given in value.items()}


@dataclass(frozen=True)
class Imported:
    """What an import found.

    rows    of all collections that could be read.
    failed  (collection, reason) of those that could not.
    notes   (collection, words): what was detected in it, and what was left out and why.
    """

    rows: tuple[Row, ...]
    failed: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()

    def counts(self) -> list[tuple[str, int, int]]:
        """(source, signers, rows) for each source."""
        rows = Counter(row.source for row in self.rows)
        signers = {source: {r.signer for r in self.rows if r.source == source} for source in rows}
        return [(source, len(signers[source]), count) for source, count in sorted(rows.items())]


def listed(path: Path) -> dict[str, Collection]:
    """The collections of a YAML list; InputError names the file and the entry that is off."""
    if not path.exists():
        raise InputError(f"{path}: there is no such list; name one with --collections, or import one folder with --own")
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise InputError(f"{path}: must map each collection's name to its path, reader, licence, class and task")
    found = {}
    for name, entry in raw.items():
        try:
            found[str(name)] = Collection.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(f"{path}: {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        if found[str(name)].reader not in CORPORA:
            raise InputError(f"{path}: {name}: no reader {entry['reader']!r}; known: {', '.join(CORPORA)}")
    return found


def import_collections(
    listing: Path,
    root: Path,
    out: Path,
    task: str | None = None,
    kind: Literal["ship", "study"] | None = None,
    names: Sequence[str] = (),
) -> Imported:
    """Writes a manifest of the listed collections below `root`: those of a task, a class, or named one by one.

    A name may also be TASK-CLASS, "letters-ship", for all of them. A collection that can't be read is reported and the
    rest goes on. Raises InputError where none is left.
    """
    known = listed(listing)
    groups = {f"{c.task}-{c.kind}" for c in known.values()}
    unknown = [name for name in names if name not in known and name not in groups]
    if unknown:
        raise InputError(f"{listing}: no collection {unknown[0]!r}; known: {', '.join([*known, *sorted(groups)])}")
    chosen = {
        name: c
        for name, c in known.items()
        if (not names or name in names or f"{c.task}-{c.kind}" in names)
        and (task is None or c.task == task)
        and (kind is None or c.kind == kind)
    }
    if not chosen:
        raise InputError(
            f"{listing}: no collection fits task {task} and class {kind}; known: {', '.join(sorted(groups))}"
        )
    return _written(chosen, root, out)


def import_one(path: Path, out: Path, collection: Collection, name: str | None = None) -> Imported:
    """Writes a manifest of one collection that no list names: somebody's own photos, clips or tables.

    path  the collection; `collection.path` is not looked at. The manifest's paths start from the folder it lies in.
    """
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    path = path.resolve()
    return _written({name or path.stem: collection.model_copy(update={"path": path.name})}, path.parent, out)


# What tells one kind of folder from all others.
_TELLING = {
    "signers.csv": "signers_csv",
    "sign_mnist_train.csv": "sign_mnist",
    "sign_mnist_test.csv": "sign_mnist",
    "X.npy": "arrays",
    "jester-v1-train.csv": "jester",
    "annotations/manual/train.corpus.csv": "phoenix2014",
}


def fitting_reader(path: Path) -> str:
    """Which reader is made for a file or a folder, by what it is, or by what lies in it."""
    if not path.is_dir():
        pictures = is_picture_table(path)
        return "landmark_table" if not pictures else "sign_mnist" if path.suffix.lower() == ".csv" else "arrays"
    for name, reader in _TELLING.items():
        if (path / name).exists():
            return reader
    clips = (p for gloss in path.iterdir() if gloss.is_dir() for p in gloss.iterdir() if p.is_dir())
    return "frame_folder" if any(map(_holds_frames, clips)) else "image_folder"


def _holds_frames(folder: Path) -> bool:
    # frame_000.jpg, 00001.jpg: photos have names of their own, and lie right in their gloss.
    return folder.parent.name.lower() not in SPLIT_FOLDERS and any(
        re.fullmatch(r"(frame|img|image)?[_-]?\d+", p.stem.lower()) for p in frames_in(folder)
    )


def _written(chosen: dict[str, Collection], root: Path, out: Path) -> Imported:
    rows: list[Row] = []
    failed: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    for name, c in chosen.items():

        def note(words: str, name: str = name) -> None:
            notes.append((name, words))

        try:
            found = CORPORA[c.reader](root, c.path, name, c.licence, c.options, note)
        except InputError as error:
            failed.append((name, str(error)))
            continue
        people = c.people or name
        rows += [replace(row, signer=people + row.signer.removeprefix(name)) for row in found]
    if not rows:
        raise InputError(failed[0][1])
    manifest.write(rows, out, root)
    return Imported(tuple(rows), tuple(failed), tuple(notes))
