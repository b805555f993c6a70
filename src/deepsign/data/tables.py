"""Tables: many hands or clips in one file, as collections of landmarks are published.

A hand table (.npz: landmarks (N, 21, 3), label (N,)) holds stills of one hand each. A clip archive (.npz: frames
(sum T, D), offsets (N + 1,), label (N,)) holds clips; D numbers a frame:

    126  left hand 21 × 3, right hand 21 × 3
    258  pose 33 × (x, y, z, visibility), left hand, right hand
    115 × 3  40 points of the lips, left hand, pose, right hand (Google's asl-signs); NaN = not seen

In the first two zeros stand for "not seen". All were made with legacy MediaPipe Hands or Holistic. A third kind is a
CSV with one hand a line: label first or last, 42 or 63 numbers, with or without a header.
"""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.landmarks import HAND, HANDS, HANDS_POSE
from deepsign.problems import InputError

# Clip archives state no frame rate. Their collectors read webcams frame by frame with the tracker in between, which
# gives about this many a second on the machines of their day.
ARCHIVE_FPS = 20.0
# Lip points at the head of each frame of asl-signs as it is published in one file; hands and pose come after them.
_LIPS = 40


@dataclass(frozen=True)
class Table:
    """A table in memory.

    labels   (N,) glosses as the file has them.
    signers  (N,) or None; licences (N,) or None; suspect (N,) bool: rows that their collection's readers doubt.
    """

    path: Path
    labels: NDArray[np.str_]
    signers: NDArray[np.str_] | None
    licences: NDArray[np.str_] | None
    suspect: NDArray[np.bool_] | None
    _points: NDArray[np.float32] = field(repr=False)
    _offsets: NDArray[np.int64] | None = field(repr=False)
    _layout: str

    def __len__(self) -> int:
        return len(self.labels)

    def clip(self, item: int, frame: int | None = None) -> Clip:
        """Item `item` as a clip: a still of layout "hand", or a clip of "hands" or "hands_pose", or one frame of it."""
        if not 0 <= item < len(self):
            raise InputError(f"{self.path}#{item}: the table has {len(self)} items")
        name = f"{self.path}#{item}"
        if self._offsets is None:
            return Clip.from_landmarks(self._points[item], self._layout, source=name)
        span = slice(int(self._offsets[item]), int(self._offsets[item + 1]))
        points = self._points[span]
        if frame is None:
            return Clip.from_landmarks(points, self._layout, fps=ARCHIVE_FPS, source=name)
        if not 0 <= frame < len(points):
            raise InputError(f"{name}:{frame}: the clip has {len(points)} frames")
        return Clip.from_landmarks(points[frame], self._layout, source=f"{name}:{frame}")


@lru_cache(maxsize=16)
def open_table(path: Path) -> Table:
    """Reads a table whole; InputError names the file and what is wrong with it."""
    return _csv_table(path) if path.suffix.lower() == ".csv" else _npz_table(path)


def _npz_table(path: Path) -> Table:
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        reason = "holds Python objects, which are never read" if "pickle" in str(error) else "is no whole .npz file"
        raise InputError(f"{path}: {reason}; export it anew as plain arrays") from None
    if "label" not in arrays:
        raise InputError(f"{path}: has no array 'label'; found {', '.join(arrays) or 'none'}")
    labels = arrays["label"].astype(str)
    if "landmarks" in arrays:
        points, offsets, layout = _hands(path, arrays["landmarks"]), None, HAND.name
        count = len(points)
    elif "frames" in arrays and "offsets" in arrays:
        points, layout = _archive(path, arrays["frames"])
        offsets = arrays["offsets"].astype(np.int64)
        count = len(offsets) - 1
        if offsets[0] != 0 or offsets[-1] != len(points) or (np.diff(offsets) <= 0).any():
            raise InputError(f"{path}: offsets must rise from 0 to the {len(points)} frames")
    else:
        raise InputError(f"{path}: is neither a hand table (landmarks) nor a clip archive (frames, offsets)")
    for name in ("label", "signer", "licence", "suspect"):
        if name in arrays and len(arrays[name]) != count:
            raise InputError(f"{path}: {count} items but {len(arrays[name])} entries in '{name}'")
    text = {name: arrays[name].astype(str) if name in arrays else None for name in ("signer", "licence")}
    suspect = arrays["suspect"].astype(bool) if "suspect" in arrays else None
    return Table(path, labels, text["signer"], text["licence"], suspect, points, offsets, layout)


def _hands(path: Path, landmarks: NDArray[np.generic]) -> NDArray[np.float32]:
    if landmarks.ndim != 3 or landmarks.shape[1] != len(HAND) or landmarks.shape[2] not in (2, 3):
        raise InputError(f"{path}: landmarks must be (N, 21, 3) or (N, 21, 2), not {landmarks.shape}")
    points = landmarks.astype(np.float32)
    if points.shape[2] == 2:
        points = np.concatenate([points, np.full((*points.shape[:2], 1), np.nan, np.float32)], axis=2)
    return _finite(path, points)


def _archive(path: Path, frames: NDArray[np.generic]) -> tuple[NDArray[np.float32], str]:
    values = frames.astype(np.float32)
    if values.ndim == 3 and values.shape[1:] == (_LIPS + len(HANDS_POSE), 3):
        return _finite(path, values[:, _LIPS:]), HANDS_POSE.name
    width = values.shape[1] if values.ndim == 2 else -1
    hand = 3 * len(HAND)
    if width == 2 * hand:
        points, layout = values.reshape(-1, len(HANDS), 3), HANDS.name
        parts = [HANDS.part("left_hand"), HANDS.part("right_hand")]
    elif width == 4 * 33 + 2 * hand:
        pose = values[:, : 4 * 33].reshape(-1, 33, 4)[..., :3]
        left, right = values[:, 4 * 33 :].reshape(-1, 2, len(HAND), 3).transpose(1, 0, 2, 3)
        points, layout = np.concatenate([left, pose, right], axis=1), HANDS_POSE.name
        parts = [HANDS_POSE.part(name) for name in ("left_hand", "pose", "right_hand")]
    else:
        raise InputError(f"{path}: frames must be (T, 126), (T, 258) or (T, 115, 3), not {values.shape}")
    for part in parts:
        points[(points[:, part] == 0).all(axis=(1, 2)), part] = np.nan
    return _finite(path, points), layout


def _csv_table(path: Path) -> Table:
    try:
        lines = [line for line in csv.reader(path.read_text("utf-8-sig").splitlines()) if line]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: can't be read as CSV ({error})") from None
    if not lines:
        raise InputError(f"{path}: is empty")
    width = len(lines[-1])
    if width - 1 not in (42, 63):
        raise InputError(f"{path}: {width} columns; a hand is 42 or 63 numbers and a label, first or last")
    first = _label_stands_first(lines)
    header = not _all_numbers(lines[0][1:] if first else lines[0][:-1])
    labels: list[str] = []
    points: list[list[float]] = []
    for number, cells in enumerate(lines[header:], start=1 + header):
        numbers = cells[1:] if first else cells[:-1]
        if len(cells) != width or not _all_numbers(numbers):
            raise InputError(f"{path}: line {number}: must be a label and {width - 1} numbers")
        labels.append((cells[0] if first else cells[-1]).strip())
        points.append([float(n) for n in numbers])
    if not labels:
        raise InputError(f"{path}: has a header and no hands")
    array = np.array(points, dtype=np.float32).reshape(len(points), len(HAND), -1)
    return Table(path, np.array(labels), None, None, None, _hands(path, array), None, HAND.name)


def _label_stands_first(lines: list[list[str]]) -> bool:
    """Words tell. Where labels are numbers too, whole numbers beside fractions do: 7, 0.513, 0.268, …"""
    sample = lines[1:][-200:] or lines  # the first line may be a header
    for first in (True, False):
        if not _all_numbers([line[0 if first else -1] for line in sample]):
            return first
    return all(line[0].strip().lstrip("-").isdecimal() for line in sample)


def _all_numbers(cells: list[str]) -> bool:
    try:
        for cell in cells:
            float(cell)
    except ValueError:
        return False
    return True


def _finite(path: Path, points: NDArray[np.float32]) -> NDArray[np.float32]:
    if np.isinf(points).any():
        raise InputError(f"{path}: item {int(np.argwhere(np.isinf(points))[0][0])} holds infinite values")
    if np.isnan(points[..., :2]).all():
        raise InputError(f"{path}: holds no landmark at all, only NaN")
    return points
