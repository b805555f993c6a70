"""FrameSource: pictures on a time axis, read one at a time, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from typing_extensions import Self

TimedFrame = tuple[float, NDArray[np.uint8]]


def _nothing() -> None:
    """A file needs no closing between reads."""


@dataclass(frozen=True, slots=True)
class FrameSource:
    """Iterate it for (time_s, frame): seconds from the first frame, increasing; (H, W, 3) uint8 RGB, upright.

    A file may be iterated again and is opened each time; a camera goes on where it was. One frame at a time is held.

    source           the path, or "camera:0".
    still            True for a photo: one frame, and the tracker may take its time.
    aspect           width / height of the frames.
    fps              mean frames a second; None for a photo, or where the file doesn't say.
    declared_frames  how many the file says it holds; None where it doesn't say.
    live             True for a camera, which has no end.
    """

    source: str
    still: bool
    aspect: float
    read: Callable[[], Iterator[TimedFrame]]
    fps: float | None = None
    declared_frames: int | None = None
    live: bool = False
    release: Callable[[], None] = _nothing

    def __iter__(self) -> Iterator[TimedFrame]:
        return self.read()

    def close(self) -> None:
        """Lets go of a camera; nothing to do for files."""
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def increasing(times: float | None, last: float | None, step: float) -> float:
    """A frame's time, s, given the one before: files with missing, equal or backward times still move on.

    step  seconds to add where the time can't be used.
    """
    if last is None:
        return times or 0.0
    return times if times is not None and times > last else last + step
