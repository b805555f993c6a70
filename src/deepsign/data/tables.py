"""Tables: many hands or clips in one file (`deepsign.data.table_npz`, `deepsign.data.table_csv`), item by item.

Coordinates come in different kinds: fractions of a picture, relative to the wrist, scaled, without depth, mirrored.
A clip holds them as they come, because every network centres, scales and mirrors inside its graph; `Table.kind` says
which kind a table is of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.data import table_csv, table_npz
from deepsign.data.table_npz import Arrays
from deepsign.landmarks import HAND, HAND_POINTS, HOLISTIC, convert
from deepsign.problems import InputError

# Clip archives that don't state their frame rate (`fps`). Their collectors read webcams frame by frame with the
# tracker in between, which gives about this many a second on the machines of their day.
ARCHIVE_FPS = 20.0
# Beyond this, coordinates are pixels and no fractions of a picture.
_FARTHEST_FRACTION = 10.0


@dataclass(frozen=True)
class Table:
    """A table in memory: N items, each a still hand or a clip."""

    path: Path
    arrays: Arrays

    def __len__(self) -> int:
        return len(self.arrays.labels)

    @property
    def labels(self) -> NDArray[np.str_]:
        """(N,) glosses as the file has them."""
        return self.arrays.labels

    @property
    def signers(self) -> NDArray[np.str_] | None:
        """(N,) who signed, or None where the file doesn't say."""
        return self.arrays.signers

    @property
    def places(self) -> NDArray[np.str_] | None:
        """(N,) where each item was found, a web site say, or None where the file doesn't say."""
        return self.arrays.places

    @property
    def licences(self) -> NDArray[np.str_] | None:
        """(N,) each item's licence, "" where it has none; None where the file doesn't say."""
        return self.arrays.licences

    @property
    def suspect(self) -> NDArray[np.bool_] | None:
        """(N,) items that their collection's readers doubt, or None."""
        return self.arrays.suspect

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """(N,) whether any hand or body is seen in the item at all."""
        there = ~np.isnan(self.arrays.points[..., :2]).all(axis=(1, 2))
        if self.arrays.offsets is None:
            return np.asarray(there)
        return np.asarray(np.logical_or.reduceat(there, self.arrays.offsets[:-1]))

    @cached_property
    def kind(self) -> str:
        """What was detected, in words: form, depth, what coordinates are relative to, and which way hands face."""
        words = [*self.arrays.notes, _coordinates(self.arrays)]
        if self.arrays.layout == HAND.name:
            words.append(_facing(self.arrays.points))
        return "; ".join(words)

    def clip(self, item: int, frame: int | None = None, *, face: bool = False) -> Clip:
        """Item `item` as a clip: a still of layout "hand", or a clip of "hands" or "hands_pose", or one frame of it.

        face  makes it "holistic" where the table shows something of a face.
        """
        if not 0 <= item < len(self):
            raise InputError(f"{self.path}#{item}: the table has {len(self)} items, numbered from 0")
        arrays, name = self.arrays, f"{self.path}#{item}"
        aspect = 1.0 if arrays.aspect is None else float(arrays.aspect[item])
        (points, times), layout = self._frames(item), arrays.layout
        if face and arrays.face is not None and arrays.offsets is not None:
            points, layout = convert(points, layout, HOLISTIC.name), HOLISTIC.name
            points[:, arrays.face_at] = arrays.face[int(arrays.offsets[item]) : int(arrays.offsets[item + 1])]
        if frame is not None:
            if not 0 <= frame < len(points):
                raise InputError(f"{name}:{frame}: the clip has {len(points)} frames, numbered from 0")
            points, times, name = points[frame : frame + 1], np.zeros(1), f"{name}:{frame}"
        return Clip.from_landmarks(points, layout, times=times, aspect=aspect, source=name)

    def _frames(self, item: int) -> tuple[table_npz.Points, NDArray[np.float64]]:
        """The points (T, P, 3) of an item and their times in s."""
        starts = self.arrays.offsets if self.arrays.offsets is not None else np.arange(len(self) + 1)
        points = self.arrays.points[int(starts[item]) : int(starts[item + 1])]
        fps = ARCHIVE_FPS if self.arrays.fps is None else float(self.arrays.fps[item])
        return points, np.arange(len(points), dtype=np.float64) / fps


def open_table(path: Path) -> Table:
    """Reads a table whole, once for as long as the file stays as it is; InputError names what is wrong with it."""
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _opened(path: Path, changed: int, size: int) -> Table:
    del changed, size  # part of the key
    from deepsign.data.clip_archive import is_archive, open_archive  # an archive is a table: it imports this module

    if is_archive(path):
        return open_archive(path)
    return Table(path, table_csv.read(path) if path.suffix.lower() == ".csv" else table_npz.read(path))


def _coordinates(arrays: Arrays) -> str:
    points = arrays.points
    depth = "2-D" if np.isnan(points[..., 2]).all() else "3-D"
    flat = points[..., :2]
    with_hand = flat[~np.isnan(flat).all(axis=(1, 2))]
    largest = np.nanmax(np.abs(with_hand), axis=(1, 2))
    if arrays.layout == HAND.name and not np.nan_to_num(with_hand[:, 0]).any():
        scaled = np.mean(np.abs(largest - 1) < 1e-3) > 0.95
        return f"{depth}, relative to the wrist" + (", scaled by the largest coordinate" if scaled else "")
    pixels = np.median(largest) > _FARTHEST_FRACTION
    return f"{depth}, {'pixels' if pixels else 'fractions of the picture'}"


def _facing(points: table_npz.Points) -> str:
    """The turn from wrist → index knuckle to wrist → little knuckle tells the side, if palms face the camera."""
    wrist, index, little = (HAND_POINTS.index(name) for name in ("wrist", "index_mcp", "little_mcp"))
    a, b = points[:, index] - points[:, wrist], points[:, little] - points[:, wrist]
    turn = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    share = float(np.mean(turn[~np.isnan(turn)] < 0)) if not np.isnan(turn).all() else 0.0
    return f"{share:.0%} turned as right palms to the camera"
