"""Prototypes: signs known by a few clips each, told apart by cosine on a network's embedding.

A sign is as like a clip as its nearest taught clip. (The middle of a sign's clips, alone or averaged in, told signs
apart worse in every kind of episode that `deepsign.evaluate.few_shot` drew.) Whether a clip is any of the signs is
judged by how far taught clips lie from their own sign when each is left out in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HANDS, HANDS_POSE, HOLISTIC

Floats = NDArray[np.float64]

# A clip of the sign lies, on average, one spread from it; from this many spreads on it is "not a sign I know".
_FARTHEST = 2.0
# The odds, as a logit, of a clip at the usual distance being the sign: e^3 : 1, about 95 %.
_USUAL = 3.0
# By the layout that the embedding is of: five takes of one person in one minute are more alike than the same sign
# tomorrow, or a child's of it. Signs of the whole body vary more than a hand's shapes, among which others lie nearer.
# (For hands_pose, .15 lets more pass of what isn't the sign than it wins: EXPERIMENTS.md, S32.)
LEAST_SPREAD = {HANDS.name: 0.03, HANDS_POSE.name: 0.1, HOLISTIC.name: 0.1}
# What stands in for the spread where no sign has two clips.
_UNKNOWN_SPREAD = 0.1
# However much a sign's clips differ, one less alike than this is another sign: so are 93 of 100 pairs of words that
# one person signs, and 15 of 100 pairs of takes of one word (`signs`, 14 collections that it was not trained on).
LEAST_LIKENESS = 0.7


@dataclass(frozen=True)
class Prototypes:
    """K signs, opened for answering.

    clips         (N, E) taught clips, each of length 1, sign by sign.
    starts        (K,) where each sign's clips begin.
    reject_below  a likeness under this is "not a sign I know".
    sharpness     how much a logit grows with likeness.
    """

    clips: Floats
    starts: NDArray[np.int64]
    reject_below: float
    sharpness: float

    def likeness(self, embeddings: NDArray[np.floating]) -> Floats:
        """(B, E) → (B, K), each from −1 to 1."""
        return np.asarray(np.maximum.reduceat(unit(embeddings) @ self.clips.T, self.starts, axis=1))

    def logits(self, embeddings: NDArray[np.floating]) -> Floats:
        """(B, E) → (B, K + 1); the last is "none of them", which wins where nothing is near enough."""
        signs = self.sharpness * (self.likeness(embeddings) - self.reject_below)
        return np.concatenate([signs, np.zeros((len(signs), 1))], axis=1)


def prototypes(signs: Sequence[NDArray[np.floating]], reject_below: float, sharpness: float) -> Prototypes:
    """Opens signs, each given by its clips' embeddings (n, E) with n ≥ 1."""
    clips = [unit(s) for s in signs]
    starts = np.cumsum([0, *(len(c) for c in clips[:-1])]).astype(np.int64)
    return Prototypes(np.concatenate(clips), starts, reject_below, sharpness)


def decide(signs: Sequence[NDArray[np.floating]], layout: str) -> tuple[float, float]:
    """(reject_below, sharpness) from how alike each sign's clips are when one is left out: one pair for all signs.

    Pooled over the signs, because five clips alone say too little about the sixth.
    """
    found = np.concatenate([left_out(sign) for sign in signs])
    least = LEAST_SPREAD.get(layout, LEAST_SPREAD[HANDS.name])
    spread = max(1 - float(found.mean()), least) if len(found) else _UNKNOWN_SPREAD
    spread = min(spread, (1 - LEAST_LIKENESS) / _FARTHEST)
    return 1 - _FARTHEST * spread, _USUAL / ((_FARTHEST - 1) * spread)


def left_out(sign: NDArray[np.floating]) -> Floats:
    """How like each of a sign's clips (n, E) is to the others, (n,); empty where there is one clip."""
    if len(sign) < 2:
        return np.zeros(0)
    alike = unit(sign) @ unit(sign).T
    np.fill_diagonal(alike, -1)
    return np.asarray(alike.max(axis=1))


def unit(embeddings: NDArray[np.floating]) -> Floats:
    """(N, E) → the same directions, each of length 1; a row of zeros stays."""
    wide = np.asarray(embeddings, dtype=np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=-1, keepdims=True), 1e-12))
