"""Sequence folders: one clip as a folder of numbered .npy files, a frame each, as many people record signs.

A frame is a row of numbers, in the order of a tutorial that many follow:

    126, 170 or 258   as in `deepsign.data.table_npz`
    1662              pose 33 × (x, y, z, visibility), face 468 × 3, left hand 21 × 3, right hand 21 × 3

Zeros stand for "not seen". The face is not read: no layout of ours has one. Nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepsign.clip import Clip
from deepsign.data.table_npz import Points, finite, points_of
from deepsign.data.tables import ARCHIVE_FPS
from deepsign.perceive.landmark_file import FARTHEST
from deepsign.problems import InputError

_POSE_NUMBERS, _FACE_NUMBERS = 4 * 33, 3 * 468
_WITH_FACE = _POSE_NUMBERS + _FACE_NUMBERS + 2 * 63


def frames_of(folder: Path) -> list[Path]:
    """The numbered .npy files of a folder in their order: 2.npy before 10.npy; others are not of the clip."""
    numbered = [p for p in folder.iterdir() if p.suffix.lower() == ".npy" and p.stem.isdecimal() and p.is_file()]
    return sorted(numbered, key=lambda p: int(p.stem))


def read_sequence(folder: Path) -> Clip:
    """The clip of a folder, layout hands or hands_pose; NaN throughout where nothing was seen.

    Such folders state no times: a frame's number gives its time, at the usual rate (`deepsign.data.tables`), so a lost
    frame leaves a gap. Raises InputError, one line that names the file, for a damaged frame, one of another length
    than the rest, numbers that are no fractions of a picture, and a folder without frames.
    """
    files = frames_of(folder)
    if not files:
        raise InputError(f"{folder}: holds no numbered .npy files; a clip is 0.npy, 1.npy, … in one folder")
    frames = [_frame(path) for path in files]
    if off := next((p for p, f in zip(files, frames, strict=True) if f.shape != frames[0].shape), None):
        raise InputError(f"{off}: has another count of numbers than {files[0].name}; frames of a clip must agree")
    values = np.stack(frames)
    if values.shape[1] == _WITH_FACE:
        values = np.delete(values, slice(_POSE_NUMBERS, _POSE_NUMBERS + _FACE_NUMBERS), axis=1)
    points, layout = points_of(folder, values)
    if not np.isnan(points[..., :2]).all():
        points = finite(folder, points)
        if (farthest := float(np.nanmax(np.abs(points)))) > FARTHEST:
            raise InputError(f"{folder}: landmarks go up to {farthest:.0f}; they must be fractions of the picture")
    numbers = np.array([int(path.stem) for path in files], dtype=np.float64)
    return Clip.from_landmarks(points, layout, times=(numbers - numbers[0]) / ARCHIVE_FPS, source=str(folder))


def _frame(path: Path) -> Points:
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = str(error).strip().splitlines()
        raise InputError(f"{path}: the frame is damaged ({reason[0][:100] if reason else 'empty'})") from None
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "fiu":
        raise InputError(f"{path}: must hold one row of numbers, as np.save writes it")
    return values.astype(np.float32)
