"""A folder of photos or clips with a list beside them: signers.csv with the columns path, label, signer."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.entry import Note, at_least_one, file_row, known_options, unheard
from deepsign.problems import InputError

LISTING = "signers.csv"
_COLUMNS = ("path", "label", "signer")
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")


@dataclass(frozen=True)
class Listed:
    """One line of signers.csv."""

    label: str
    signer: str


def signers_csv(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each line; InputError names the first lines that are off. It has no options."""
    known_options(source, options)
    rows = [
        file_row(root, root / path / name, line.label, line.signer, "", licence, source)
        for name, line in listed(root / path / LISTING).items()
    ]
    note(f"{len({row.signer for row in rows})} signers by {LISTING}")
    return at_least_one(rows, root / path)


def listed(listing: Path) -> dict[str, Listed]:
    """Path below the listing's folder → its label and signer."""
    try:
        lines = csv.DictReader(listing.read_bytes().decode("utf-8-sig").splitlines())
        columns, found = lines.fieldnames or [], list(lines)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{listing}: can't be read as CSV in UTF-8 ({error})") from None
    if not set(_COLUMNS) <= set(columns):
        raise InputError(f"{listing}: must have the columns path, label and signer, not {', '.join(columns)[:80]}")
    rows: dict[str, Listed] = {}
    problems = []
    for number, line in enumerate(found, start=2):
        name, label, signer = ((line[column] or "").strip() for column in _COLUMNS)
        if not (name and label and signer):
            problems.append(f"line {number}: path, label and signer must not be empty")
        elif _OUTSIDE.search(name):
            problems.append(f"line {number}: {name!r} leads out of the folder")
        elif name in rows:
            problems.append(f"line {number}: {name} is listed twice")
        elif not (listing.parent / name).is_file():
            problems.append(f"line {number}: {name} is not there")
        else:
            rows[name] = Listed(label, signer)
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise InputError(f"{listing}: {'; '.join(problems[:3])}{more}; correct or remove the lines")
    return rows
