"""Sign Language MNIST: 28 × 28 grey hands in two CSVs, 24 letters of ASL (J and Z move, so they are not in it).

https://www.kaggle.com/datasets/datamunge/sign-language-mnist, CC0: sign_mnist_train.csv with 27,455 rows and
sign_mnist_test.csv with 7,172, each a label and 784 pixels. Labels 0 to 25 are the alphabet without 9 and 25. The
corpus was made from 1,704 photos by cropping, turning and dimming them, and names nobody: figures on its own test part
say little about people who are not in it.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deepsign.data.manifest import Row, digest
from deepsign.data.pixels_tables import read_numbers
from deepsign.data.readers.entry import Note, at_least_one, known_options, unheard
from deepsign.problems import InputError

FILES = {"sign_mnist_train.csv": "train", "sign_mnist_test.csv": "test"}
# 9 is J and 25 is Z: both are movements.
LABELS = {label: letter for label, letter in enumerate(string.ascii_uppercase) if letter not in "JZ"}


def sign_mnist(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each line of the two CSVs (with a header or none), or of one CSV that `path` names; no options.

    Raises InputError, one line that names the file and the line, for a row that has not 784 pixels, and a label that
    stands for no letter.
    """
    known_options(source, options)
    rows: list[Row] = []
    for file, split in _files(root / path).items():
        table = read_numbers(file)
        off = np.flatnonzero(~np.isin(table.labels, list(LABELS)))
        if len(off):
            raise InputError(
                f"{file}: line {table.lines[off[0]]} has the label {_described(int(table.labels[off[0]]))}"
            )
        inside, content = file.relative_to(root).as_posix(), digest(file)
        letters = [LABELS[int(label)] for label in table.labels]
        rows += [Row(f"{inside}#{i}", g, source, split, licence, source, content) for i, g in enumerate(letters)]
    note("it names no signers, and its parts hold altered copies of the same photos: test on other collections")
    return at_least_one(rows, root / path)


def _files(path: Path) -> dict[Path, str]:
    """The CSVs and the part that each is; InputError where there is none."""
    if path.is_file():
        return {path: FILES.get(path.name, "")}
    found = {file: split for name, split in FILES.items() for file in (path / name, path / Path(name).stem / name)}
    there = {file: split for file, split in found.items() if file.is_file()}
    if not there:
        raise InputError(f"{path}: holds neither {' nor '.join(FILES)}; say where the corpus was unpacked")
    return there


def _described(label: int) -> str:
    if label in {9, 25}:
        return f"{label}, which would be {string.ascii_uppercase[label]}: Sign MNIST has none, for it is a movement"
    return f"{label}; labels are 0 to 24, without 9"
