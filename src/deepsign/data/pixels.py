"""Pixels: from a manifest's row to what a pixel network sees, decoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.data.manifest import Row, digest
from deepsign.data.pixels_cache import PixelCache, Pixels
from deepsign.data.pixels_prefetch import Prefetched, in_processes
from deepsign.data.pixels_tables import open_pictures, picture_at, white_of
from deepsign.perceive.assets import cache_folder
from deepsign.perceive.sampled import FITS, Fit, fitted, real_frames
from deepsign.problems import InputError

# Raise it whenever pictures come out differently: what was kept under another number is decoded anew.
DECODER = 1
LIMIT = 8 << 30


class PixelStore:
    """Pixels of a manifest's rows, all of one size.

    root    the folder that the rows' paths start from.
    cache   where decoded pixels are kept, by content; the platform's cache folder by default.
    size    px, of both sides.
    frames  None: a row is one picture, of a clip its middle frame. A number: a row is a clip of so many frames.
    fit     what happens to pictures that are not square: `deepsign.perceive.sampled.fitted`.
    limit   bytes that the cache may take.

    Several processes may share a cache; a store can be sent to another process.
    """

    def __init__(
        self,
        root: Path,
        cache: Path | None = None,
        size: int = 224,
        frames: int | None = None,
        fit: Fit = "pad",
        limit: int = LIMIT,
    ) -> None:
        if fit not in FITS:
            raise InputError(f"fit {fit!r}: must be one of {', '.join(FITS)}")
        if size < 8 or (frames is not None and frames < 1) or limit < 0:
            raise InputError(f"size {size} px, {frames} frames, limit {limit} bytes: must be 8, 1 and 0 at least")
        self.root, self.size, self.frames, self.fit = Path(root), size, frames, fit
        self.cache = PixelCache(cache or cache_folder().parent / "pixels", limit)
        self._tables: dict[Path, tuple[NDArray[Any], float]] = {}
        self._contents: dict[Path, str] = {}

    def read(self, row: Row) -> tuple[Pixels, int]:
        """The row's pixels, read-only: (size, size, 3) and 1, or (frames, size, size, 3) and how many are real.

        Raises InputError that names the file where it can't be read, or has changed since the manifest was written.
        """
        real = self._real(row)
        if self.frames is None:
            return real[0], 1
        if len(real) == self.frames:
            return real, self.frames
        whole = np.concatenate([real, np.repeat(real[-1:], self.frames - len(real), axis=0)])
        whole.flags.writeable = False
        return whole, len(real)

    def key(self, row: Row) -> str:
        """Names the row's pixels: by content, piece, size, frames and fit, not by where the file lies."""
        content = row.sha256 or self._content(row)
        piece = row.path.removeprefix(row.file)
        text = f"{DECODER} {content} {piece} {self.size} {self.frames} {self.fit}"
        return hashlib.sha256(text.encode()).hexdigest()

    def prefetch(
        self, rows: Sequence[Row], workers: int = 2, on_done: Callable[[str], None] = lambda _: None
    ) -> Prefetched:
        """Decodes what is not kept yet, in so many processes; 0 does it in this one. Damaged files stop nothing.

        on_done  called with each row's path, in the order in which they are finished.
        """
        if all(self.kept(row) for row in rows if self.keeps(row)):
            workers = 0  # a process takes seconds to start, and there is nothing to decode
        return in_processes(self, rows, workers, on_done)

    @property
    def row_bytes(self) -> int:
        """What a row takes in the cache, at most."""
        return (self.frames or 1) * self.size * self.size * 3

    def keeps(self, row: Row) -> bool:
        """Whether the row's pixels are kept by themselves: pictures of a table are not, they need no decoding."""
        return row.item is None

    def kept(self, row: Row) -> bool:
        """Whether the row's pixels are in the cache now."""
        return self.cache.path(self.key(row)).is_file()

    def __getstate__(self) -> dict[str, Any]:
        # A mapped array would be sent as its whole content.
        return {**self.__dict__, "_tables": {}, "_contents": {}}

    def _real(self, row: Row) -> Pixels:
        """(T, size, size, 3): the frames that there are, T ≤ frames."""
        if row.item is not None:
            return self._item(row)
        name = self.key(row)
        if (found := self.cache.get(name)) is not None and found.shape[1:] == (self.size, self.size, 3):
            return found
        self._unchanged(row)
        made = real_frames(self.root / row.file, self.frames, self.size, self.fit, row.span)
        made.flags.writeable = False
        self.cache.put(name, made)
        return made

    def _item(self, row: Row) -> Pixels:
        path = self.root / row.file
        if path not in self._tables:
            pictures = open_pictures(path, self._unchanged(row), self.cache)
            self._tables[path] = (pictures, white_of(path, pictures))
        pictures, white = self._tables[path]
        item = row.item or 0
        if item >= len(pictures) or row.frame is not None:
            raise InputError(f"{self.root / row.path}: the table has {len(pictures)} pictures, numbered from 0")
        made = fitted(picture_at(pictures, item, white), self.size, self.fit)[None]
        made.flags.writeable = False
        return made

    def _unchanged(self, row: Row) -> str:
        found = self._content(row)
        if row.sha256 and row.sha256 != found:
            raise InputError(
                f"{self.root / row.file}: changed since the manifest was written (sha256); import it again"
            )
        return found

    def _content(self, row: Row) -> str:
        """The file's sha256, taken once for as long as this store lives."""
        path = self.root / row.file
        if path not in self._contents:
            self._contents[path] = digest(path)
        return self._contents[path]
