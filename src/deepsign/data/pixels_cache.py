"""Pixels' cache: decoded pictures on disk, mapped into memory, at most so many bytes; the longest unused go first."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.problems import InputError
from deepsign.whole import written_whole

Pixels = NDArray[np.uint8]

# Once the limit is passed, so much of it is kept: making room for one clip at a time would list the folder each time.
_KEPT_SHARE = 0.9
# A process lists the folder anew when it has written this share of the limit, so others' writing is noticed.
_UNSEEN_SHARE = 0.02


class PixelCache:
    """Arrays by name. Processes may share the folder: files appear whole, and a mapped file outlives its removal.

    folder  where the arrays lie.
    limit   bytes that they may take together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self._unseen = limit  # bytes written since the folder was listed: list it at the first writing

    def get(self, name: str) -> Pixels | None:
        """The array, mapped and read-only; None where it isn't there, or is damaged."""
        path = self.path(name)
        try:
            found = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        if not isinstance(found, np.ndarray) or found.dtype != np.uint8:
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def put(self, name: str, values: Pixels) -> bool:
        """Keeps an array, unless it alone is larger than the limit or the disk is full; whether it is kept."""
        if values.nbytes > self.limit:
            return False
        try:
            with written_whole(self.path(name)) as file:
                np.save(file, values, allow_pickle=False)
        except InputError:
            return False  # a full disk makes it slower, not impossible
        self.written(values.nbytes, self.path(name))
        return True

    def written(self, count: int, newest: Path | None = None) -> None:
        """Counts bytes that were written, by this process or for it, and makes room once there are too many."""
        self._unseen += count
        if self._unseen > _UNSEEN_SHARE * self.limit:
            self.make_room(newest)

    def used(self) -> int:
        """Bytes that are kept now."""
        return sum(size for _, size, _ in self._listed())

    def path(self, name: str) -> Path:
        """Where an array lies, or would."""
        return self.folder / name[:2] / f"{name}.npy"

    def make_room(self, newest: Path | None = None) -> None:
        """Removes what was used longest ago, but not `newest`, if more is kept than may be."""
        kept = sorted(self._listed())
        total = sum(size for _, size, _ in kept)
        self._unseen = 0
        if total <= self.limit:
            return
        for _, size, path in kept:
            if path != newest:
                # Another process may have been quicker; some systems keep a file that is mapped.
                with suppress(OSError):
                    path.unlink()
                    total -= size
            if total <= _KEPT_SHARE * self.limit:
                return

    def _listed(self) -> list[tuple[int, int, Path]]:
        """(last use, bytes, path) of every array."""
        found = []
        for path in self.folder.glob("??/*.npy"):
            with suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        return found
