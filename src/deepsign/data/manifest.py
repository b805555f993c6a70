"""Manifest: a CSV that lists photos, clips and rows of landmark tables, with who signed what and under which licence.

    path,gloss,signer,split,licence,source,sha256
    photos/a1.jpg,A,ana,train,CC0-1.0,our-photos,9f2c…
    hands.npz#17,B,ben,train,MIT,hands,41d0…

`path` is relative to the manifest's root; `#17` is the item of a landmark table or clip archive. sha256 is the file's.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from deepsign.problems import InputError

SPLITS = ("", "train", "validation", "test")


@dataclass(frozen=True, order=True)
class Row:
    """One line of a manifest.

    path     of a file, relative to the root; "table.npz#17" for an item of a table, "#17:4" for one frame of a clip.
    gloss    the sign, as its collection spells it.
    signer   who signed, unique over all collections: "digits/12".
    split    train, validation, test, or empty where it is not yet decided.
    licence  SPDX name, or "unstated".
    source   the collection.
    sha256   of the file; empty where it was not taken.
    """

    path: str
    gloss: str
    signer: str
    split: str
    licence: str
    source: str
    sha256: str

    @property
    def file(self) -> str:
        """The path without its item."""
        return self.path.rpartition("#")[0] if self.item is not None else self.path

    @property
    def item(self) -> int | None:
        """Which item of a table this is; None for a file that stands for itself."""
        found = _ITEM.search(self.path)
        return int(found["item"]) if found else None

    @property
    def frame(self) -> int | None:
        """Which frame of that item, where the row is a still cut from a clip; None for the whole item."""
        found = _ITEM.search(self.path)
        return int(found["frame"]) if found and found["frame"] else None


_ITEM = re.compile(r"#(?P<item>\d+)(:(?P<frame>\d+))?$")
COLUMNS = tuple(f.name for f in fields(Row))


@dataclass(frozen=True)
class Manifest:
    """Rows, and the folder that their paths start from."""

    rows: tuple[Row, ...]
    root: Path

    def sha256(self) -> str:
        """Of the rows' text: the same wherever the manifest lies, and in whatever order it was made."""
        return hashlib.sha256(_text(sorted(self.rows)).encode()).hexdigest()


def read(path: str | Path, root: str | Path | None = None) -> Manifest:
    """Reads a manifest; its paths start from `root`, or from the manifest's own folder.

    Raises InputError, one line, that names the file and the first bad row, and says how many there are.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such manifest; make one with `deepsign data import`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read as text ({error})") from None
    lines = csv.reader(io.StringIO(text))
    header = next(lines, [])
    if tuple(header) != COLUMNS:
        raise InputError(f"{path}: the first line must be {','.join(COLUMNS)}, not {','.join(header)[:80] or 'empty'}")
    rows: list[Row] = []
    problems: list[str] = []
    for cells in lines:
        if not cells:
            continue
        problem = _problem(cells)
        if problem:
            problems.append(f"line {lines.line_num}: {problem}")
        else:
            rows.append(Row(*cells))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"{path}: {problems[0]}{more}")
    if not rows:
        raise InputError(f"{path}: lists nothing")
    return Manifest(tuple(rows), Path(root) if root is not None else path.parent)


def write(rows: Iterable[Row], path: str | Path) -> None:
    """Writes a manifest, rows sorted, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(_text(sorted(rows)))
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)


def digest(path: Path) -> str:
    """A file's sha256; InputError names it where it can't be read."""
    try:
        with path.open("rb") as file:
            found = hashlib.sha256()
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    return found.hexdigest()


def _problem(cells: Sequence[str]) -> str | None:
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} columns, not {len(COLUMNS)}"
    row = Row(*cells)
    for name in ("path", "gloss", "signer", "source"):
        if not getattr(row, name).strip():
            return f"{name} is empty"
    if row.split not in SPLITS:
        return f"split {row.split!r} is none of train, validation, test"
    if Path(row.path).is_absolute() or ".." in Path(row.path).parts:
        return f"path {row.path!r} leads out of the manifest's root"
    return None


def _text(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    return out.getvalue()
