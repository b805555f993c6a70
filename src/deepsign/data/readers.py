"""Readers: a published collection → manifest rows. CORPORA is all there is to it; a new kind is a function here."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from deepsign.data.manifest import Row, digest
from deepsign.data.tables import open_table
from deepsign.landmarks import convert
from deepsign.perceive import PHOTO_SUFFIXES, VIDEO_SUFFIXES
from deepsign.problems import InputError

# Folders of a collection that say which part of it they hold, and what we call that part.
_SPLIT_FOLDERS = {
    "train": "train",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}


def image_folder(root: Path, path: str, source: str, licence: str, options: Mapping[str, str]) -> list[Row]:
    """<gloss>/<photo or clip>, also below train/, valid/ or test/.

    options: `pattern`, a regular expression with the groups gloss and signer, for names that say it all
    ("hand1_a_…"), searched in the file's name; files that don't fit it are left out.
    """
    pattern = re.compile(options["pattern"]) if "pattern" in options else None
    rows = []
    for file in sorted((root / path).rglob("*")):
        if file.suffix.lower() not in (*PHOTO_SUFFIXES, *VIDEO_SUFFIXES):
            continue
        folders = file.relative_to(root / path).parts[:-1]
        split = next((_SPLIT_FOLDERS[f.lower()] for f in folders if f.lower() in _SPLIT_FOLDERS), "")
        gloss, signer = folders[-1] if folders else "", ""
        if pattern:
            found = pattern.search(file.name)
            if not found:
                continue
            gloss, signer = found["gloss"], found["signer"]
        if not gloss or gloss.lower() in _SPLIT_FOLDERS:
            raise InputError(f"{file}: lies in no folder that names its gloss")
        rows.append(_row(root, file, gloss, signer, split, licence, source))
    return _some(rows, root / path)


def signers_csv(root: Path, path: str, source: str, licence: str, options: Mapping[str, str]) -> list[Row]:
    """A folder with signers.csv: path,label,signer."""
    del options
    listing = root / path / "signers.csv"
    try:
        with listing.open(encoding="utf-8-sig", newline="") as opened:
            lines = list(csv.DictReader(opened))
    except OSError as error:
        raise InputError(f"{listing}: can't be read ({error.strerror})") from None
    if not lines or not {"path", "label", "signer"} <= set(lines[0]):
        raise InputError(f"{listing}: must have the columns path, label and signer")
    rows = []
    for number, line in enumerate(lines, start=2):
        if not all(line[name] for name in ("path", "label", "signer")):
            raise InputError(f"{listing}: line {number}: path, label and signer must not be empty")
        file = root / path / line["path"]
        rows.append(_row(root, file, line["label"], line["signer"], "", licence, source))
    return _some(rows, root / path)


def landmark_table(root: Path, path: str, source: str, licence: str, options: Mapping[str, str]) -> list[Row]:
    """A hand table or clip archive (`deepsign.data.tables`).

    options: `licence`, keeps only rows with this licence, where the table has one a row; `suspect: drop` leaves out
    the rows that the table marks so; `signer: source` counts the table as one signer, whatever it says.
    Clips in which no hand is seen at all are left out.
    """
    table = open_table(root / path)
    content = digest(root / path)
    rows = []
    for item, label in enumerate(table.labels):
        row_licence = table.licences[item] or "unstated" if table.licences is not None else licence
        if options.get("licence", row_licence) != row_licence:
            continue
        if options.get("suspect") == "drop" and table.suspect is not None and table.suspect[item]:
            continue
        points = table.clip(item).landmarks
        if points is None or np.isnan(points).all():
            continue
        own = table.signers is not None and options.get("signer") != "source"
        signer = str(table.signers[item]) if own and table.signers is not None else ""
        named = f"{source}/{signer}" if options.get("source") == "signer" and signer else source
        gloss = str(label).strip()
        gloss = gloss.upper() if len(gloss) == 1 else gloss
        rows.append(Row(f"{path}#{item}", gloss, _signer(source, signer), "", row_licence, named, content))
    return _some(rows, root / path)


def rest_frames(root: Path, path: str, source: str, licence: str, options: Mapping[str, str]) -> list[Row]:
    """Stills from both ends of an archive's clips, where the hand comes from its rest or goes back: no sign is made.

    options: `gloss`, what to call them. Every second frame of the first and the last sixth of those in which a hand
    is seen.
    """
    table = open_table(root / path)
    content = digest(root / path)
    rows = []
    for item in range(len(table)):
        clip = table.clip(item)
        assert clip.landmarks is not None and clip.layout is not None
        hands = convert(clip.landmarks, clip.layout, "hands")
        seen = np.flatnonzero(~np.isnan(hands[..., 0]).all(axis=1))
        if len(seen) < _SHORTEST:
            continue
        end = max(1, len(seen) // 6)
        signer = str(table.signers[item]) if table.signers is not None else ""
        for frame in (*seen[:end:2], *seen[-end::2]):
            at = f"{path}#{item}:{frame}"
            rows.append(Row(at, options.get("gloss", "none"), _signer(source, signer), "", licence, source, content))
    return _some(rows, root / path)


# Clips with fewer frames than this with a hand have no ends to speak of.
_SHORTEST = 4

Reader = Callable[[Path, str, str, str, Mapping[str, str]], list[Row]]
CORPORA: dict[str, Reader] = {
    "image_folder": image_folder,
    "signers_csv": signers_csv,
    "landmark_table": landmark_table,
    "rest_frames": rest_frames,
}


def _row(root: Path, file: Path, gloss: str, signer: str, split: str, licence: str, source: str) -> Row:
    gloss = gloss.upper() if len(gloss) == 1 else gloss
    path = file.relative_to(root).as_posix()
    return Row(path, gloss, _signer(source, signer), split, licence, source, digest(file))


def _signer(source: str, signer: str) -> str:
    """Unique over all collections; a collection that names nobody counts as one signer."""
    return f"{source}/{signer}" if signer else source


def _some(rows: list[Row], where: Path) -> list[Row]:
    if not rows:
        raise InputError(f"{where}: nothing in it can be read as a collection; check the path and the reader")
    return rows
