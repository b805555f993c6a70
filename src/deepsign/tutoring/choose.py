"""Choose: of a sign's clips, the one to learn from: answered rightly and surely, whole, moving, the most typical."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.landmarks import layout_named
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer
from deepsign.tutoring.smooth import SHOULDERS_WIDE, Diagram, seen_share

# A clip counts when the bundle gives its gloss this much, as it was tracked and as it is drawn.
SURE = 0.9
# Less of the frames with a hand, and too much of the diagram would be guessed; less time is no whole sign, s.
SEEN = 0.85
SHORTEST = 0.7
# A second hand belongs to the sign where at least this share of the clips shows one: trackers lose it in the others.
TWO_HANDED = 0.15
# Of the clips that are left, those that move less than so many of them show a hold more than the sign.
STILLEST = 0.5
_BATCH = 64


@dataclass(frozen=True)
class Candidate:
    """A clip that could teach.

    row   where it comes from.
    made  its diagram.
    far   its embedding's distance from the mean of all that were answered surely.
    way   how far its signing hands go, in shoulder widths.
    """

    row: Row
    made: Diagram
    far: float
    way: float


def candidates(
    recognizer: Recognizer, gloss: str, clips: Sequence[tuple[Row, Clip]], draw: Callable[[Row, Clip], Diagram]
) -> list[Candidate]:
    """Clips of this gloss that could teach it, best first; empty where there is none. Stills where all clips are.

    draw  makes a clip's diagram; InputError where it can't.
    """
    sure, embeddings = _sure(recognizer, gloss, [clip for _, clip in clips])
    found = []
    for at, far in zip(sure, _from_typical(embeddings), strict=True):
        row, clip = clips[at]
        if seen_share(clip) < SEEN:
            continue
        try:
            made = draw(row, clip)
        except InputError:
            continue
        if len(clip) == 1 or made.clip.duration >= SHORTEST:
            found.append(Candidate(row, made, float(far), way(made)))
    if not found:
        return []
    two = sum(len(one.made.hands) == 2 for one in found)
    needed = 2 if two >= max(1, TWO_HANDED * len(found)) else 1
    found = [one for one in found if len(one.made.hands) == needed]
    least = float(np.quantile([one.way for one in found], STILLEST))
    found = [one for one in found if one.way >= least]
    drawn, _ = _sure(recognizer, gloss, [one.made.clip for one in found])
    return sorted((found[at] for at in drawn), key=lambda one: (one.far, one.row.path))


def _from_typical(embeddings: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each embedding (N, E) is from the mean of all."""
    return np.linalg.norm(embeddings - embeddings.mean(axis=0), axis=1) if len(embeddings) else np.zeros(0)


def way(made: Diagram) -> float:
    """How far the wrists and fingertips of the signing hands go on average, in shoulder widths."""
    assert made.clip.landmarks is not None and made.clip.layout is not None
    parts = [layout_named(made.clip.layout).part(f"{side}_hand") for side in made.hands]
    points = [part.start + point for part in parts for point in (0, 4, 8, 12, 16, 20)]
    steps = np.linalg.norm(np.diff(made.clip.landmarks[:, points, :2], axis=0), axis=-1)
    return float(steps.sum(axis=0).mean() / SHOULDERS_WIDE)


def _sure(recognizer: Recognizer, gloss: str, clips: Sequence[Clip]) -> tuple[list[int], NDArray[np.float64]]:
    """Which clips are answered with the gloss, and surely; their embeddings (N, E)."""
    at = recognizer.bundle.labels.index(gloss)
    sure: list[int] = []
    embeddings: list[NDArray[np.float32]] = []
    for begin in range(0, len(clips), _BATCH):
        logits, found = recognizer.logits(clips[begin : begin + _BATCH])
        for k, probability in enumerate(recognizer.probabilities(logits)[:, at]):
            if probability >= SURE:
                sure.append(begin + k)
                embeddings.append(found[k])
    return sure, np.array(embeddings, dtype=np.float64)
