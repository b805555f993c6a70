"""Entry: what all readers share: how a row is filled in, and the options that a reader knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from deepsign.data.manifest import Row, digest
from deepsign.problems import InputError

Note = Callable[[str], None]


def unheard(note: str) -> None:
    """For whoever does not care to hear notes."""


class Reader(Protocol):
    """See `deepsign.data.readers`."""

    def __call__(
        self, root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
    ) -> list[Row]:
        """The rows of a collection."""
        ...


def file_row(root: Path, file: Path, gloss: str, signer: str, split: str, licence: str, source: str) -> Row:
    """A row for a file that stands for itself, below root."""
    path = file.relative_to(root).as_posix()
    return Row(path, spelled(gloss), whole_name(source, signer), split, licence, source, digest(file))


def spelled(gloss: str) -> str:
    """Letters in capitals, whatever the collection does; words as they are."""
    return gloss.strip().upper() if len(gloss.strip()) == 1 else gloss.strip()


def whole_name(source: str, signer: str) -> str:
    """A signer's name over all collections; a collection that names nobody counts as one signer."""
    return f"{source}/{signer}" if signer else source


def known_options(source: str, options: Mapping[str, str], *names: str) -> None:
    """Refuses an option that the reader does not have."""
    if unknown := sorted(set(options) - set(names)):
        known = ", ".join(names) or "it has none"
        raise InputError(f"{source}: unknown option {unknown[0]!r} for its reader; known: {known}")


def at_least_one(rows: list[Row], where: Path) -> list[Row]:
    """The rows; InputError where there are none."""
    if not rows:
        raise InputError(
            f"{where}: nothing in it can be read as a collection; check the path, the reader and its options"
        )
    return rows
