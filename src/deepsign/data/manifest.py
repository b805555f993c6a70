"""Manifest: a CSV that lists photos, clips and rows of landmark tables, with who signed what and under which licence.

    # root: ../photos
    path,gloss,signer,split,licence,source,sha256
    ana/a1.jpg,A,ana,train,CC0-1.0,our-photos,9f2c…
    hands.npz#17,B,ben,train,MIT,hands,41d0…

`path` is relative to the manifest's root: the folder that a first line `# root:` names, seen from the manifest, or the
manifest's own. `#17` is the item of a table of landmarks or pictures, or of a clip archive (.npz, .npy, .csv), `#17:4`
one frame of it; `#frames=12-40` is a piece of a folder of frames or a video. sha256 is the file's.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from deepsign.problems import InputError
from deepsign.whole import written_whole

SPLITS = ("", "train", "validation", "test")
_ROOT = "# root: "
_NEEDED = ("path", "gloss", "signer", "source")
# What a line of UTF-8 text can't carry: control characters, and the stand-ins for undecodable bytes of file names.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# How many bad rows an error names; the rest are counted.
_NAMED = 3


@dataclass(frozen=True, order=True)
class Row:
    """One line of a manifest.

    path     of a file, relative to the root, or of a folder that is one clip (`deepsign.data.sequence_folder`);
             "table.npz#17" for an item of a table, "#17:4" for one frame of a clip, "folder#frames=12-40" for those
             frames, both included, counted from 0.
    gloss    the sign, as its collection spells it.
    signer   who signed, unique over all collections: "digits/12".
    split    train, validation, test, or empty where it is not yet decided.
    licence  SPDX name, or "unstated".
    source   the collection.
    sha256   of the file, or of the folder's files; empty where it was not taken.
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
        """The path without its item or piece."""
        return self.path.rpartition("#")[0] if self.item is not None or self.span is not None else self.path

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

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last frame of a piece of a clip; None for the whole."""
        found = _SPAN.search(self.path)
        return (int(found["first"]), int(found["last"])) if found else None


# An absolute path on any system, or a way up.
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
# Only a table has items: "take#2.jpg" and a folder "take#2" are what they are called.
_ITEM = re.compile(r"(?<=\.npz|\.npy|\.csv)#(?P<item>[0-9]+)(:(?P<frame>[0-9]+))?$", re.IGNORECASE)
_SPAN = re.compile(r"#frames=(?P<first>[0-9]+)-(?P<last>[0-9]+)$")
COLUMNS = tuple(f.name for f in fields(Row))


@dataclass(frozen=True)
class Manifest:
    """Rows, and the folder that their paths start from."""

    rows: tuple[Row, ...]
    root: Path

    def sha256(self) -> str:
        """Of the rows' text: the same wherever the manifest and its root lie, in whatever order it was made."""
        return hashlib.sha256(_text(sorted(self.rows)).encode()).hexdigest()


def read(path: str | Path, root: str | Path | None = None) -> Manifest:
    """Reads a manifest; its paths start from `root`, or else from where the manifest itself says.

    Raises InputError, one line: the manifest, its first bad rows and how many more there are, and the way out. Wrong
    columns, an empty gloss, an unknown split, a path twice, and a file that isn't there are all bad.
    """
    path = Path(path)
    lines = _lines(path)
    header, own_root, count = _head(path, lines)
    if tuple(header) != COLUMNS:
        raise InputError(f"{path}: {_columns_off(header)}; the columns must be {','.join(COLUMNS)}")
    rows: list[Row] = []
    problems: list[str] = []
    for number, cells in lines[count:]:
        if problem := _problem(cells):
            problems.append(f"line {number}: {problem}")
        else:
            rows.append(Row(*cells))
    problems += _repeated(rows)
    found = Path(root) if root is not None else path.parent if own_root == "." else (path.parent / own_root).resolve()
    if not problems:
        problems = _missing(rows, found)
    if problems:
        raise InputError(f"{path}: {_first(problems)}")
    if not rows:
        raise InputError(f"{path}: lists nothing; make it anew with `deepsign data import`")
    return Manifest(tuple(rows), found)


def write(rows: Iterable[Row], path: str | Path, root: str | Path | None = None) -> None:
    """Writes a manifest, rows sorted, whole or not at all; the same rows give the same bytes.

    root  the folder that the paths start from, noted in the file where it isn't the manifest's own. Raises InputError
          for rows that `read` would refuse, and where the file can't be written.
    """
    path = Path(path)
    listed = sorted(rows)
    problems = [f"{row.path!r}: {problem}" for row in listed if (problem := _problem(astuple(row)))]
    if problems := [*problems, *_repeated(listed)]:
        raise InputError(f"{path}: would hold rows that can't be read back: {_first(problems)}")
    head = "" if root is None else _root_line(path, Path(root))
    with written_whole(path) as out:
        out.write((head + _text(listed)).encode("utf-8"))


def digest(path: Path) -> str:
    """A file's sha256, or that of a folder's names and files; InputError names what can't be read."""
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if p.is_file()]
        text = "".join(f"{digest(p)} {p.relative_to(path).as_posix()}\n" for p in files)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    try:
        with path.open("rb") as file:
            found = hashlib.sha256()
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    return found.hexdigest()


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that isn't empty."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""))
        return [(lines.line_num, cells) for cells in lines if cells]
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such manifest; make one with `deepsign data import`") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no UTF-8 text ({error.reason}); save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path}: is no CSV ({error}); make it anew with `deepsign data import`") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None


def _head(path: Path, lines: list[tuple[int, list[str]]]) -> tuple[list[str], str, int]:
    """The header, the root that the manifest names ("." if none), and how many lines both take."""
    if not lines:
        raise InputError(f"{path}: is empty; make it anew with `deepsign data import`")
    first = lines[0][1]
    if first[0].startswith(_ROOT.strip()):
        # A spreadsheet that saves the file pads this line with empty cells.
        header = lines[1][1] if len(lines) > 1 else []
        return header, first[0].removeprefix(_ROOT.strip()).strip() or ".", 2
    return first, ".", 1


def _columns_off(header: Sequence[str]) -> str:
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    parts = [f"lacks {', '.join(missing)}"] if missing else []
    parts += [f"has unknown {', '.join(map(repr, unknown))[:80]}"] if unknown else []
    return " and ".join(parts) or "the columns stand in another order"


def _problem(cells: Sequence[str]) -> str | None:
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} columns, not {len(COLUMNS)}"
    row = Row(*cells)
    if empty := next((name for name in _NEEDED if not getattr(row, name).strip()), None):
        return f"{empty} is empty"
    if off := next((cell for cell in cells if _UNWRITABLE.search(cell)), None):
        return f"{off!r} holds control characters or a name that is no Unicode; rename it"
    if row.split not in SPLITS:
        return f"split {row.split!r} is none of train, validation, test"
    if _OUTSIDE.search(row.path):
        return f"path {row.path!r} leads out of the manifest's root"
    return None


def _repeated(rows: Iterable[Row]) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        if row.path in seen:
            yield f"{row.path} is listed twice; keep one"
        seen.add(row.path)


def _missing(rows: Iterable[Row], root: Path) -> list[str]:
    files = {row.file: None for row in rows}
    gone = [file for file in files if not (root / file).exists()]
    where = f"is not below {root}; say where the files are, or import them again"
    return [f"{file} {where}" for file in gone]


def _first(problems: Sequence[str]) -> str:
    more = f" (and {len(problems) - _NAMED} more)" if len(problems) > _NAMED else ""
    return "; ".join(problems[:_NAMED]) + more


def _root_line(path: Path, root: Path) -> str:
    try:
        seen = os.path.relpath(root.resolve(), path.parent.resolve())
    except ValueError:  # another drive
        seen = str(root.resolve())
    if seen == ".":
        return ""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_ROOT + Path(seen).as_posix()])
    return out.getvalue()


def _text(rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    return out.getvalue()
