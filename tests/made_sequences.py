"""Sequences as Google's Isolated Sign Language Recognition corpus publishes them, made small."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

PARTS = (("face", 468), ("left_hand", 21), ("pose", 33), ("right_hand", 21))
Columns = dict[str, NDArray[Any]]


def columns(frames: int = 4, first: int = 20, seed: int = 0, parts: tuple[tuple[str, int], ...] = PARTS) -> Columns:
    """The columns of a sequence, 543 rows a frame; the left hand is never seen."""
    kind = np.tile(np.concatenate([[name] * size for name, size in parts]).astype(object), frames)
    index = np.tile(np.concatenate([np.arange(size) for _, size in parts]), frames)
    number = np.repeat(np.arange(first, first + frames), sum(size for _, size in parts))
    values = np.random.default_rng(seed).random((len(number), 3))
    values[kind == "left_hand"] = np.nan
    return {
        "frame": number.astype(np.int16),
        "row_id": np.array([f"{n}-{k}-{i}" for n, k, i in zip(number, kind, index, strict=True)], dtype=object),
        "type": kind,
        "landmark_index": index.astype(np.int16),
        **{axis: values[:, i] for i, axis in enumerate("xyz")},
    }


def write(path: Path, table: Columns, nulls: bool = True, **options: Any) -> Path:
    """A parquet file of these columns; what is NaN is null, as the corpus has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: pa.array(values, from_pandas=nulls) for name, values in table.items()}
    pq.write_table(pa.table(arrays), path, **options)
    return path


def taken(table: Columns, rows: Any) -> Columns:
    """Some rows of a sequence, in this order."""
    return {name: values[rows] for name, values in table.items()}


def points_of(table: Columns) -> NDArray[np.float64]:
    """What a whole sequence shows, (T, 75, 3): left hand, pose, right hand."""
    return np.stack([table[axis] for axis in "xyz"], axis=1).reshape(-1, 543, 3)[:, 468:]


def corpus(folder: Path, signs: list[str], frames: int = 3) -> Path:
    """A corpus of one small sequence for each of these signs, by three people in turn."""
    lines = []
    for i, sign in enumerate(signs):
        participant, sequence = 100 + i % 3, 5000 + i
        path = f"train_landmark_files/{participant}/{sequence}.parquet"
        write(folder / path, columns(frames, seed=i))
        lines.append((path, participant, sequence, sign))
    listed(folder, lines)
    return folder


def listed(folder: Path, lines: list[Any]) -> None:
    """Writes train.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "train.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "participant_id", "sequence_id", "sign"), *lines])
