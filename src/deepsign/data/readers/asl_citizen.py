"""ASL Citizen: 2,731 ASL signs, 83,399 videos that 52 people recorded at home.

Desai et al., "ASL Citizen: A Community-Sourced Dataset for Advancing Isolated Sign Language Recognition" (NeurIPS
2023). splits/train.csv, val.csv and test.csv list the files of videos/; its licence allows research alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows, clip_called, kinds_wanted
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.problems import InputError

_SPLITS = {"train": "train", "val": "validation", "test": "test"}
_COLUMNS = ("Participant ID", "Video file", "Gloss", "ASL-LEX Code")
VIDEOS = "videos"


def asl_citizen(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each line of the three lists whose video, or its extracted landmarks, is there.

    options: `only: videos`, for pixel networks, takes videos even where landmarks lie beside them.

    Missing videos are counted. Raises InputError for a list that is missing, or laid out otherwise.
    """
    known_options(source, options, "only")
    kinds = kinds_wanted(source, options)
    folder = root / path
    rows = ClipRows(root, source, licence, note)
    seen: dict[str, str] = {}
    for name, split in _SPLITS.items():
        listing = folder / "splits" / f"{name}.csv"
        for at, (signer, video, gloss) in _lines(listing):
            if video in seen:
                raise InputError(f"{listing}: line {at}: {video} is listed already, in {seen[video]}; keep one line")
            seen[video] = listing.name
            file = clip_called(folder / VIDEOS, video, kinds)
            if file is None:
                rows.leave_out(f"listed, but not in {VIDEOS}/", video)
            else:
                rows.add(file, gloss, signer, split)
    return rows.finish(folder)


def _lines(listing: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """(line, (participant, video, gloss))."""
    try:
        table = csv.DictReader(listing.read_bytes().decode("utf-8-sig").splitlines(), strict=True)
        columns, lines = tuple(table.fieldnames or ()), list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{listing}: can't be read as CSV in UTF-8 ({error})") from None
    if columns != _COLUMNS:
        raise InputError(f"{listing}: must have the columns {', '.join(_COLUMNS)}, not {', '.join(columns)[:80]}")
    for at, line in enumerate(lines, start=2):
        signer, video, gloss = ((line[column] or "").strip() for column in _COLUMNS[:3])
        if not (signer and video and gloss) or None in line:
            raise InputError(f"{listing}: line {at}: participant, video and gloss must be there, and nothing more")
        yield at, (signer, video, gloss)
