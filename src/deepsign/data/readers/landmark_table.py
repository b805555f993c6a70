"""Landmark tables and clip archives (`deepsign.data.tables`): a row for each item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.data.manifest import Row, digest
from deepsign.data.placeholders import placeholders
from deepsign.data.readers.entry import Note, at_least_one, known_options, spelled, unheard, whole_name
from deepsign.data.tables import Table, open_table
from deepsign.problems import InputError

UNSTATED = "unstated"
_ONLY = {"suspect": "drop", "placeholders": "drop", "source": "signer", "signer": "source"}


def landmark_table(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each item in which a hand or a body is seen.

    options: `licence` keeps only items with this licence, where the table has one for each; `suspect: drop` leaves out
    the items that the table marks so, and `placeholders: drop` those that show one hand under many labels;
    `source: signer` counts each signer of the table as a source of their own; `signer: source` takes all that the
    table found in one place (a web site) as one signer, where who signed is a guess; `glosses: A B C …` names the
    labels 0, 1, 2, … of a table that has numbers for them.
    """
    known_options(source, options, *_ONLY, "licence", "glosses")
    for name, value in _ONLY.items():
        if options.get(name, value) != value:
            raise InputError(f"{source}: option {name} is {options[name]!r}; it can only be {value}")
    table = open_table(root / path)
    note(table.kind)
    content = digest(root / path)
    doubtful = set(np.flatnonzero(placeholders(table))) if "placeholders" in options else set()
    rows: list[Row] = []
    left_out: Counter[str] = Counter()
    people = _people(source, table, options)
    for item, gloss in enumerate(_glosses(source, table, options)):
        item_licence = (str(table.licences[item]) or UNSTATED) if table.licences is not None else licence
        reason = _reason(table, item, gloss, item_licence, options)
        if reason or item in doubtful:
            left_out[reason or "one hand under many labels"] += 1
            continue
        signer = str(people[item]) if people is not None else ""
        own_source = f"{source}/{signer}" if "source" in options and signer else source
        named = whole_name(source, signer)
        rows.append(Row(f"{path}#{item}", spelled(gloss), named, "", item_licence, own_source, content))
    for reason, count in left_out.items():
        note(f"{count} items left out: {reason}")
    return at_least_one(rows, root / path)


def _people(source: str, table: Table, options: Mapping[str, str]) -> NDArray[np.str_] | None:
    """(N,) whose clip each item is, or None where the table doesn't say."""
    if "signer" not in options:
        return table.signers
    if table.places is None:
        raise InputError(f"{source}: option signer: source needs an array 'source', and {table.path} has none")
    return table.places


def _glosses(source: str, table: Table, options: Mapping[str, str]) -> list[str]:
    labels = [str(label) for label in table.labels]
    if "glosses" not in options:
        return labels
    names = options["glosses"].split()
    off = next((label for label in labels if not label.isdecimal() or int(label) >= len(names)), None)
    if off is not None:
        raise InputError(f"{source}: option glosses names labels 0 to {len(names) - 1}, but {table.path} has {off!r}")
    return [names[int(label)] for label in labels]


def _reason(table: Table, item: int, gloss: str, licence: str, options: Mapping[str, str]) -> str:
    """Why an item is left out; empty where it is not."""
    if not gloss:
        return "no label"
    if options.get("licence", licence) != licence:
        return f"licence {licence}"
    if "suspect" in options and table.suspect is not None and table.suspect[item]:
        return "marked as suspect"
    return "" if table.seen[item] else "no hand is seen in it"
