"""The list of Google's Isolated Sign Language Recognition corpus: train.csv, and its label maps where they are there.

    train.csv                              path,participant_id,sequence_id,sign
    sign_to_prediction_index_map.json      {"TV": 0, "after": 1, …}
    ord2sign.csv                           a header, then each sign with its number, in either order
    train_landmark_files/<participant_id>/<sequence_id>.parquet

94,477 sequences of 250 signs by 21 people, CC BY 4.0: https://www.kaggle.com/competitions/asl-signs/data
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from deepsign.problems import InputError

LIST, MAPS = "train.csv", ("sign_to_prediction_index_map.json", "ord2sign.csv")
_COLUMNS = ("path", "participant_id", "sequence_id", "sign")


@dataclass(frozen=True)
class Sequence:
    """One line of train.csv; `path` is relative to the corpus's folder."""

    path: str
    participant: str
    sequence: str
    sign: str


def listed(folder: Path) -> list[Sequence]:
    """The corpus's sequences in the order of its list; whether their files are there is not looked at.

    A line that is there twice counts once. Raises InputError, one line that names the file, for missing columns, empty
    cells, a path that leads out of the folder, one file under two signs, and a sign that a label map doesn't have.
    """
    path = folder / LIST
    found: dict[str, Sequence] = {}
    for number, cells in _lines(path, _COLUMNS):
        sequence = Sequence(*cells)
        if not all(cells):
            raise InputError(f"{path}: line {number} has an empty cell; it needs {', '.join(_COLUMNS)}")
        inside = PurePosixPath(sequence.path)
        if inside.is_absolute() or ".." in inside.parts or "\\" in sequence.path or ":" in sequence.path:
            raise InputError(f"{path}: line {number}: {sequence.path!r} leads out of the corpus's folder; correct it")
        if found.setdefault(sequence.path, sequence) != sequence:
            raise InputError(f"{path}: line {number}: {sequence.path} is listed twice, and not the same; keep one line")
    if not found:
        raise InputError(f"{path}: lists nothing; download the corpus anew")
    for name in MAPS:
        if (folder / name).is_file():
            _check_signs(path, found, folder / name)
    return list(found.values())


def _lines(path: Path, columns: tuple[str, ...] = ()) -> list[tuple[int, list[str]]]:
    """(line number, the cells of these columns, or all); InputError where a column is missing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [cell.strip() for cell in next(reader, [])]
            if missing := [name for name in columns if name not in header]:
                raise InputError(f"{path}: lacks the columns {', '.join(missing)}; it needs {', '.join(columns)}")
            order = [header.index(name) for name in columns] or list(range(len(header)))
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError:
        raise InputError(f"{path}: is missing; name the folder that the corpus was unpacked to") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: can't be read as CSV ({error})") from None
    if short := next((number for number, cells in lines if len(cells) != len(header)), None):
        raise InputError(f"{path}: line {short} has not the {len(header)} cells of its header; download it anew")
    return [(number, [cells[i].strip() for i in order]) for number, cells in lines]


def _check_signs(path: Path, found: Mapping[str, Sequence], label_map: Path) -> None:
    numbers = _json_map(label_map) if label_map.suffix == ".json" else _csv_map(label_map)
    if sorted(numbers.values()) != list(range(len(numbers))):
        raise InputError(f"{label_map}: must number its {len(numbers)} signs from 0 on, each once; download it anew")
    strange = [s for s in found.values() if s.sign not in numbers]
    if strange:
        raise InputError(
            f"{path}: {len(strange)} lines have a sign that {label_map.name} doesn't know, first {strange[0].sign!r} "
            f"({strange[0].path}); correct one of the two, or take the map away"
        )


def _json_map(path: Path) -> dict[str, int]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: can't be read as JSON ({error})") from None
    if not isinstance(raw, dict) or not all(type(number) is int for number in raw.values()):
        raise InputError(f"{path}: must map each sign to a whole number")
    return raw


def _csv_map(path: Path) -> dict[str, int]:
    lines = [cells for _, cells in _lines(path)]
    for sign, number in ((0, 1), (1, 0)):
        if lines and all(len(cells) == 2 and cells[number].isdecimal() for cells in lines):
            return {cells[sign]: int(cells[number]) for cells in lines}
    raise InputError(f"{path}: must have two columns, each sign and its number")
