"""Live: landmarks in, one frame at a time; each sign out as it ends: handshapes once held, signs that move once over.

A recording goes through the same rules, so a video and a camera give the same signs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from deepsign.boundaries import LONGEST, LOOK_BACK, Boundaries, Span, spans
from deepsign.clip import Clip
from deepsign.landmarks import HANDS_POSE, HOLISTIC, convert
from deepsign.recognizer import Prediction, Recognizer
from deepsign.stream import Hold, Moment, Segment, Standing


@dataclass(frozen=True)
class Sign:
    """A sign that has ended: when it was, and its ranking. No segment where it is none that the model knows."""

    segment: Segment | None
    prediction: Prediction


class Live(Protocol):
    """What a stream of landmarks is fed to.

    latest  the answer to the last moment, before anything has ended; None where a model answers whole signs only.
    """

    latest: Prediction | None

    def feed(self, landmarks: NDArray[np.float32], at: float) -> Sign | None:
        """One frame's landmarks (P, 3) in the bundle's layout, seen at `at` s; the sign that it ended."""

    def finish(self) -> Sign | None:
        """The sign that was going on when the stream ended, if any."""


def live_signs(recognizer: Recognizer, aspect: float, top_k: int | None = None) -> Live:
    """What finds this bundle's signs in a stream whose picture is `aspect` times as wide as it is high."""
    if moves(recognizer):
        return MovedSigns(recognizer, aspect, top_k)
    return HeldSigns(recognizer, aspect, top_k)


def recorded_signs(recognizer: Recognizer, clip: Clip, top_k: int | None = None) -> list[Sign]:
    """Every sign in a clip of landmarks, in any layout that the bundle's can be made from."""
    clip = recognizer.in_layout(clip)
    assert clip.landmarks is not None
    if moves(recognizer):
        assert clip.layout is not None
        found = spans(convert(clip.landmarks, clip.layout, HANDS_POSE.name), clip.times, clip.aspect)
        predictions = recognizer.predict_batch([_cut(clip, span) for span in found], top_k)
        return [_sign(span, prediction) for span, prediction in zip(found, predictions, strict=True)]
    live = HeldSigns(recognizer, clip.aspect, top_k)
    signs = [live.feed(frame, float(at)) for at, frame in zip(clip.times, clip.landmarks, strict=True)]
    return [sign for sign in (*signs, live.finish()) if sign]


def moves(recognizer: Recognizer) -> bool:
    """Whether the bundle's signs are movements of a body whose wrists and shoulders are seen."""
    manifest = recognizer.bundle.manifest
    return manifest.task == "isolated" and manifest.input.layout in (HANDS_POSE.name, HOLISTIC.name)


class MovedSigns:
    """Signs that move: the boundaries cut them out, and each is answered as a whole."""

    def __init__(self, recognizer: Recognizer, aspect: float, top_k: int | None = None) -> None:
        self._recognizer = recognizer
        self._aspect = aspect
        self._top_k = top_k
        self._layout = recognizer.bundle.manifest.input.layout
        self._boundaries = Boundaries(aspect)
        self.latest: Prediction | None = None
        self._frames: deque[tuple[float, NDArray[np.float32]]] = deque()

    def feed(self, landmarks: NDArray[np.float32], at: float) -> Sign | None:
        """See `Live.feed`. A sign with the start of the one before takes its place: the hands had only paused."""
        span = self._boundaries.feed(convert(landmarks[None], self._layout, HANDS_POSE.name)[0], at)
        self._frames.append((at, landmarks))
        sign = self._answer(span) if span else None
        while self._frames[0][0] < at - LONGEST - LOOK_BACK:
            self._frames.popleft()
        return sign

    def finish(self) -> Sign | None:
        """See `Live.finish`."""
        span = self._boundaries.finish()
        return self._answer(span) if span else None

    def _answer(self, span: Span) -> Sign:
        clip = _cut(_clip(self._frames, self._layout, self._aspect), span)
        return _sign(span, self._recognizer.predict(clip, self._top_k))


class HeldSigns:
    """Handshapes: each frame's answer is about the last window, and what stands for long enough is a sign."""

    def __init__(self, recognizer: Recognizer, aspect: float, top_k: int | None = None) -> None:
        self._recognizer = recognizer
        self._aspect = aspect
        self._top_k = top_k
        self._frames: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._rankings: list[tuple[float, Prediction]] = []
        self.latest: Prediction | None = None
        self._hold = Hold(frozenset(x.gloss for x in recognizer.bundle.labels if x.needs_motion))

    def feed(self, landmarks: NDArray[np.float32], at: float) -> Sign | None:
        """See `Live.feed`."""
        spec = self._recognizer.bundle.manifest.input
        self._frames.append((at, landmarks))
        while self._frames[0][0] < at - spec.window:
            self._frames.popleft()
        window = _clip(self._frames, spec.layout, self._aspect)
        prediction = self._recognizer.predict(window, self._top_k)
        self.latest = prediction
        self._rankings.append((at, prediction))
        # A hand that has gone is not held any longer, whatever the rest of the window still shows.
        best = None if np.isnan(landmarks[:, :2]).all() else prediction.best
        ended = self._hold.feed(Moment(at, best.gloss if best else None, best.probability if best else 0.0))
        sign = self._sign(ended) if ended else None
        self._forget()
        return sign

    def finish(self) -> Sign | None:
        """See `Live.finish`."""
        ended = self._hold.finish()
        return self._sign(ended) if ended else None

    def _sign(self, segment: Segment) -> Sign:
        _, surest = max(self._rankings_of(segment), key=_sureness)
        self._rankings = [(at, p) for at, p in self._rankings if at > segment.end]
        return Sign(segment, surest)

    def _rankings_of(self, held: Segment | Standing) -> list[tuple[float, Prediction]]:
        return [
            (at, p)
            for at, p in self._rankings
            if held.start <= at <= held.end and p.best and p.best.gloss == held.gloss
        ]

    def _forget(self) -> None:
        """Keeps the surest ranking of what is being held, and what came after it: a long hold must not fill memory."""
        standing = self._hold.standing
        if standing is None:
            self._rankings.clear()
            return
        surest = max(self._rankings_of(standing), key=_sureness)
        self._rankings = [surest, *((at, p) for at, p in self._rankings if at > standing.end)]


def _sureness(ranking: tuple[float, Prediction]) -> float:
    return ranking[1].candidates[0].probability


def _clip(frames: Sequence[tuple[float, NDArray[np.float32]]], layout: str, aspect: float) -> Clip:
    points, times = np.stack([points for _, points in frames]), np.array([t for t, _ in frames])
    return Clip.from_landmarks(points, layout, times=times, aspect=aspect)


def _cut(clip: Clip, span: Span) -> Clip:
    """The frames of a span."""
    assert clip.landmarks is not None
    inside = (clip.times >= span.start) & (clip.times <= span.end)
    return replace(clip, times=clip.times[inside], landmarks=clip.landmarks[inside], frames=None)


def _sign(span: Span, prediction: Prediction) -> Sign:
    best = prediction.best
    return Sign(Segment(best.gloss, span.start, span.end, best.probability) if best else None, prediction)
