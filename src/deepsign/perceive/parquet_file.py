"""Parquet sequences: one clip a file, as Google's Isolated Sign Language Recognition corpus publishes its landmarks.

A row for each point of each frame: frame, row_id, type (face, left_hand, pose, right_hand), landmark_index, x, y, z;
543 rows a frame, NaN (or null) where a part was not seen. The rows' order means nothing here. The face is read where it
is asked for; of its 478 points the irises' ten are left out. The hands are the signer's own left and right: holistic
tracking ties each to its arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip, Landmarks
from deepsign.landmarks import FACE_POINTS, HAND, HANDS_POSE, HOLISTIC, Layout
from deepsign.problems import InputError

# The corpus numbers its frames and states no rate: its signs were recorded by phones, which take 30 a second.
FPS = 30.0
COLUMNS = ("frame", "type", "landmark_index", "x", "y", "z")
# How many points a type has. MediaPipe's face has 468, or 478 with its irises.
_NOT_READ = -1000
_SIZES = {"left_hand": len(HAND), "pose": 33, "right_hand": len(HAND), "face": 478}
_FIRST = {"left_hand": "left_hand.wrist", "pose": "pose.nose", "right_hand": "right_hand.wrist", "face": "face.0"}
# The six columns of one row in memory; a file that unpacks to more than this is a bomb, or hours long.
_ROW_BYTES, _MOST_BYTES = 2 * 8 + 4 + 3 * 8, 1 << 30


@dataclass(frozen=True)
class _Rows:
    """What a row group holds of a layout's points.

    numbers  every frame that is in it, also those of which it has the face alone.
    frame    (R,) each row's frame. point (R,) its point in the layout. values (R, 3).
    """

    numbers: NDArray[np.int64]
    frame: NDArray[np.int64]
    point: NDArray[np.int64]
    values: Landmarks


def read_parquet(path: Path, *, face: bool = False) -> Clip:
    """The clip of one sequence, NaN throughout where nothing was seen; its first frame is at 0 s.

    face  gives the layout holistic in place of hands_pose.

    Frames that are left out of the numbering leave a gap in time. Rows given twice count once. Raises InputError, one
    line that names the file, for missing columns, an unknown type or index, and rows that contradict one another.
    """
    layout = HOLISTIC if face else HANDS_POSE
    groups = _row_groups(path, layout)
    numbers = np.unique(np.concatenate([group.numbers for group in groups]))
    if len(numbers) * len(layout) * 12 > _MOST_BYTES:
        raise InputError(f"{path}: {len(numbers)} frames are too many for one clip; cut it into clips")
    frame, point = (np.concatenate([getattr(group, name) for group in groups]) for name in ("frame", "point"))
    values = np.concatenate([group.values for group in groups])
    at = np.searchsorted(numbers, frame) * len(layout) + point
    points = np.full((len(numbers) * len(layout), 3), np.nan, dtype=np.float32)
    points[at] = values
    # What a row wrote must still stand: where it doesn't, another row for the same point says otherwise.
    off = np.flatnonzero(((points[at] != values) & ~(np.isnan(points[at]) & np.isnan(values))).any(axis=1))
    if len(off):
        name = layout.points[point[off[0]]]
        raise InputError(f"{path}: frame {frame[off[0]]} has two different rows for {name}; keep one")
    # x without y, or the reverse, places nothing.
    points[np.isnan(points[:, :2]).any(axis=1)] = np.nan
    times = (numbers - numbers[0]) / FPS
    return Clip.from_landmarks(points.reshape(-1, len(layout), 3), layout.name, times=times, source=str(path))


def _row_groups(path: Path, layout: Layout) -> list[_Rows]:
    """One row group after the other, so that what isn't read of a long clip is never in memory as a whole."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise InputError(f"{path}: reading .parquet needs pyarrow: pip install 'deepsign[train]'") from None
    try:
        with path.open("rb") as handle:
            file = pq.ParquetFile(handle, read_dictionary=["type"], pre_buffer=False)
            _check(path, file)
            groups = range(file.num_row_groups)
            tables = (file.read_row_group(i, columns=list(COLUMNS), use_threads=False) for i in groups)
            return [_rows(path, table, layout) for table in tables if table.num_rows]
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"{path}: the parquet file is damaged or cut short ({reason[0][:100]})") from None


def _check(path: Path, file: Any) -> None:
    """Refuses what is no sequence, by the file's footer alone."""
    import pyarrow as pa

    schema = file.schema_arrow
    if missing := [name for name in COLUMNS if name not in schema.names]:
        raise InputError(
            f"{path}: lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; a landmark sequence has "
            f"{', '.join(COLUMNS)}"
        )
    fits = {"frame": pa.types.is_integer, "landmark_index": pa.types.is_integer, "type": _is_text}
    for name in COLUMNS:
        kind = schema.field(name).type
        if not fits.get(name, _is_number)(kind):
            wanted = {"type": "text", "x": "numbers", "y": "numbers", "z": "numbers"}.get(name, "whole numbers")
            raise InputError(f"{path}: the column {name} must hold {wanted}, not {kind}")
    if not file.metadata.num_rows:
        raise InputError(f"{path}: holds no frames")
    if file.metadata.num_rows * _ROW_BYTES > _MOST_BYTES:
        raise InputError(f"{path}: {file.metadata.num_rows} rows are too many for one clip; cut it into clips")


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    # Null: a column in which nothing was seen may have lost its type.
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind))


def _rows(path: Path, table: Any, layout: Layout) -> _Rows:
    for name in ("frame", "type", "landmark_index"):
        if table[name].null_count:
            raise InputError(f"{path}: {table[name].null_count} rows have no {name}; export the sequence anew")
    frame = table["frame"].to_numpy().astype(np.int64)
    index = table["landmark_index"].to_numpy().astype(np.int64)
    names, kind = _types(path, table["type"])
    sizes = np.array([_SIZES[name] for name in names])
    off = np.flatnonzero((index < 0) | (index >= sizes[kind]))
    if len(off):
        name = names[kind[off[0]]]
        raise InputError(
            f"{path}: frame {frame[off[0]]} has {name} {index[off[0]]}; {name} goes from 0 to {_SIZES[name] - 1}"
        )
    point = np.array([layout.index.get(_FIRST[name], _NOT_READ) for name in names])[kind] + index
    iris = (np.array(names) == "face")[kind] & (index >= len(FACE_POINTS))
    kept = np.flatnonzero((point >= 0) & ~iris)
    values = np.empty((len(kept), 3), dtype=np.float32)
    for axis, name in enumerate("xyz"):
        values[:, axis] = table[name].to_numpy().astype(np.float64, copy=False)[kept]
    # Rows of a frame mostly follow one another, so that what changes is all there is to sort.
    numbers = np.unique(frame[np.flatnonzero(np.diff(frame, prepend=frame[0] - 1))])
    return _Rows(numbers, frame[kept], point[kept], values)


def _types(path: Path, column: Any) -> tuple[list[str], NDArray[np.int64]]:
    """The types that occur, and which one each row has."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    names = [str(name) for name in column.dictionary.to_pylist()]
    kind = column.indices.to_numpy().astype(np.int64)
    used = sorted({names[i] for i in np.unique(kind)} - set(_SIZES))
    if used:
        raise InputError(f"{path}: unknown type {used[0][:40]!r}; the types are {', '.join(sorted(_SIZES))}")
    # A dictionary may name what no row is of.
    return [name if name in _SIZES else "face" for name in names], kind
