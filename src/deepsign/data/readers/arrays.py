"""Arrays: pictures and their labels as numpy wrote them, X.npy with Y.npy beside it, or one .npz with both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from deepsign.data.manifest import Row, digest
from deepsign.data.pixels_tables import IMAGES, LABELS, checked_pictures, loaded, of_archive, white_of
from deepsign.data.readers.entry import Note, at_least_one, known_options, spelled, unheard
from deepsign.problems import InputError


def arrays(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each picture of X: (N, height, width, 3), grey, or with transparency; 0 to 255 or 0 to 1.

    path     a folder with X.npy and Y.npy, or an .npz with X and Y (or images and labels). Y holds N texts or numbers.
    options  `glosses: A B C …` names the labels 0, 1, 2, … where Y holds numbers.

    Raises InputError, one line, where X and Y differ in length, and for arrays of objects, which are never unpickled.
    """
    known_options(source, options, "glosses")
    file, pictures, labels = _opened(root / path)
    checked_pictures(file, pictures)
    white_of(file, pictures)
    if labels.ndim != 1 or labels.dtype.kind not in "USiu":
        raise InputError(
            f"{file}: labels must be one text or whole number a picture, not {labels.dtype} {labels.shape}"
        )
    if len(labels) != len(pictures):
        raise InputError(
            f"{file}: {len(pictures)} pictures, but {len(labels)} labels; X and Y must belong together, save both again"
        )
    inside, content = file.relative_to(root).as_posix(), digest(file)
    rows: list[Row] = []
    left_out: Counter[str] = Counter()
    for item, gloss in enumerate(_glosses(source, labels, options)):
        if gloss.strip():
            rows.append(Row(f"{inside}#{item}", spelled(gloss), source, "", licence, source, content))
        else:
            left_out["no label"] += 1
    for reason, count in left_out.items():
        note(f"{count} pictures left out: {reason}")
    note("arrays name no signers: all of it counts as one, so test on another collection")
    return at_least_one(rows, root / path)


def _opened(path: Path) -> tuple[Path, NDArray[Any], NDArray[Any]]:
    """The file with the pictures, the pictures and their labels."""
    if path.is_dir():
        there = {file.name.lower(): file for file in path.iterdir()}
        if "x.npy" not in there or "y.npy" not in there:
            raise InputError(f"{path}: must hold X.npy (pictures) and Y.npy (labels)")
        return there["x.npy"], loaded(there["x.npy"]), loaded(there["y.npy"])
    if path.suffix.lower() != ".npz":
        raise InputError(f"{path}: must be a folder with X.npy and Y.npy, or an .npz with X and Y")
    return path, of_archive(path, IMAGES), of_archive(path, LABELS)


def _glosses(source: str, labels: NDArray[Any], options: Mapping[str, str]) -> list[str]:
    texts = [x.decode("utf-8", "replace") if isinstance(x, bytes) else str(x) for x in labels.tolist()]
    if "glosses" not in options:
        return texts
    names = options["glosses"].split()
    off = next((text for text in texts if not text.isdecimal() or int(text) >= len(names)), None)
    if off is not None:
        raise InputError(f"{source}: option glosses names labels 0 to {len(names) - 1}, but there is {off!r}")
    return [names[int(text)] for text in texts]
