"""Landmark tables in CSV, as people really have them: one hand a line, a label, 42 or 63 numbers.

Told from the file, and said in `Arrays.notes`: the delimiter (comma, semicolon, tab; decimal commas beside semicolons),
whether there is a header, where the label stands, and the numbers' order (x0,y0,z0,x1,… or all x, then all y, …).
Numbered lines (a first column 0, 1, 2, …) and columns that a header names otherwise (hand, file, score) are left out.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.data.table_npz import Arrays, Points, finite, hands_of
from deepsign.landmarks import HAND
from deepsign.problems import InputError

_LABEL_NAMES = frozenset({"label", "labels", "class", "class_label", "gloss", "target", "letter", "sign", "digit"})
_SIGNER_NAMES = frozenset({"signer", "signer_id", "person", "participant", "participant_id", "subject", "user"})
# The axis in a column's name: x0, 0_x, wrist.x, landmark_3_x, but not "index" or "max".
_AXIS = re.compile(r"(?:^|[^a-z])([xyz])(?:[^a-z]|$)")
_HAND_WIDTHS = (2 * len(HAND), 3 * len(HAND))
# How many bad lines an error names; the rest are counted.
_NAMED = 3


@dataclass(frozen=True)
class _Form:
    """Where things stand in a line: columns of the label, the signer (or None), and the numbers in hand order."""

    label: int
    signer: int | None
    numbers: tuple[int, ...]
    header: bool
    note: str


def read(path: Path) -> Arrays:
    """Reads a CSV of hands; InputError, one line, names the file, the lines that are off, and the way out."""
    lines = _lines(path)
    form = _form(path, lines)
    width = len(lines[0][1])
    rows = lines[form.header :]
    if not rows:
        raise InputError(f"{path}: has a header and no hands")
    problems: list[str] = []
    kept: list[list[float]] = []
    for number, cells in rows:
        values = _values([cells[at] for at in form.numbers]) if len(cells) == width else None
        if len(cells) != width:
            problems.append(f"line {number} has {len(cells)} cells, not {width}")
        elif values is None:
            problems.append(f"line {number} holds a word among the numbers")
        elif not cells[form.label].strip():
            problems.append(f"line {number} has no label")
        else:
            kept.append(values)
    if problems:
        more = f" (and {len(problems) - _NAMED} more)" if len(problems) > _NAMED else ""
        raise InputError(f"{path}: {'; '.join(problems[:_NAMED])}{more}; correct or remove the lines")
    points = np.array(kept, dtype=np.float64).reshape(len(kept), len(HAND), -1)
    return Arrays(
        finite(path, hands_of(_single(points))),
        None,
        HAND.name,
        _whole([cells[form.label] for _, cells in rows]),
        None if form.signer is None else _whole([cells[form.signer] for _, cells in rows]),
        notes=(form.note,),
    )


def _single(points: NDArray[np.float64]) -> Points:
    # A number beyond float32's range becomes infinite, which is then refused by name.
    with np.errstate(over="ignore"):
        return points.astype(np.float32)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """(line number, cells), without empty lines, in which decimal commas have become points."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no UTF-8 text ({error.reason}); save it as CSV in UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    first = text.lstrip().partition("\n")[0]
    if not first:
        raise InputError(f"{path}: the file is empty")
    delimiter = max(";\t,", key=first.count)  # a semicolon first: beside it, commas are decimal
    delimiter = ";" if ";" in first else delimiter
    try:
        reader = csv.reader(text.splitlines(), delimiter=delimiter)
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{path}: is no CSV ({error})") from None
    return [(n, [c.replace(",", ".") for c in cells]) for n, cells in lines] if delimiter == ";" else lines


def _form(path: Path, lines: list[tuple[int, list[str]]]) -> _Form:
    names = [cell.strip().lower() for cell in lines[0][1]]
    if _is_header(names):
        return _named(path, names, lines)
    columns = list(range(len(names)))
    if len(names) - 2 in _HAND_WIDTHS and _counts_up([cells[0] for _, cells in lines]):
        columns = columns[1:]
    if len(columns) - 1 not in _HAND_WIDTHS:
        raise InputError(f"{path}: {len(names)} columns; a hand is 42 or 63 numbers, with a label first or last")
    return _placed(path, columns, lines, header=False)


def _is_header(names: Sequence[str]) -> bool:
    """Mostly words, or the column numbers that some programs write."""
    words = sum(_values([name]) is None for name in names)
    numbered = [name for name in names if name.isdecimal()]
    start = int(numbered[0]) if numbered else 0
    return words > len(names) / 2 or (len(numbered) >= _HAND_WIDTHS[0] and _counts_up(numbered, start))


def _named(path: Path, names: list[str], lines: list[tuple[int, list[str]]]) -> _Form:
    signer = next((i for i, name in enumerate(names) if name in _SIGNER_NAMES), None)
    label = next((i for i, name in enumerate(names) if name in _LABEL_NAMES), None)
    found = {i: match[1] for i, name in enumerate(names) if i not in (label, signer) and (match := _AXIS.search(name))}
    if found and len(found) not in _HAND_WIDTHS:
        raise InputError(f"{path}: the header names {len(found)} coordinates; a hand has 42 or 63")
    numbers = _in_hand_order(path, found) if found else []
    if label is None or not found:
        rest = [i for i in range(len(names)) if i not in numbers and i not in (signer, label)]
        if found:
            # Beside the coordinates stands the label: the one column of words, or the only one.
            worded = [i for i in rest if _values([c[i] for _, c in lines[1:] if i < len(c)]) is None]
            chosen = worded if len(rest) > 1 else rest
            if len(chosen) != 1:
                raise InputError(f"{path}: no column named label; give the column of glosses that name")
            label = chosen[0]
        elif label is not None:
            numbers = rest
        else:
            return _placed(path, rest, lines, header=True)
    if len(numbers) not in _HAND_WIDTHS:
        raise InputError(f"{path}: {len(numbers)} columns beside the label; a hand is 42 or 63 numbers")
    order = "all x, then all y" if found and list(found.values())[1] == "x" else "point by point"
    return _Form(label, signer, tuple(numbers), True, f"header; label in '{names[label]}'; {order}")


def _in_hand_order(path: Path, found: dict[int, str]) -> list[int]:
    """Columns by point, then axis, in whatever order the file has the axes."""
    by_axis = {axis: [i for i, a in found.items() if a == axis] for axis in "xyz"}
    counts = Counter(found.values())
    if any(count not in (0, len(HAND)) for count in counts.values()) or not {"x", "y"} <= set(counts):
        said = ", ".join(f"{count} {axis}" for axis, count in sorted(counts.items()))
        raise InputError(f"{path}: the header names {said}; a hand has 21 each of x and y, and of z or none")
    return [by_axis[axis][point] for point in range(len(HAND)) for axis in "xyz" if by_axis[axis]]


def _placed(path: Path, columns: list[int], lines: list[tuple[int, list[str]]], *, header: bool) -> _Form:
    """The label is the first or the last of these columns."""
    if len(columns) - 1 not in _HAND_WIDTHS:
        raise InputError(f"{path}: {len(columns)} columns; a hand is 42 or 63 numbers, with a label first or last")
    rows = [[cells[i] for i in columns] for _, cells in lines[header:] if len(cells) > columns[-1]]
    first = _label_stands_first(path, rows)
    numbers = columns[1:] if first else columns[:-1]
    said = f"{'header' if header else 'no header'}; label {'first' if first else 'last'}"
    if len(columns) < len(lines[0][1]):
        said += "; numbered lines"
    return _Form(columns[0] if first else columns[-1], None, tuple(numbers), header, said)


def _label_stands_first(path: Path, rows: list[list[str]]) -> bool:
    """Words tell. Where labels are numbers they are whole, and coordinates are not, or begin with the wrist's zeros."""
    if not rows:
        raise InputError(f"{path}: has a header and no hands")
    words = [[_values([row[end]]) is None for row in rows] for end in (0, -1)]
    filled = [sum(bool(row[end].strip()) for row in rows) for end in (0, -1)]
    # A word or two among numbers is a damaged line.
    worded = [sum(column) > count / 2 for column, count in zip(words, filled, strict=True)]
    if all(worded):
        raise InputError(f"{path}: words both first and last; give the column of glosses a header named label")
    if any(worded):
        return worded[0]
    rows = [row for row, *off in zip(rows, *words, strict=True) if not any(off)]
    ends = [_values([row[end] for row in rows]) or [] for end in (0, -1)]
    whole = [all(float(value).is_integer() for value in values) for values in ends]
    if sum(whole) == 1:
        return whole[0]
    if all(whole):
        axes = (len(rows[0]) - 1) // len(HAND)
        start = np.array([_values(row[: axes + 1]) or [np.nan] * (axes + 1) for row in rows])
        if (start[:, 1:] == 0).all():
            return True
        if (start[:, :axes] == 0).all():
            return False
        varied = [len(set(values)) > 1 for values in ends]
        if sum(varied) == 1:
            return varied[0]
    raise InputError(f"{path}: can't tell the labels from the numbers; add a header line that names one column label")


def _values(cells: Sequence[str]) -> list[float] | None:
    """The cells as numbers, an empty one as NaN; None if one is a word."""
    try:
        return [float(cell) if cell.strip() else np.nan for cell in cells]
    except ValueError:
        return None


def _counts_up(cells: Sequence[str], start: int = 0) -> bool:
    return all(cell.strip() == str(i) for i, cell in enumerate(cells, start=start))


def _whole(cells: Sequence[str]) -> NDArray[np.str_]:
    """Texts; where all are whole numbers they lose the point that some programs give them (3.0 → 3)."""
    stripped = [cell.strip() for cell in cells]
    if all(re.fullmatch(r"\d+\.0*", cell) for cell in stripped):
        stripped = [cell.partition(".")[0] for cell in stripped]
    return np.array(stripped)
