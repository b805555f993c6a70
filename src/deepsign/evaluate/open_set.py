"""Open set: what is done with clips that are none of the signs, and with a sign that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.evaluate import metrics
from deepsign.evaluate.metrics import RESAMPLES, Floats
from deepsign.evaluate.report import Scored
from deepsign.verify import LEAD


def acceptance(scored: Scored) -> Floats:
    """(N,) what the recognizer's "known" is decided by: the best sign's probability, 0 where "none" is likelier.

    What a row of probabilities lacks to 1 is the none label's, which the recognizer never ranks.
    """
    best = scored.probabilities.max(axis=1, initial=0.0)
    if scored.none is None:
        return np.asarray(best)
    return np.where(1 - scored.probabilities.sum(axis=1) > best, 0.0, best)


def rejection(signs: Scored, strangers: Scored) -> dict[str, Any]:
    """How well `strangers` are kept apart from clips of `signs`, and the share of them that is refused."""
    refused: NDArray[np.bool_] = np.asarray(~strangers.known)
    return {
        "clips": len(refused),
        "signers": len(set(strangers.signers)),
        "seen": _share(np.asarray(strangers.probabilities.any(axis=1))),
        "against": len(signs.truth),
        "auroc": _rounded(metrics.auroc(acceptance(signs), acceptance(strangers))),
        "refused": _share(refused),
        "refused_interval": _between(metrics.interval(strangers.signers, refused) if len(refused) else None),
        "signs_refused": _share(np.asarray(~signs.known)),
    }


def verification(scored: Scored, accept: Mapping[str, float], rate: float) -> dict[str, Any]:
    """Did they sign what was asked for?

    By the recognizer's rule (the stored threshold is reached, and nothing else leads by far); and by the probability
    alone, at the thresholds that give `rate` on these very clips.

    scored  clips of signs, and of signs that the bundle doesn't know (truth: the none label).
    accept  gloss → the least probability for "yes"; signs without one can't be asked for, and stand under `unasked`.

    False accepts are counted over all clips of other signs. Means are over signs that have clips of their own.
    """
    asked = [_Asked.of(scored, i, accept.get(x.gloss), rate) for i, x in enumerate(scored.labels) if i != scored.none]
    every = [one for one in asked if one is not None]
    stored = [one for one in every if one.accept is not None]
    return {
        "rate": rate,
        "signs": len(stored),
        "clips": sum(int(one.own.sum()) for one in stored),
        "recall": _mean([float(one.passed[one.own].mean()) for one in stored]),
        "recall_interval": _macro_interval(scored.signers, [(one.own, one.passed) for one in stored]),
        "false_accepts": _mean([float(one.passed[~one.own].mean()) for one in stored]),
        "signs_at_rate": len(every),
        "clips_at_rate": sum(int(one.own.sum()) for one in every),
        "recall_at_rate": _mean([float(one.fitted[one.own].mean()) for one in every]),
        "recall_at_rate_interval": _macro_interval(scored.signers, [(one.own, one.fitted) for one in every]),
        "unasked": [one.gloss for one in every if one.accept is None],
        "per_sign": {one.gloss: one.figures() for one in every},
    }


@dataclass(frozen=True)
class _Asked:
    """One sign that was asked for, over N clips.

    own     (N,) clips of the sign.
    passed  (N,) accepted: reaches the stored threshold, and no other label leads by far; none without a threshold.
    strict  the probability above which `rate` of the others lie; `fitted` (N,) clips above it.
    """

    gloss: str
    accept: float | None
    strict: float
    own: NDArray[np.bool_]
    passed: NDArray[np.bool_]
    fitted: NDArray[np.bool_]

    @classmethod
    def of(cls, scored: Scored, at: int, accept: float | None, rate: float) -> _Asked | None:
        """The sign at this index of the labels; None without clips of its own, or of others."""
        own = np.asarray(scored.truth == at)
        if not own.any() or own.all():
            return None
        probability = scored.probabilities[:, at]
        strict = float(np.quantile(probability[~own], 1 - rate, method="higher"))
        # Where nothing was seen the probability is 0, and nothing is accepted whatever the threshold.
        none = 1 - scored.probabilities.sum(axis=1) if scored.none is not None else np.zeros(len(own))
        near = probability * LEAD >= np.maximum(scored.probabilities.max(axis=1), none)
        passed = np.asarray((probability >= (2.0 if accept is None else accept)) & (probability > 0) & near)
        return cls(scored.labels[at].gloss, accept, strict, own, passed, np.asarray(probability > strict))

    def figures(self) -> dict[str, float | int | None]:
        """What the results file says about the sign."""
        stored = self.accept is not None
        return {
            "clips": int(self.own.sum()),
            "others": int((~self.own).sum()),
            "recall": _share(self.passed[self.own]) if stored else None,
            "false_accepts": _share(self.passed[~self.own]) if stored else None,
            "recall_at_rate": _share(self.fitted[self.own]),
            "threshold": _rounded(self.accept),
            "threshold_at_rate": _rounded(self.strict),
        }


def _macro_interval(
    signers: list[str], pairs: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]], seed: int = 0
) -> list[float] | None:
    """95 % bootstrap interval of the mean over signs of the share that is right: whole signers are drawn again.

    pairs  for each sign (N,) its own clips, and (N,) the clips that are right. None with fewer than two signers.
    """
    names, at = np.unique(np.asarray(signers), return_inverse=True)
    if len(names) < 2 or not pairs:
        return None

    def by_person(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
        return np.stack([np.bincount(at, weights=m.astype(np.float64), minlength=len(names)) for m in masks], axis=1)

    hits, whole = by_person([own & right for own, right in pairs]), by_person([own for own, _ in pairs])
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    there = whole[drawn].sum(axis=1)
    shares = np.where(there > 0, hits[drawn].sum(axis=1) / np.maximum(there, 1), np.nan)
    # A draw of people who only sign unknown signs says nothing.
    told = shares[~np.isnan(shares).all(axis=1)]
    return _between(tuple(np.quantile(np.nanmean(told, axis=1), [0.025, 0.975])))


def _mean(values: list[float]) -> float | None:
    return _rounded(float(np.mean(values))) if values else None


def _share(values: NDArray[np.bool_]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _between(value: tuple[float, ...] | None) -> list[float] | None:
    return None if value is None else [round(float(v), 4) for v in value]
