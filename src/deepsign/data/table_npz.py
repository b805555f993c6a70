"""Landmark tables in .npz: hand tables and clip archives, as collections of landmarks are published. Never unpickled.

A hand table holds landmarks (N, 21, 3) or (N, 21, 2) and label (N,): stills of one hand each. A clip archive holds
frames (all clips' frames, end to end), offsets (N + 1,) and label (N,). A frame of it is one of:

    126 numbers   left hand 21 × 3, right hand 21 × 3
    170 numbers   11 pose points × (x, y, z, visibility), left hand, right hand
    258 numbers   pose 33 × (x, y, z, visibility), left hand, right hand
    (P, 3)        with an array `points`: which of the legacy 543 holistic points each one is

Zeros stand for "not seen" there, NaN in the last kind. The hands are the signer's own left and right, checked on the
real archives: holistic tracking ties each hand to the wrist of its arm, and 126's right hands are right hands by their
geometry, so no side is swapped here.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HAND, HANDS, HANDS_POSE
from deepsign.problems import InputError

# Every array of a table unpacked; more is a mistake or a bomb.
MOST_BYTES = 1 << 30
_HAND_NUMBERS = 3 * len(HAND)
_POSE = 33
# The 11 pose points of 170-number frames: nose, shoulders, elbows, wrists, hips, knees (told by where they lie).
_SHORT_POSE = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26)
# Of the legacy 543 points: 468 of the face, then left hand, pose, right hand.
_FACE = 468

Points = NDArray[np.float32]


@dataclass(frozen=True)
class Arrays:
    """What a table file holds.

    points   (N, P, 3) stills, or all frames end to end (sum T, P, 3); NaN = not seen.
    offsets  (N + 1,) where each clip's frames start; None for stills.
    labels, signers, licences  (N,) texts, None where the file has none. suspect (N,) bool. aspect, fps (N,) or None.
    places   (N,) where each item was found, a web site say (array `source`), or None.
    face     (sum T, K, 3) what the frames show of a face beside the layout's points, NaN = not seen; None for nothing.
    face_at  (K,) which of holistic's points these are.
    """

    points: Points
    offsets: NDArray[np.int64] | None
    layout: str
    labels: NDArray[np.str_]
    signers: NDArray[np.str_] | None = None
    licences: NDArray[np.str_] | None = None
    suspect: NDArray[np.bool_] | None = None
    aspect: NDArray[np.float64] | None = None
    fps: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    places: NDArray[np.str_] | None = None
    face: Points | None = None
    face_at: NDArray[np.int64] | None = None


def read(path: Path) -> Arrays:
    """Reads a table; InputError, one line, names the file and what is wrong with it."""
    arrays = _unpack(path)
    if "label" not in arrays:
        raise InputError(f"{path}: has no array 'label'; found {', '.join(arrays) or 'none'}")
    face: Points | None = None
    face_at: NDArray[np.int64] | None = None
    if "landmarks" in arrays:
        points, offsets, layout = _hands(path, arrays["landmarks"]), None, HAND.name
        count = len(points)
    elif "frames" in arrays and "offsets" in arrays:
        points, layout = _frames(path, arrays)
        if points.ndim == arrays["frames"].ndim:
            face, face_at = _face_of(path, arrays)
        offsets = _offsets(path, arrays["offsets"], len(points))
        count = len(offsets) - 1
    else:
        raise InputError(f"{path}: is neither a hand table (landmarks) nor a clip archive (frames, offsets)")
    signer = "signer" if "signer" in arrays else "signer_id"
    for name in ("label", signer, "licence", "suspect", "source"):
        if name in arrays and arrays[name].shape != (count,):
            raise InputError(f"{path}: {count} items, but '{name}' has the shape {arrays[name].shape}")
    return Arrays(
        points,
        offsets,
        layout,
        texts(path, "label", arrays["label"]),
        texts(path, signer, arrays[signer]) if signer in arrays else None,
        texts(path, "licence", arrays["licence"]) if "licence" in arrays else None,
        arrays["suspect"].astype(np.bool_) if "suspect" in arrays else None,
        _positive(path, "aspect", arrays.get("aspect"), count),
        _positive(path, "fps", arrays.get("fps"), count),
        places=texts(path, "source", arrays["source"]) if "source" in arrays else None,
        face=face,
        face_at=face_at,
    )


def texts(path: Path, name: str, values: NDArray[np.generic]) -> NDArray[np.str_]:
    """Labels or names as text; whole numbers lose the point that some programs give them (3.0 → 3)."""
    if values.dtype.kind == "f":
        numbers = values.astype(np.float64)
        if not (np.isfinite(numbers) & (numbers == np.round(numbers))).all():
            raise InputError(f"{path}: '{name}' holds numbers that aren't whole; a label is a word or a whole number")
        values = numbers.astype(np.int64)
    if values.dtype.kind not in "iuUSb":
        raise InputError(f"{path}: '{name}' must be texts or whole numbers, not {values.dtype}")
    try:
        return np.char.strip(values.astype(str))
    except UnicodeDecodeError:
        raise InputError(f"{path}: '{name}' holds bytes that are no ASCII text; save it as text") from None


def finite(path: Path, points: Points) -> Points:
    """The points, if none is infinite and any is there; InputError otherwise."""
    if np.isinf(points).any():
        at = int(np.argwhere(np.isinf(points))[0][0])
        raise InputError(f"{path}: row {at} holds infinite values; NaN means 'not seen'")
    if not len(points) or np.isnan(points[..., :2]).all():
        raise InputError(f"{path}: holds no landmark at all{', only NaN' if len(points) else ''}")
    # x without y, or the reverse, places nothing.
    points[np.isnan(points[..., :2]).any(axis=-1)] = np.nan
    return points


def _unpack(path: Path) -> dict[str, NDArray[np.generic]]:
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    if not head.startswith(b"PK"):
        what = "is no landmark table, neither .npz nor .csv" if head else "the file is empty"
        raise InputError(f"{path}: {what}; export the table anew")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= MOST_BYTES:
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise InputError(
                f"{path}: holds Python objects, which are never read; export it anew as numbers and text"
            ) from None
        raise InputError(f"{path}: an array in it is damaged; export the table anew") from None
    except Exception:
        # Zip and npy readers meet random bytes in a dozen ways; all mean the same to a person.
        raise InputError(f"{path}: is damaged or cut short; export or copy the table anew") from None
    raise InputError(f"{path}: unpacks to more than {MOST_BYTES >> 20} MB; cut it into several tables")


def _numbers(path: Path, name: str, values: NDArray[np.generic]) -> Points:
    if values.dtype.kind not in "fiu":
        raise InputError(f"{path}: '{name}' must hold numbers, not {values.dtype}")
    return values.astype(np.float32)


def _hands(path: Path, landmarks: NDArray[np.generic]) -> Points:
    points = _numbers(path, "landmarks", landmarks)
    if points.ndim != 3 or points.shape[1] != len(HAND) or points.shape[2] not in (2, 3):
        raise InputError(f"{path}: landmarks must be (N, 21, 3) or (N, 21, 2), not {landmarks.shape}")
    return finite(path, hands_of(points))


def hands_of(points: Points) -> Points:
    """Hands (N, 21, 2 or 3) as a clip has them: all zeros is a hand not seen; z that is zero everywhere is no depth."""
    flat = points.shape[2] == 2 or not np.any(points[..., 2])
    if flat:
        points = np.concatenate([points[..., :2], np.full((*points.shape[:2], 1), np.nan, np.float32)], axis=2)
    points[(np.nan_to_num(points[..., :2]) == 0).all(axis=(1, 2))] = np.nan
    return points


def _offsets(path: Path, values: NDArray[np.generic], frames: int) -> NDArray[np.int64]:
    if values.ndim != 1 or len(values) < 2 or values.dtype.kind not in "iu":
        raise InputError(f"{path}: offsets must be whole numbers, one more than there are clips")
    offsets = values.astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != frames or (np.diff(offsets) <= 0).any():
        raise InputError(f"{path}: offsets must rise from 0 to the {frames} frames")
    return offsets


def _frames(path: Path, arrays: dict[str, NDArray[np.generic]]) -> tuple[Points, str]:
    values = _numbers(path, "frames", arrays["frames"])
    if values.ndim == 3 and values.shape[2] == 3 and "points" in arrays:
        return finite(path, _of_543(path, values, arrays["points"])), HANDS_POSE.name
    points, layout = points_of(path, values)
    return finite(path, points), layout


def points_of(path: Path, values: Points) -> tuple[Points, str]:
    """Frames (T, 126, 170 or 258), laid out as the module says, as points (T, P, 3) with NaN, and their layout."""
    width = values.shape[1] if values.ndim == 2 else -1
    pose_numbers = width - 2 * _HAND_NUMBERS
    if pose_numbers not in (0, 4 * len(_SHORT_POSE), 4 * _POSE):
        raise InputError(
            f"{path}: frames must be 126, 170 or 258 numbers, or points with their numbers, not {values.shape[1:]}"
        )
    hands = values[:, pose_numbers:].reshape(-1, 2, len(HAND), 3)
    hands[(hands == 0).all(axis=(2, 3))] = np.nan
    if not pose_numbers:
        return hands.reshape(-1, len(HANDS), 3), HANDS.name
    pose = np.full((len(values), _POSE, 3), np.nan, dtype=np.float32)
    given = list(_SHORT_POSE) if pose_numbers < 4 * _POSE else list(range(_POSE))
    seen = values[:, :pose_numbers].reshape(len(values), -1, 4)[..., :3]
    seen[(seen == 0).all(axis=(1, 2))] = np.nan
    pose[:, given] = seen
    return np.concatenate([hands[:, 0], pose, hands[:, 1]], axis=1), HANDS_POSE.name


def _of_543(path: Path, values: Points, which: NDArray[np.generic]) -> Points:
    """Frames whose points are numbered as in the 543-point layout; those of the face are left out."""
    if which.shape != (values.shape[1],) or which.dtype.kind not in "iu":
        raise InputError(f"{path}: 'points' must number each of the {values.shape[1]} points")
    place = which.astype(np.int64) - _FACE
    kept = (place >= 0) & (place < len(HANDS_POSE))
    points = np.full((len(values), len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    points[:, place[kept]] = values[:, kept]
    return points


def _face_of(path: Path, arrays: dict[str, NDArray[np.generic]]) -> tuple[Points | None, NDArray[np.int64] | None]:
    """The points that `_of_543` leaves out, and their numbers."""
    which = arrays["points"].astype(np.int64)
    own = np.flatnonzero((which >= 0) & (which < _FACE))
    if not len(own):
        return None, None
    face = _numbers(path, "frames", arrays["frames"])[:, own]
    face[np.isnan(face[..., :2]).any(axis=-1)] = np.nan
    return face, which[own]


def _positive(path: Path, name: str, value: NDArray[np.generic] | None, count: int) -> NDArray[np.float64] | None:
    if value is None:
        return None
    if value.dtype.kind not in "fiu" or value.shape not in ((), (count,)):
        raise InputError(f"{path}: '{name}' must be one number, or one for each of the {count} items")
    numbers = np.broadcast_to(value.astype(np.float64), (count,))
    if not (np.isfinite(numbers) & (numbers > 0)).all():
        raise InputError(f"{path}: '{name}' must be positive")
    return numbers
