"""Store: from a manifest's row to its clip, with what was seen in photos and videos kept, so that it is seen once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np

from deepsign.clip import Clip
from deepsign.data.manifest import Row, digest
from deepsign.data.pixels_tables import is_picture_table
from deepsign.data.sequence_folder import read_sequence
from deepsign.data.tables import Table, open_table
from deepsign.landmarks import HOLISTIC, LAYOUTS, convert, layout_named
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, Landmarker, open_clip, read_landmarks, write_landmarks
from deepsign.perceive.assets import cache_folder
from deepsign.perceive.folder import frames_in
from deepsign.problems import InputError
from deepsign.whole import written_whole

# Raise it whenever perceive sees differently: what was kept under another number is not looked at again.
EXTRACTOR = 1


class ClipStore:
    """Clips of a manifest's rows in one layout.

    root    the folder that the rows' paths start from.
    layout  the layout that every clip is given in.
    cache   where seen landmarks are kept, by the picture's content; the platform's cache folder by default.

    A context manager: it keeps a tracker open for photos. Two processes may share a cache.
    """

    def __init__(self, root: Path, layout: str = "hands", cache: Path | None = None) -> None:
        self.root, self.layout = root, layout_named(layout).name
        self._cache = cache or cache_folder().parent / "landmarks"
        self._tracker: Landmarker | None = None
        self._tables: dict[Path, tuple[Table, str]] = {}

    def clip(self, row: Row) -> Clip:
        """The row's clip. One in which no hand is found, or was when it was extracted, is NaN, not an error.

        Raises InputError that names the file where it can't be read, or has changed since the manifest was written.
        """
        path, face = self.root / row.file, self.layout == HOLISTIC.name
        if row.span is not None:
            raise InputError(f"{self.root / row.path}: is a piece of a clip, which only networks that see pixels take")
        if row.item is not None:
            return self._in_layout(self._table(path, row).clip(row.item, row.frame, face=face))
        found = self._unchanged(path, row, digest(path))
        if path.is_dir() and not frames_in(path):
            return self._in_layout(read_sequence(path))
        if path.suffix.lower() in LANDMARK_SUFFIXES:
            return self._in_layout(read_landmarks(path, unseen_too=True, face=face))
        kept = self._cache / f"{self.layout}-{EXTRACTOR}" / found[:2] / f"{found}.npz"
        return self._remembered(kept, str(path)) or self._looked_at(path, kept)

    def close(self) -> None:
        """Frees the tracker."""
        if self._tracker is not None:
            self._tracker.close()
            self._tracker = None

    def __enter__(self) -> ClipStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _table(self, path: Path, row: Row) -> Table:
        """The row's table, read and hashed once for as long as this store lives."""
        if path not in self._tables:
            if is_picture_table(path):
                raise InputError(f"{path}: holds pictures and no landmarks, which only networks that see pixels take")
            self._tables[path] = (open_table(path), digest(path))
        table, found = self._tables[path]
        self._unchanged(path, row, found)
        return table

    def _unchanged(self, path: Path, row: Row, found: str) -> str:
        if row.sha256 and row.sha256 != found:
            raise InputError(f"{path}: changed since the manifest was written (sha256); import it again")
        return found

    def _remembered(self, kept: Path, source: str) -> Clip | None:
        try:
            if kept.is_file():
                return replace(read_landmarks(kept), source=source)
            aspect, *times = map(float, _blank(kept).read_text("ascii").split())
            times = times or [0.0]
            points = np.full((len(times), len(LAYOUTS[self.layout]), 3), np.nan, dtype=np.float32)
            return Clip.from_landmarks(points, self.layout, times=times, aspect=aspect, source=source)
        except (InputError, OSError, ValueError):
            return None  # a memory that is missing or damaged is no reason to fail: look again

    def _looked_at(self, path: Path, kept: Path) -> Clip:
        clip = self._see(path)
        assert clip.landmarks is not None
        if not np.isnan(clip.landmarks).all():
            write_landmarks(clip, kept)
        else:
            _write_blank(clip, kept)
        return clip

    def _see(self, path: Path) -> Clip:
        if path.suffix.lower() not in PHOTO_SUFFIXES:
            return open_clip(path, layout=self.layout)
        if self._tracker is None:
            self._tracker = Landmarker(self.layout, still=True)
        return open_clip(path, layout=self.layout, engine=self._tracker)

    def _in_layout(self, clip: Clip) -> Clip:
        assert clip.landmarks is not None and clip.layout is not None
        try:
            return clip.with_landmarks(convert(clip.landmarks, clip.layout, self.layout), self.layout)
        except InputError as error:
            raise InputError(f"{clip.source}: {error}") from None


def _blank(kept: Path) -> Path:
    return kept.with_suffix(".blank")


def _write_blank(clip: Clip, kept: Path) -> None:
    """A landmark file must hold something; that a photo or video shows no hand is worth remembering too.

    Written are the aspect, and a video's times in s.
    """
    with written_whole(_blank(kept)) as file:
        file.write(" ".join(repr(float(number)) for number in (clip.aspect, *clip.times)).encode("ascii"))
