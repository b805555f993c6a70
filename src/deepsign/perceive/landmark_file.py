"""Landmark clips as files: .npz as `deepsign extract` writes them, bare .npy arrays, .pose and .parquet sequences.

An .npz holds landmarks (T, P, 3) float32 with NaN = not seen, times (T,) in s or fps, layout, aspect. The others:
`deepsign.perceive.pose_file` and `deepsign.perceive.parquet_file`. Nothing is unpickled.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from deepsign.clip import Clip
from deepsign.landmarks import LAYOUTS
from deepsign.perceive.kinds import checked_file
from deepsign.perceive.parquet_file import read_parquet
from deepsign.perceive.pose_file import is_pose, read_pose
from deepsign.problems import InputError
from deepsign.whole import written_whole

KEYS = frozenset({"landmarks", "times", "fps", "layout", "aspect"})
# An hour of hands and pose at 60 frames a second is 200 MB; an array that unpacks to more is a bomb.
MOST_BYTES = 1 << 30
# Picture fractions lie near 0 to 1, and a little beyond where a hand leaves the picture.
FARTHEST = 50.0
# For a bare .npy array, which carries no times.
ASSUMED_FPS = 25.0


def write_landmarks(clip: Clip, path: str | Path) -> None:
    """Writes a clip's landmarks as .npz: beside the target first, then renamed, so a cut run leaves nothing half.

    Raises InputError for a clip without landmarks, or where the file can't be written.
    """
    path = Path(path)
    if clip.landmarks is None or clip.layout is None:
        raise InputError(f"{clip.source or path}: the clip has no landmarks to write")
    with written_whole(path) as file:
        np.savez_compressed(
            file, landmarks=clip.landmarks, times=clip.times, layout=np.array(clip.layout), aspect=clip.aspect
        )


def read_landmarks(path: str | Path, *, unseen_too: bool = False, face: bool = False) -> Clip:
    """A clip from a landmark file. A bare .npy is (T, P, 3), or (P, 3) for a still, with the layout told by P.

    unseen_too  takes a clip in which nothing was seen in any frame as what it is: NaN throughout.
    face        takes the face of a .parquet sequence along, which is let go otherwise: it is most of its points.

    Raises InputError, naming the file, where keys or columns are wrong, values are infinite or no picture fractions,
    or nothing was seen in any frame.
    """
    path = Path(path)
    head = checked_file(path)
    if head.startswith(b"PK"):
        arrays = _unpack(path)
    elif head.startswith(b"\x93NUMPY"):
        arrays = _bare(path)
    elif head.startswith(b"PAR1"):
        return _checked(read_parquet(path, face=face), unseen_too)
    elif is_pose(head):
        return _checked(read_pose(path), unseen_too)
    else:
        raise InputError(
            f"{path}: not a landmark file (.npz or .npy as numpy writes them, a .pose file, or a .parquet sequence)"
        )
    points = _points(arrays["landmarks"], path, unseen_too)
    layout = str(_scalar(arrays["layout"], path, "layout"))
    if layout not in LAYOUTS:
        raise InputError(f"{path}: unknown layout {layout!r}; known: {', '.join(LAYOUTS)}")
    if points.shape[-2] != len(LAYOUTS[layout]):
        raise InputError(f"{path}: layout {layout} has {len(LAYOUTS[layout])} points, the file {points.shape[-2]}")
    fps = arrays.get("fps")
    try:
        return Clip.from_landmarks(
            points,
            layout,
            times=arrays.get("times"),
            fps=None if fps is None else float(_scalar(fps, path, "fps")),
            aspect=float(_scalar(arrays.get("aspect", np.array(1.0)), path, "aspect")),
            source=str(path),
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: a value isn't the number it should be ({error})") from None


def _checked(clip: Clip, unseen_too: bool) -> Clip:
    _points(clip.landmarks, Path(clip.source), unseen_too)
    return clip


def _unpack(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= MOST_BYTES:
            with np.load(path, allow_pickle=False) as file:
                arrays = {key: file[key] for key in KEYS & set(file.files)}
    except Exception as error:
        # Zip and npy readers meet random bytes in a dozen ways; all mean the same to a person.
        raise InputError(f"{path}: the landmark file is damaged or cut short ({_reason(error)})") from None
    if size > MOST_BYTES:
        raise InputError(f"{path}: unpacks to more than {MOST_BYTES >> 20} MB; cut it into clips")
    if missing := {"landmarks", "layout"} - set(arrays):
        raise InputError(
            f"{path}: lacks {' and '.join(sorted(missing))}; a landmark clip holds landmarks, layout, "
            "times or fps, and aspect (a table of many hands: deepsign data import)"
        )
    return arrays


def _bare(path: Path) -> dict[str, Any]:
    try:
        # Mapped, so that a header that promises terabytes costs nothing.
        array = np.load(path, allow_pickle=False, mmap_mode="r")
    except Exception as error:
        raise InputError(f"{path}: the landmark file is damaged or cut short ({_reason(error)})") from None
    by_points = {len(layout): name for name, layout in LAYOUTS.items()}
    if array.ndim not in {2, 3} or array.shape[-2] not in by_points:
        sizes = ", ".join(f"{n} ({name})" for n, name in by_points.items())
        raise InputError(f"{path}: holds {array.shape}; landmarks are (frames, points, 3) with {sizes} points")
    return {"landmarks": array, "layout": np.array(by_points[array.shape[-2]]), "fps": np.array(ASSUMED_FPS)}


def _points(array: Any, path: Path, unseen_too: bool) -> Any:
    if array.dtype.kind not in "fiu" or array.ndim not in {2, 3} or array.shape[-1] != 3 or 0 in array.shape:
        raise InputError(f"{path}: landmarks must be numbers (frames, points, 3), not {array.shape} {array.dtype}")
    points = np.array(array, dtype=np.float32)
    if np.isinf(points).any():
        raise InputError(f"{path}: landmarks hold infinite values; NaN means 'not seen'")
    if np.isnan(points[..., :2]).all():
        if unseen_too:
            return points
        raise InputError(f"{path}: no point was seen in any frame (all NaN)")
    farthest = float(np.nanmax(np.abs(points)))
    if farthest > FARTHEST:
        raise InputError(
            f"{path}: landmarks go up to {farthest:.0f}; they must be fractions of the picture's width and height, "
            "not pixels"
        )
    return points


def _scalar(array: Any, path: Path, key: str) -> Any:
    if array.size != 1:
        raise InputError(f"{path}: {key} must be one value, not {array.shape}")
    return array.reshape(-1)[0]


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return text[0][:120] if text else type(error).__name__
