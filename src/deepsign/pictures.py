"""Pictures: a photo, a video, a folder of frames or a camera, answered by a bundle that takes pixels."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle_inputs import Pictures
from deepsign.clip import Clip
from deepsign.live import Sign
from deepsign.perceive import LANDMARK_SUFFIXES, read_frames
from deepsign.perceive.camera import open_camera
from deepsign.perceive.sampled import fitted, sample
from deepsign.problems import InputError
from deepsign.recognizer import Prediction, Recognizer
from deepsign.stream import Hold, Moment, Segment

# The time axis of frames that were chosen already: the recognizer takes them all.
_FPS = 10.0
# Before a camera a clip is answered this often, s: more would not find more, and costs frames.
_EACH = 0.2
# What is called with each picture before a camera, its prediction and the frames a second; False ends the watching.
Show = Callable[[NDArray[np.uint8], Prediction | None, float], bool]


def answered(recognizer: Recognizer, given: Pictures, source: str | Path, top_k: int | None) -> list[Sign]:
    """What is in a source, the whole's answer first; then, in a video before an image bundle, each sign that was held.

    Raises InputError where it can't be read, or holds landmarks.
    """
    if Path(source).suffix.lower() in LANDMARK_SUFFIXES and not Path(source).is_dir():
        raise InputError(f"{source}: holds landmarks, and {recognizer.bundle.name} takes pictures")
    if given.frames is not None:
        frames, _ = sample(source, given.frames, given.size, given.fit)
        return [Sign(None, recognizer.predict(Clip.from_frames(frames, fps=_FPS, source=str(source)), top_k))]
    held, signs, surest = HeldPictures(recognizer, given, top_k), [], None
    for at, picture in read_frames(source):
        if sign := held.feed(picture, at):
            signs.append(sign)
        if surest is None or _sureness(held.latest) > _sureness(surest):
            surest = held.latest
    signs += [sign] if (sign := held.finish()) else []
    if surest is None:
        raise InputError(f"{source}: holds no frames")
    longest = max(signs, key=lambda s: s.segment.end - s.segment.start if s.segment else 0.0, default=None)
    return [Sign(None, longest.prediction if longest else surest), *signs]


def watched(
    recognizer: Recognizer, given: Pictures, camera: int, top_k: int | None, show: Show | None = None
) -> Iterator[tuple[Sign, float]]:
    """Each sign before a camera once it was held, with the ms of its last answer, until the camera ends."""
    with open_camera(camera) as frames:
        held, rate, last = HeldPictures(recognizer, given, top_k), 0.0, None
        for at, picture in frames:
            began = time.perf_counter()
            sign = held.feed(picture, at)
            ms = (time.perf_counter() - began) * 1000
            if last is not None:
                rate = 0.9 * rate + 0.1 / (at - last) if rate else 1 / (at - last)
            last = at
            if sign:
                yield sign, ms
            if show is not None and not show(picture, held.latest, rate):
                return


class HeldPictures:
    """Pictures one after another; what is answered alike for long enough is a sign (`deepsign.stream`).

    An image is answered by itself, a clip as the last `window` seconds.
    """

    def __init__(self, recognizer: Recognizer, given: Pictures, top_k: int | None = None) -> None:
        self._recognizer, self._given, self._top_k = recognizer, given, top_k
        self._frames: deque[tuple[float, NDArray[np.uint8]]] = deque()
        self._said: list[tuple[float, Prediction]] = []
        self._hold = Hold(frozenset(x.gloss for x in recognizer.bundle.labels if x.needs_motion))
        self._next = 0.0
        self.latest: Prediction | None = None

    def feed(self, picture: NDArray[np.uint8], at: float) -> Sign | None:
        """One picture (H, W, 3), seen at `at` s; the sign that it ended, if one had been held."""
        small = fitted(picture, self._given.size, self._given.fit)
        if self._given.frames is None:
            self.latest = self._recognizer.predict(Clip.from_frames(small), self._top_k)
        else:
            self._frames.append((at, small))
            while self._frames[0][0] < at - self._given.window:
                self._frames.popleft()
            if at < self._next:
                return None
            self._next = at + _EACH
            shown, times = np.stack([f for _, f in self._frames]), np.array([t for t, _ in self._frames])
            self.latest = self._recognizer.predict(Clip.from_frames(shown, times=times), self._top_k)
        self._said.append((at, self.latest))
        best = self.latest.best
        return self._sign(self._hold.feed(Moment(at, best.gloss if best else None, best.probability if best else 0.0)))

    def finish(self) -> Sign | None:
        """The sign that stood when the pictures ended, if any."""
        return self._sign(self._hold.finish())

    def _sign(self, segment: Segment | None) -> Sign | None:
        if segment is None:
            return None
        inside = [
            said
            for at, said in self._said
            if segment.start <= at <= segment.end and said.best and said.best.gloss == segment.gloss
        ]
        self._said = [(at, said) for at, said in self._said if at > segment.end]
        return Sign(segment, max(inside, key=_sureness))


def _sureness(prediction: Prediction | None) -> tuple[bool, float]:
    if prediction is None or not prediction.candidates:
        return False, 0.0
    return prediction.known, prediction.candidates[0].probability
