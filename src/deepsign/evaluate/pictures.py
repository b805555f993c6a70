"""Pictures: a manifest's rows as clips of pictures, as a bundle that takes pixels is asked about them."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np

from deepsign.bundle_inputs import Pictures
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore

# The time axis of frames that were chosen from a clip: the recognizer takes them all as they are.
_FPS = 10.0


class PictureClips:
    """Clips of rows, from the store that training reads them from."""

    def __init__(self, store: PixelStore) -> None:
        self._store = store

    @classmethod
    def of(cls, given: Pictures, root: Path) -> PictureClips:
        """For a bundle's input, and rows that start from `root`."""
        return cls(PixelStore(root, size=given.size, frames=given.frames, fit=given.fit))

    def clip(self, row: Row) -> Clip:
        """The row's clip: one picture, or as many frames as the bundle takes. InputError where it can't be read."""
        frames, _ = self._store.read(row)
        shown = np.asarray(frames if frames.ndim == 4 else frames[None])
        return Clip.from_frames(shown, fps=_FPS, source=row.path)

    def __enter__(self) -> PictureClips:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held open."""
