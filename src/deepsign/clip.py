"""Clip: what was seen, on a time axis in seconds. Pixels, landmarks, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepsign.problems import InputError

Frames = NDArray[np.uint8]
Landmarks = NDArray[np.float32]
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A photo (T = 1), a video, or landmarks.

    frames     (T, H, W, 3) uint8 RGB, as a viewer sees them (rotation applied, never mirrored), or None.
    landmarks  (T, P, 3) float32, or None. x runs right and y down, as fractions of the picture's width and
               height; z is depth on x's scale, smaller = nearer. A point that was not seen is NaN in all three.
               2-D data has NaN in z alone.
    times      (T,) float64, seconds, strictly increasing.
    layout     the name of the landmark layout (`deepsign.landmarks.LAYOUTS`), or None without landmarks.
    aspect     width / height of the picture that the landmarks' fractions refer to; 1.0 where unknown.
    source     what a person would call it: a path, or "camera:0".
    """

    times: Times
    frames: Frames | None = None
    landmarks: Landmarks | None = None
    layout: str | None = None
    aspect: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        if self.frames is None and self.landmarks is None:
            raise InputError(f"{self._name}: a clip needs frames or landmarks")
        if self.times.ndim != 1 or len(self.times) == 0:
            raise InputError(f"{self._name}: holds no frames")
        if not np.isfinite(self.times).all() or (np.diff(self.times) <= 0).any():
            raise InputError(f"{self._name}: frame times must be finite and increase")
        if self.frames is not None:
            self._check_frames(self.frames)
        if self.landmarks is not None:
            self._check_landmarks(self.landmarks)
        if (self.landmarks is None) != (self.layout is None):
            raise InputError(f"{self._name}: landmarks and their layout go together")
        if not np.isfinite(self.aspect) or self.aspect <= 0:
            raise InputError(f"{self._name}: aspect must be a positive number, not {self.aspect}")

    @classmethod
    def from_frames(
        cls, frames: ArrayLike, times: ArrayLike | None = None, fps: float | None = None, source: str = ""
    ) -> Clip:
        """A clip of pictures: frames (T, H, W, 3) or one photo (H, W, 3), uint8 RGB. Times as in `from_landmarks`."""
        array = np.asarray(frames)
        array = array[None] if array.ndim == 3 else array
        if array.dtype != np.uint8:
            raise InputError(f"{source or 'clip'}: frames must be uint8, not {array.dtype}")
        axis = _time_axis(len(array), times, fps, source)
        aspect = array.shape[2] / array.shape[1] if array.ndim == 4 and array.shape[1] else 1.0
        return cls(times=axis, frames=array, aspect=aspect, source=source)

    @classmethod
    def from_landmarks(
        cls,
        landmarks: ArrayLike,
        layout: str,
        times: ArrayLike | None = None,
        fps: float | None = None,
        aspect: float = 1.0,
        source: str = "",
    ) -> Clip:
        """A clip of landmarks: (T, P, 3), or (P, 3) for one still.

        Give `times` in seconds or `fps`; a still needs neither. Raises InputError for shapes that don't fit,
        infinite values, or a moving clip without a time axis.
        """
        array = np.asarray(landmarks, dtype=np.float32)
        array = array[None] if array.ndim == 2 else array
        axis = _time_axis(len(array), times, fps, source)
        return cls(times=axis, landmarks=array, layout=layout, aspect=float(aspect), source=source)

    def with_landmarks(self, landmarks: Landmarks, layout: str) -> Clip:
        """The same clip with these landmarks (T, P, 3)."""
        return replace(self, landmarks=landmarks, layout=layout)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last; 0 for a still."""
        return float(self.times[-1] - self.times[0])

    @property
    def _name(self) -> str:
        return self.source or "clip"

    def _check_frames(self, frames: Frames) -> None:
        if frames.ndim != 4 or frames.shape[-1] != 3 or 0 in frames.shape:
            raise InputError(f"{self._name}: frames must be (T, H, W, 3), not {frames.shape}")
        if len(frames) != len(self.times):
            raise InputError(f"{self._name}: {len(frames)} frames but {len(self.times)} times")

    def _check_landmarks(self, landmarks: Landmarks) -> None:
        if landmarks.ndim != 3 or landmarks.shape[-1] != 3 or landmarks.shape[1] == 0:
            raise InputError(f"{self._name}: landmarks must be (T, P, 3), not {landmarks.shape}")
        if len(landmarks) != len(self.times):
            raise InputError(f"{self._name}: {len(landmarks)} landmark frames but {len(self.times)} times")
        if np.isinf(landmarks).any():
            raise InputError(f"{self._name}: landmarks hold infinite values; NaN means 'not seen'")


def _time_axis(count: int, times: ArrayLike | None, fps: float | None, source: str) -> Times:
    name = source or "clip"
    if times is not None:
        return np.asarray(times, dtype=np.float64)
    if fps is not None:
        if not np.isfinite(fps) or fps <= 0:
            raise InputError(f"{name}: the frame rate must be a positive number, not {fps}")
        return np.arange(count, dtype=np.float64) / fps
    if count == 1:
        return np.zeros(1)
    if count == 0:
        raise InputError(f"{name}: holds no frames")
    raise InputError(f"{name}: {count} frames need times or a frame rate")


def stack(clips: Sequence[Clip]) -> tuple[Landmarks, NDArray[np.float32], NDArray[np.float32]]:
    """Landmark clips of one layout as a batch, padded with frames in which nothing is seen.

    Returns landmarks (B, T, P, 3) with NaN padding, times (B, T) in seconds from each clip's start (padding
    repeats the last time), aspect (B,). All float32: the inputs of every landmark network.
    """
    if not clips:
        raise InputError("an empty batch of clips")
    longest = max(len(c) for c in clips)
    first = clips[0].landmarks
    if first is None or len({c.layout for c in clips}) != 1:
        raise InputError("a batch needs landmark clips of one layout")
    landmarks = np.full((len(clips), longest, first.shape[1], 3), np.nan, dtype=np.float32)
    times = np.zeros((len(clips), longest), dtype=np.float32)
    for i, clip in enumerate(clips):
        assert clip.landmarks is not None
        landmarks[i, : len(clip)] = clip.landmarks
        times[i, : len(clip)] = clip.times - clip.times[0]
        times[i, len(clip) :] = times[i, len(clip) - 1]
    return landmarks, times, np.array([c.aspect for c in clips], dtype=np.float32)
