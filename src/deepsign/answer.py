"""Answer: from a source (photo, video, folder, landmark file) to what was signed. What `deepsign predict` prints.

Perceiving, recognising and finding held letters meet here, and only here, so that the command line, the server and
Python callers answer alike.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle import shipped
from deepsign.clip import Clip
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, Landmarker, open_clip
from deepsign.perceive.camera import open_camera
from deepsign.problems import BundleError
from deepsign.recognizer import Prediction, Recognizer, load
from deepsign.stream import Hold, Moment, Segment

# With no model asked for, the first of these that is installed answers. Letters come before digits: 0/O, 1/D, 2/V,
# 6/W and 9/F share a handshape, so a photo alone can't say which was meant.
PREFERRED = ("letters", "digits")

# A moving clip of at most this many windows is one sign and is answered as a whole; a longer one holds several.
_ONE_SIGN = 2.0


@dataclass(frozen=True)
class Answer:
    """What was signed in a source.

    prediction  the ranking: of the whole for a still or a short clip, of the longest held sign for a longer one.
    segments    every sign that was held, with start and end in s; empty for a still.
    ms          milliseconds from the opened source to the answer, models already loaded.
    """

    source: str
    prediction: Prediction
    segments: tuple[Segment, ...]
    ms: float

    def to_json(self) -> dict[str, object]:
        """The object that `--json` prints."""
        out: dict[str, object] = {
            "source": self.source,
            "model": self.prediction.model,
            "predictions": [
                {"gloss": c.gloss, "probability": round(c.probability, 4)} for c in self.prediction.candidates
            ],
            "known": self.prediction.known,
            "ms": round(self.ms, 1),
        }
        if self.segments:
            out["segments"] = [
                {
                    "gloss": s.gloss,
                    "start": round(s.start, 3),
                    "end": round(s.end, 3),
                    "probability": round(s.probability, 4),
                }
                for s in self.segments
            ]
        if self.prediction.needs_motion:
            out["needs_motion"] = list(self.prediction.needs_motion)
        return out


@dataclass(frozen=True)
class Sign:
    """A sign that was held: when, and the surest ranking while it stood."""

    segment: Segment
    prediction: Prediction


class Live:
    """Landmarks in, one frame at a time; out come the answer about the last window, and each held sign as it ends."""

    def __init__(self, recognizer: Recognizer, aspect: float) -> None:
        self._recognizer = recognizer
        self._aspect = aspect
        self._frames: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._rankings: list[tuple[float, Prediction]] = []
        self._hold = Hold(frozenset(x.gloss for x in recognizer.bundle.labels if x.needs_motion))

    def feed(
        self, landmarks: NDArray[np.float32], at: float, top_k: int | None = None
    ) -> tuple[Prediction, Sign | None]:
        """One frame's landmarks (P, 3) in the bundle's layout, seen at `at` s."""
        spec = self._recognizer.bundle.manifest.input
        self._frames.append((at, landmarks))
        while self._frames[0][0] < at - spec.window:
            self._frames.popleft()
        window = Clip.from_landmarks(
            np.stack([points for _, points in self._frames]),
            spec.layout,
            times=np.array([t for t, _ in self._frames]),
            aspect=self._aspect,
        )
        prediction = self._recognizer.predict(window, top_k)
        self._rankings.append((at, prediction))
        # A hand that has gone is not held any longer, whatever the rest of the window still shows.
        best = None if np.isnan(landmarks[:, :2]).all() else prediction.best
        ended = self._hold.feed(Moment(at, best.gloss if best else None, best.probability if best else 0.0))
        sign = self._sign(ended) if ended else None
        if self._hold.progress[0] is None:
            self._rankings.clear()
        return prediction, sign

    def finish(self) -> Sign | None:
        """The sign that was still held when the stream ended, if any."""
        ended = self._hold.finish()
        return self._sign(ended) if ended else None

    def _sign(self, segment: Segment) -> Sign:
        inside = [
            p
            for at, p in self._rankings
            if segment.start <= at <= segment.end and p.best and p.best.gloss == segment.gloss
        ]
        self._rankings = [(at, p) for at, p in self._rankings if at > segment.end]
        return Sign(segment, max(inside, key=lambda p: p.candidates[0].probability))


class Answerer:
    """Answers many sources with models and trackers that are loaded once. Use it as a context manager.

    model    a shipped bundle's name or folder, or a vocabulary's; None picks the bundle that fits the source.
    runtime  what runs the network: see `deepsign.runtime.open_runtime`.
    """

    def __init__(self, model: str | Path | None = None, top_k: int | None = None, runtime: str = "onnx") -> None:
        self.recognizer = load(model if model is not None else _preferred(), runtime)
        self._top_k = top_k
        self._trackers: dict[bool, Landmarker] = {}

    def __enter__(self) -> Answerer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the hand trackers."""
        for tracker in self._trackers.values():
            tracker.close()
        self._trackers.clear()

    def tracker(self, still: bool) -> Landmarker:
        """The tracker for stills, or a fresh one for a new stream (a stream's tracker remembers its last hand)."""
        if not still and still in self._trackers:
            self._trackers.pop(still).close()
        if still not in self._trackers:
            self._trackers[still] = Landmarker(self.recognizer.bundle.manifest.input.layout, still=still)
        return self._trackers[still]

    def answer(self, source: str | Path) -> Answer:
        """The answer for one source; InputError names it where it can't be read."""
        name = str(source)
        layout = self.recognizer.bundle.manifest.input.layout
        suffix = Path(name).suffix.lower()
        began = time.perf_counter()
        if suffix in LANDMARK_SUFFIXES:
            clip = open_clip(source, layout=layout)
        else:
            tracker = self.tracker(still=suffix in PHOTO_SUFFIXES)
            began = time.perf_counter()
            clip = open_clip(source, layout=layout, engine=tracker)
        answer = self.answer_clip(clip)
        return replace(answer, source=name, ms=(time.perf_counter() - began) * 1000)

    def watch(self, camera: int) -> Iterator[Answer]:
        """An answer for each sign held before a camera, until the camera ends or the caller stops."""
        name, layout = f"camera:{camera}", self.recognizer.bundle.manifest.input.layout
        with open_camera(camera) as frames, Landmarker(layout) as tracker:
            live = Live(self.recognizer, frames.aspect)
            for at, frame in frames:
                began = time.perf_counter()
                _, sign = live.feed(tracker.see(frame, at), at, self._top_k)
                if sign:
                    ms = (time.perf_counter() - began) * 1000
                    yield Answer(name, sign.prediction, (sign.segment,), ms)

    def answer_clip(self, clip: Clip) -> Answer:
        """The answer for landmarks in any layout that the bundle's can be made from."""
        began = time.perf_counter()
        whole = self.recognizer.predict(clip, self._top_k)
        prediction, segments = self._signs_in(clip, whole) if len(clip) > 1 else (whole, ())
        return Answer(clip.source, prediction, segments, (time.perf_counter() - began) * 1000)

    def _signs_in(self, clip: Clip, whole: Prediction) -> tuple[Prediction, tuple[Segment, ...]]:
        spec = self.recognizer.bundle.manifest.input
        assert clip.landmarks is not None and clip.layout is not None
        points = self.recognizer.in_layout(clip).landmarks
        assert points is not None
        live = Live(self.recognizer, clip.aspect)
        signs = [
            sign
            for at, frame in zip(clip.times, points, strict=True)
            if (sign := live.feed(frame, float(at), self._top_k)[1])
        ]
        last = live.finish()
        signs += [last] if last else []
        segments = tuple(sign.segment for sign in signs)
        if not signs or clip.duration <= _ONE_SIGN * spec.window:
            return whole, segments
        return max(signs, key=lambda sign: sign.segment.end - sign.segment.start).prediction, segments


def predict(source: str | Path, model: str | Path | None = None, top_k: int | None = None) -> Answer:
    """What was signed in a photo, a video, a folder of frames or a landmark file.

    For many sources keep an `Answerer`: this loads the model and the tracker anew each time.
    """
    with Answerer(model, top_k) as answerer:
        return answerer.answer(source)


def _preferred() -> str:
    known = shipped()
    for name in PREFERRED:
        if name in known:
            return name
    raise BundleError("no bundle is installed; give one with --model DIR")
