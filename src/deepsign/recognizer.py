"""Recognizer: a bundle, or a person's own vocabulary, opened. Clip → Prediction: the only inference path there is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign import taught
from deepsign import vocabulary as vocabularies
from deepsign.bundle import Bundle
from deepsign.bundle_inputs import Pictures
from deepsign.clip import Clip, stack
from deepsign.landmarks import convert, shows_a_hand
from deepsign.perceive.sampled import fitted, moments
from deepsign.problems import BundleError, InputError
from deepsign.runtime import OnnxRuntime, Runtime, Seeing, open_runtime
from deepsign.verify import Rule, Strictness, Verdict, verdict

# Pictures (frames of clips count each) that a network for pixels is shown at a time: maps of more fill the memory.
_PICTURES_AT_ONCE = 32


@dataclass(frozen=True)
class Candidate:
    """A gloss, the words to say it, and its calibrated probability."""

    gloss: str
    say: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """A ranked answer.

    candidates    best first; empty only where nothing was seen.
    known         False: "not a sign I know" (no hand, or the best probability is under the bundle's threshold).
    needs_motion  glosses that this still could be the start of, and that only motion can tell (J for an I).
    model         the bundle's name.
    ms            milliseconds spent in the network; 0.0 where nothing was seen.
    """

    candidates: tuple[Candidate, ...]
    known: bool
    model: str
    ms: float
    needs_motion: tuple[str, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The first candidate if the sign is known, else None."""
        return self.candidates[0] if self.known else None


class Recognizer:
    """Answers clips with a bundle. Safe to call from several threads, unless its runtime isn't.

    runtime  what runs the network; the bundle's graph in onnxruntime by default.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime | Seeing | None = None) -> None:
        self.bundle = bundle
        self._runtime = runtime or OnnxRuntime(bundle.model_path)

    def logits(self, clips: Sequence[Clip]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Raw logits (B, C) and embeddings (B, E) of clips: of landmarks, where a padded batch equals single clips, or
        of pictures, for a bundle that takes those.
        """
        if (pictures := self.bundle.pictures) is not None:
            logits, embedding = self._see([pixels(clip, pictures) for clip in clips], pictures.frames or 1)
        else:
            landmarks, times, aspect = stack([self.in_layout(c) for c in clips])
            logits, embedding = cast(Runtime, self._runtime).run(landmarks, times, aspect)
        if logits.shape[1] != len(self.bundle.labels):
            raise BundleError(
                f"the network gives {logits.shape[1]} logits, and {self.bundle.name} has {len(self.bundle.labels)} "
                "labels: it was exported from another bundle"
            )
        return logits, embedding

    def _see(self, shown: Sequence[NDArray[np.uint8]], frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seeing, size = cast(Seeing, self._runtime), max(1, _PICTURES_AT_ONCE // frames)
        parts = [seeing.see(np.stack(shown[first : first + size])) for first in range(0, len(shown), size)]
        return np.concatenate([logits for logits, _ in parts]), np.concatenate([found for _, found in parts])

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities (B, C): softmax of the logits over the bundle's temperature."""
        scaled = logits.astype(np.float64) / self.bundle.manifest.decision.temperature
        scaled -= scaled.max(axis=-1, keepdims=True)
        grown = np.exp(scaled)
        return np.asarray(grown / grown.sum(axis=-1, keepdims=True))

    def predict(self, clip: Clip, top_k: int | None = None) -> Prediction:
        """The answer for one clip, with the best `top_k` glosses (the bundle's own number by default)."""
        if not self.sees(clip):
            return Prediction((), known=False, model=self.bundle.name, ms=0.0)
        began = time.perf_counter()
        logits, _ = self.logits([clip])
        probabilities = self.probabilities(logits)[0]
        ms = (time.perf_counter() - began) * 1000
        return replace(self._decide(probabilities, len(clip) == 1, top_k), ms=ms)

    def predict_batch(self, clips: Sequence[Clip], top_k: int | None = None) -> list[Prediction]:
        """As `predict`, many clips in one run; `ms` is each clip's share."""
        at = [i for i, c in enumerate(clips) if self.sees(c)]
        out = [Prediction((), known=False, model=self.bundle.name, ms=0.0) for _ in clips]
        if not at:
            return out
        began = time.perf_counter()
        logits, _ = self.logits([clips[i] for i in at])
        probabilities = self.probabilities(logits)
        ms = (time.perf_counter() - began) * 1000 / len(at)
        for row, i in enumerate(at):
            out[i] = replace(self._decide(probabilities[row], len(clips[i]) == 1, top_k), ms=ms)
        return out

    def verify(self, clip: Clip, gloss: str) -> tuple[bool, float]:
        """Did they sign this gloss? (accepted, probability) at the bundle's stated false-accept rate.

        Raises InputError for a gloss that the bundle doesn't know or has no threshold for.
        """
        found = self.verdict(clip, gloss)
        return found.outcome == "accepted", found.probability

    def verdict(self, clip: Clip, gloss: str, strictness: Strictness = "normal") -> Verdict:
        """As `verify`, with what it looks like instead; `unsure` where no hand is seen.

        strictness  moves what is asked of the sign: see `deepsign.verify`.
        """
        decision, labels = self.bundle.manifest.decision, self.bundle.labels
        if gloss not in decision.per_sign_accept:
            raise InputError(
                f"{gloss}: {self.bundle.name} can't verify it; it can verify "
                f"{', '.join(decision.per_sign_accept) or 'nothing'}"
            )
        if not self.sees(clip):
            return Verdict("unsure", 0.0)
        probabilities = self.probabilities(self.logits([clip])[0])[0]
        rule = Rule([x.gloss for x in labels], decision.per_sign_accept, decision.reject_below, decision.none_gloss)
        return verdict(probabilities.tolist(), gloss, rule, strictness)

    def sees(self, clip: Clip) -> bool:
        """Whether there is anything in the clip to answer: a hand, or for a bundle that takes pixels any picture."""
        return clip.frames is not None if self.bundle.pictures else seen(clip)

    def in_layout(self, clip: Clip) -> Clip:
        """The clip with its landmarks in the bundle's layout; InputError for pictures, or where none of it fits."""
        layout = self.bundle.manifest.input.layout
        if clip.landmarks is None or clip.layout is None:
            raise InputError(f"{clip.source or 'clip'}: holds pictures, not landmarks; open it with a landmark layout")
        if clip.layout == layout:
            return clip
        return clip.with_landmarks(convert(clip.landmarks, clip.layout, layout), layout)

    def _decide(self, probabilities: NDArray[np.float64], still: bool, top_k: int | None) -> Prediction:
        decision, labels = self.bundle.manifest.decision, self.bundle.labels
        order = [int(i) for i in np.argsort(-probabilities, kind="stable")]
        none_won = labels[order[0]].gloss == decision.none_gloss
        ranked = [i for i in order if labels[i].gloss != decision.none_gloss]
        best = labels[ranked[0]]
        return Prediction(
            candidates=tuple(
                Candidate(labels[i].gloss, labels[i].say, float(probabilities[i]))
                for i in ranked[: top_k or decision.top_k]
            ),
            known=not none_won and float(probabilities[ranked[0]]) >= decision.reject_below,
            model=self.bundle.name,
            ms=0.0,
            needs_motion=tuple(
                x.gloss for x in labels if still and best.gloss in (x.gloss, x.still_as) and x.needs_motion
            ),
        )


def pixels(clip: Clip, given: Pictures) -> NDArray[np.uint8]:
    """What a bundle's graph takes of a clip of pictures: (size, size, 3), or (frames, size, size, 3).

    For an image the middle picture is taken, for a clip the bundle's number by time. InputError for a clip without
    pictures.
    """
    if clip.frames is None:
        raise InputError(f"{clip.source or 'clip'}: holds landmarks, and this bundle takes pictures")
    if given.frames is None:
        return fitted(clip.frames[len(clip) // 2], given.size, given.fit)
    chosen, _ = moments(clip.times, given.frames)
    return np.stack([fitted(clip.frames[i], given.size, given.fit) for i in chosen])


def seen(clip: Clip) -> bool:
    """Whether a hand was seen in any frame of the clip: a body without hands signs nothing."""
    return clip.landmarks is not None and clip.layout is not None and shows_a_hand(clip.landmarks, clip.layout)


def load(name_or_path: str | Path = "letters", runtime: str = "onnx") -> Recognizer:
    """Opens a shipped bundle or one of your own vocabularies by name, or any by its folder or file.

    runtime  onnx, litert, or an exported file: see `deepsign.runtime.open_runtime`.
    """
    if taught.is_vocabulary(name_or_path):
        return Recognizer(*taught.open_vocabulary(name_or_path, runtime))
    try:
        bundle = bundles.find(name_or_path)
    except BundleError as error:
        yours = ", ".join(vocabularies.known())
        raise BundleError(f"{error}" + (f"; your own vocabularies: {yours}" if yours else "")) from None
    return Recognizer(bundle, open_runtime(bundle.model_path, bundle.name, runtime))
