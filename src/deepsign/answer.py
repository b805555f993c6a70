"""Answer: from a source (photo, video, folder, landmark file) to what was signed. What `deepsign predict` prints.

Perceiving, recognising and finding signs in a stream meet here, and only here, so that the command line, the server
and Python callers answer alike.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np

from deepsign.boundaries import SHORTEST
from deepsign.bundle import shipped
from deepsign.clip import Clip
from deepsign.landmarks import HANDS, convert
from deepsign.live import live_signs, moves, recorded_signs
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, Landmarker, open_clip
from deepsign.perceive.camera import open_camera
from deepsign.pictures import Show, answered, watched
from deepsign.problems import BundleError
from deepsign.recognizer import Prediction, Recognizer, load
from deepsign.stream import Segment

# With no model asked for, the first of these that is installed answers. Letters come before digits: 0/O, 1/D, 2/V,
# 6/W and 9/F share a handshape, so a photo alone can't say which was meant.
PREFERRED = ("letters", "digits")

# Handshapes: a moving clip of at most this many windows is one sign and is answered as a whole; a longer one holds
# several.
_ONE_SIGN = 2.0
# Signs that move: a clip of at most this many seconds may be one sign, cut out closely; no sign in the learner's app
# takes more than 4.
_ONE_MOVEMENT = 5.0


@dataclass(frozen=True)
class Answer:
    """What was signed in a source.

    prediction  the ranking: of the whole for a still or a short clip; of the longest held handshape, or of the surest
                sign that moves, for a longer one.
    segments    every sign that was found, with start and end in s; empty for a still.
    ms          milliseconds from the opened source to the answer, models already loaded.
    glimpsed    s from the first to the last frame that shows a hand, where no sign that moves was told and that is too
                short for one; None otherwise.
    """

    source: str
    prediction: Prediction
    segments: tuple[Segment, ...]
    ms: float
    glimpsed: float | None = None

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
        if self.glimpsed is not None:
            out["glimpsed"] = round(self.glimpsed, 3)
        if self.prediction.needs_motion:
            out["needs_motion"] = list(self.prediction.needs_motion)
        return out


class Answerer:
    """Answers many sources with models and trackers that are loaded once. Use it as a context manager.

    model    a shipped bundle's name or folder, or a vocabulary's; None: the first of PREFERRED that is installed,
             whatever the source shows. A recognizer that is open already costs nothing, and may be shared between
             threads.
    runtime  what runs the network: see `deepsign.runtime.open_runtime`.
    """

    def __init__(
        self, model: str | Path | Recognizer | None = None, top_k: int | None = None, runtime: str = "onnx"
    ) -> None:
        if not isinstance(model, Recognizer):
            model = load(model if model is not None else _preferred(), runtime)
        self.recognizer = model
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
        if (given := self.recognizer.bundle.pictures) is not None:
            began = time.perf_counter()
            whole, *signs = answered(self.recognizer, given, source, self._top_k)
            segments = tuple(sign.segment for sign in signs if sign.segment)
            return Answer(name, whole.prediction, segments, (time.perf_counter() - began) * 1000)
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

    def watch(self, camera: int, show: Show | None = None) -> Iterator[Answer]:
        """An answer for each sign before a camera as it ends, until the camera ends or the caller stops.

        Signs that move are answered as soon as the hands stop. Where they go on after a short hold, a second answer,
        whose segment starts at the same time, takes the first one's place.

        show  is given each picture with what it is taken for: for bundles that take pixels.
        """
        if (given := self.recognizer.bundle.pictures) is not None:
            for held, ms in watched(self.recognizer, given, camera, self._top_k, show):
                yield Answer(f"camera:{camera}", held.prediction, (held.segment,) if held.segment else (), ms)
            return
        name, layout = f"camera:{camera}", self.recognizer.bundle.manifest.input.layout
        with open_camera(camera) as frames, Landmarker(layout) as tracker:
            live = live_signs(self.recognizer, frames.aspect, self._top_k)
            for at, frame in frames:
                began = time.perf_counter()
                if sign := live.feed(tracker.see(frame, at), at):
                    ms = (time.perf_counter() - began) * 1000
                    yield Answer(name, sign.prediction, (sign.segment,) if sign.segment else (), ms)

    def answer_clip(self, clip: Clip) -> Answer:
        """The answer for landmarks in any layout that the bundle's can be made from."""
        began = time.perf_counter()
        whole = self.recognizer.predict(clip, self._top_k)
        prediction, segments = self._signs_in(clip, whole) if len(clip) > 1 else (whole, ())
        glimpsed = _glimpsed(clip) if moves(self.recognizer) and not prediction.known else None
        return Answer(clip.source, prediction, segments, (time.perf_counter() - began) * 1000, glimpsed)

    def _signs_in(self, clip: Clip, whole: Prediction) -> tuple[Prediction, tuple[Segment, ...]]:
        signs = recorded_signs(self.recognizer, clip, self._top_k)
        segments = tuple(sign.segment for sign in signs if sign.segment)
        if moves(self.recognizer):
            return _surest([sign.prediction for sign in signs], whole, clip.duration <= _ONE_MOVEMENT), segments
        if not segments or clip.duration <= _ONE_SIGN * self.recognizer.bundle.manifest.input.window:
            return whole, segments
        longest = max(signs, key=lambda sign: sign.segment.end - sign.segment.start if sign.segment else 0.0)
        return longest.prediction, segments


def _surest(found: list[Prediction], whole: Prediction, short: bool) -> Prediction:
    """The surest of what was found; of a short clip also the whole, which may be one sign that was cut out closely."""
    if not found and not short:
        return replace(whole, known=False)  # hands that moved for long, and never as signs do
    options = [*found, whole] if short else found
    return max(options, key=lambda p: (p.known, p.candidates[0].probability if p.candidates else 0.0))


def _glimpsed(clip: Clip) -> float | None:
    """How long a hand is seen, s, where that is too short for a sign; None where it isn't, or none is seen."""
    assert clip.landmarks is not None and clip.layout is not None
    unseen = np.isnan(convert(clip.landmarks, clip.layout, HANDS.name)[..., :2]).all(axis=(1, 2))
    at = clip.times[~unseen]
    return float(at[-1] - at[0]) if len(at) and at[-1] - at[0] < SHORTEST else None


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
