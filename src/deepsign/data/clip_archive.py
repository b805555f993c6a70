"""Clip archives: many landmark clips in a few large files, which are mapped into memory and not read whole.

    DIR/index.npz               every clip's label, signer, sequence and place, and the sha256 of every shard's files
    DIR/shard-00000/frames.npy  (N, P, 3) float16: all frames of the shard's clips end to end, NaN = not seen
    DIR/shard-00000/times.npy   (N,) float64, s from each clip's start
    DIR/shard-00000/clips.json  what the shard holds, for whoever goes on with a conversion

A manifest's rows name the index's items, "DIR/index.npz#17", and the index's sha256 vouches for the shards. Half
precision places a point within 0.00025 of the picture, a sixth of a pixel of 640.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.data.manifest import digest
from deepsign.data.table_npz import Arrays
from deepsign.data.tables import Table
from deepsign.landmarks import LAYOUTS
from deepsign.problems import InputError
from deepsign.whole import written_whole

INDEX, FRAMES, TIMES, CLIPS = "index.npz", "frames.npy", "times.npy", "clips.json"
FORMAT = 1
_SHARD = re.compile(r"shard-\d{5,}")
_OF_CLIPS = ("label", "signer", "sequence", "seen", "hand", "shard", "start", "length")
_OF_SHARDS = ("shards", "frame_count", "frames_sha256", "times_sha256")
_KEYS = frozenset({"format", "layout", "left_out", "reason", *_OF_CLIPS, *_OF_SHARDS})
_MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class StoredClip:
    """One clip of a shard, in the order of its frames. seen: any point in any frame; hand: of a hand."""

    label: str
    signer: str
    sequence: str
    length: int
    seen: bool
    hand: bool


@dataclass(frozen=True)
class Shard:
    """A finished shard. left_out: (path, reason) of what could not be taken into it."""

    name: str
    clips: tuple[StoredClip, ...]
    frames_sha256: str
    times_sha256: str
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Archive(Table):
    """An archive's index in memory, its frames on disk: item by item like any other table.

    sequence  (N,) each clip's name in its corpus. hand (N,) whether a hand is seen in it.
    left_out  (path, reason) of what the conversion could not read.
    """

    index: dict[str, NDArray[Any]]
    _mapped: dict[int, tuple[NDArray[np.float16], NDArray[np.float64]]] = field(default_factory=dict)

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """(N,) whether any hand or body is seen in the item at all."""
        return self.index["seen"]

    @property
    def hand(self) -> NDArray[np.bool_]:
        """(N,) whether a hand is seen in the item."""
        return self.index["hand"]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """(path, reason) of what the conversion could not read."""
        return list(zip(map(str, self.index["left_out"]), map(str, self.index["reason"]), strict=True))

    @cached_property
    def kind(self) -> str:
        """What the items are, in words."""
        return f"an archive of {len(self)} clips in {len(self.index['shards'])} shards; fractions of the picture"

    def _frames(self, item: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        frames, times = self._shard(int(self.index["shard"][item]))
        at = slice(int(self.index["start"][item]), int(self.index["start"][item] + self.index["length"][item]))
        return frames[at].astype(np.float32), times[at]

    def _shard(self, number: int) -> tuple[NDArray[np.float16], NDArray[np.float64]]:
        """A shard's frames, mapped, and times; compared with the index's sha256 when it is first needed."""
        if number not in self._mapped:
            folder = self.path.parent / str(self.index["shards"][number])
            for name, wanted in ((FRAMES, "frames_sha256"), (TIMES, "times_sha256")):
                if digest(folder / name) != str(self.index[wanted][number]):
                    raise InputError(f"{folder / name}: is damaged or of another archive (sha256); convert it again")
            frames = np.load(folder / FRAMES, mmap_mode="r", allow_pickle=False)
            times = np.load(folder / TIMES, allow_pickle=False)
            shape = (int(self.index["frame_count"][number]), len(LAYOUTS[self.arrays.layout]), 3)
            if frames.shape != shape or times.shape != shape[:1]:
                raise InputError(
                    f"{folder}: holds {frames.shape} frames, not the {shape} of its index; convert it again"
                )
            self._mapped[number] = frames, times
        return self._mapped[number]


def is_archive(path: Path) -> bool:
    """Whether an .npz is the index of an archive, by the names of its arrays."""
    try:
        with zipfile.ZipFile(path) as file:
            return "shards.npy" in file.namelist()
    except Exception:  # a damaged zip fails in a dozen ways; whoever reads it as a table says how
        return False


def open_archive(path: Path) -> Archive:
    """Reads an archive's index; InputError names what is wrong with it."""
    index = _read(path)
    if set(index) != _KEYS or index["format"].shape or int(index["format"]) != FORMAT:
        raise InputError(f"{path}: is no clip archive of format {FORMAT}; convert the corpus again")
    count, shards = len(index["label"]), len(index["shards"])
    if any(index[key].shape != (count,) for key in _OF_CLIPS) or any(index[k].shape != (shards,) for k in _OF_SHARDS):
        raise InputError(f"{path}: its arrays differ in length; convert the corpus again")
    shard, start, length = (index[name].astype(np.int64) for name in ("shard", "start", "length"))
    named = all(_SHARD.fullmatch(str(name)) for name in index["shards"])
    if not (named and count and (shard >= 0).all() and (shard < shards).all() and (length > 0).all()):
        raise InputError(f"{path}: names shards or clips that can't be; convert the corpus again")
    if (start < 0).any() or (start + length > index["frame_count"][shard]).any() or str(index["layout"]) not in LAYOUTS:
        raise InputError(f"{path}: places clips outside their shards; convert the corpus again")
    offsets = np.concatenate([[0], np.cumsum(length)])
    nothing = np.empty((0, len(LAYOUTS[str(index["layout"])]), 3), dtype=np.float32)
    arrays = Arrays(nothing, offsets, str(index["layout"]), index["label"], index["signer"])
    return Archive(path, arrays, index)


def write_index(folder: Path, layout: str, shards: Sequence[Shard]) -> Path:
    """Writes the index of finished shards, whole or not at all; the same shards give the same bytes."""
    path = folder / INDEX
    clips = [(number, clip) for number, shard in enumerate(shards) for clip in shard.clips]
    length = np.array([clip.length for _, clip in clips], dtype=np.int64)
    shard_of = np.array([number for number, _ in clips], dtype=np.int32)
    counts = np.array([sum(clip.length for clip in shard.clips) for shard in shards], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(counts)])
    left_out = [pair for shard in shards for pair in shard.left_out]
    arrays = {
        "format": np.array(FORMAT),
        "layout": np.array(layout),
        "label": _texts(clip.label for _, clip in clips),
        "signer": _texts(clip.signer for _, clip in clips),
        "sequence": _texts(clip.sequence for _, clip in clips),
        "seen": np.array([clip.seen for _, clip in clips], dtype=np.bool_),
        "hand": np.array([clip.hand for _, clip in clips], dtype=np.bool_),
        "shard": shard_of,
        "start": np.cumsum(length) - length - first[shard_of],
        "length": length,
        "shards": _texts(shard.name for shard in shards),
        "frame_count": counts,
        "frames_sha256": _texts(shard.frames_sha256 for shard in shards),
        "times_sha256": _texts(shard.times_sha256 for shard in shards),
        "left_out": _texts(where for where, _ in left_out),
        "reason": _texts(reason for _, reason in left_out),
    }
    with written_whole(path) as file:
        np.savez_compressed(file, **arrays)
    return path


def _texts(values: Any) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= _MOST_BYTES:
            with np.load(path, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except Exception:
        # Zip and npy readers meet random bytes in a dozen ways; all mean the same to a person.
        raise InputError(f"{path}: the archive's index is damaged or cut short; convert the corpus again") from None
    raise InputError(f"{path}: unpacks to more than {_MOST_BYTES >> 20} MB; it is no index of clips")
