"""Store: from a manifest's row to its clip, with what was seen in photos and videos kept, so that it is seen once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from deepsign.clip import Clip
from deepsign.data.manifest import Row, digest
from deepsign.data.tables import open_table
from deepsign.landmarks import convert, layout_named
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, Landmarker, open_clip, read_landmarks, write_landmarks
from deepsign.perceive.assets import cache_folder
from deepsign.problems import DeepSignError, InputError

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

    def clip(self, row: Row) -> Clip:
        """The row's clip. A photo in which no hand is found is a clip with NaN everywhere, not an error.

        Raises InputError that names the file where it can't be read, or has changed since the manifest was written.
        """
        path = self.root / row.file
        if row.item is not None:
            return self._in_layout(open_table(path).clip(row.item, row.frame))
        if path.suffix.lower() in LANDMARK_SUFFIXES:
            return self._in_layout(read_landmarks(path))
        found = digest(path)
        if row.sha256 and row.sha256 != found:
            raise InputError(f"{path}: changed since the manifest was written (sha256); import it again")
        kept = self._cache / f"{self.layout}-{EXTRACTOR}" / found[:2] / f"{found}.npz"
        if kept.is_file():
            try:
                return read_landmarks(kept)
            except InputError:
                kept.unlink(missing_ok=True)  # a damaged memory is no reason to fail: look again
        clip = self._see(path)
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_landmarks(clip, kept)
        return clip

    def extract_all(
        self, rows: Iterable[Row], on_done: Callable[[str], None] = lambda _: None
    ) -> list[tuple[str, str]]:
        """Sees every row that was not seen before; gives (path, reason) of those that can't be read."""
        failed: list[tuple[str, str]] = []
        for row in rows:
            try:
                self.clip(row)
            except DeepSignError as error:
                failed.append((row.path, str(error)))
            on_done(row.path)
        return failed

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

    def _see(self, path: Path) -> Clip:
        if path.suffix.lower() not in PHOTO_SUFFIXES:
            return open_clip(path, layout=self.layout)
        if self._tracker is None:
            self._tracker = Landmarker(self.layout, still=True)
        return open_clip(path, layout=self.layout, engine=self._tracker)

    def _in_layout(self, clip: Clip) -> Clip:
        assert clip.landmarks is not None and clip.layout is not None
        return clip.with_landmarks(convert(clip.landmarks, clip.layout, self.layout), self.layout)
