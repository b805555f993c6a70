"""Decide: the temperature and the thresholds, fitted on validation signers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle import Decision
from deepsign.labels import LabelMap
from deepsign.recipe import Decide
from deepsign.verify import LEAD

Floats = NDArray[np.float64]

# Temperatures outside this range mean a network that has learnt nothing, or validation data that is nearly all right.
_COOLEST, _HOTTEST = 0.2, 10.0
# However seldom others pass, a sign is not accepted under this probability.
LEAST = 0.04
# No other sign may pass more often than this many times the rate: averaged over 25 letters, a look-alike could pass
# every time.
_LOOK_ALIKE = 4


def decide(
    logits: NDArray[np.floating],
    target: NDArray[np.integer],
    people: Sequence[str],
    labels: LabelMap,
    none: str | None,
    rule: Decide,
    temperature: float | None = None,
) -> Decision:
    """The decision that goes with these validation logits (N, C) and their true labels (N,); some may be `stranger`.

    people       (N,) who signs each clip.
    temperature  where it is known already; fitted by default.
    """
    scores = logits.astype(np.float64)
    if temperature is None:
        temperature = fit_temperature(scores[target >= 0], target[target >= 0])
    probabilities = softmax(scores / temperature)
    at_none = labels.index(none) if none is not None else None
    return Decision(
        temperature=temperature,
        reject_below=rule.reject_below,
        none_gloss=none,
        per_sign_accept=accept(probabilities, target, people, labels, rule.false_accept, at_none),
        false_accept=rule.false_accept,
        top_k=rule.top_k,
    )


def stranger(label: int) -> int:
    """The target, under 0, of a clip of a sign that the judged network never learnt.

    It can pass for another sign, and can't be expected to be right.
    """
    return -1 - label


def answered(target: NDArray[np.integer], labels: int) -> NDArray[np.integer]:
    """Targets as they are answered: those learnt apart, behind the last label, are that one (`Labels.apart`)."""
    return np.asarray(np.minimum(target, labels - 1))


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def fit_temperature(logits: Floats, target: NDArray[np.integer]) -> float:
    """The temperature with the least negative log-likelihood, to 1e-4; golden-section search (it has one minimum).

    Guo et al. 2017: one number, so a few hundred clips suffice, and the ranking stays as it was.
    """
    rows = np.arange(len(target))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        top = scaled.max(axis=1)
        return float((np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top - scaled[rows, target]).mean())

    golden = (np.sqrt(5) - 1) / 2
    low, high = np.log(_COOLEST), np.log(_HOTTEST)
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def accept(
    probabilities: Floats,
    target: NDArray[np.integer],
    people: Sequence[str],
    labels: LabelMap,
    rate: float,
    none: int | None,
) -> dict[str, float]:
    """Gloss → the least probability for "yes, that was it", where no other label leads by far (`deepsign.verify`).

    Of clips of other signs `rate` pass, and of any one sign's at most four times as many. Each other sign counts as
    much as any other, and each of the people who make it, whatever the number of their clips: one person's X that looks
    like a D, four hundred times, says nothing of other people's. Strangers together count as one sign, theirs alike.
    A still of a moving sign is left out of its still's others (an I is what a J begins with). Above all, never
    stricter than the median of the sign's own clips, where there are any: half of those who sign it right must be
    told so.
    """
    near = np.where(probabilities * LEAD >= probabilities.max(axis=1, keepdims=True), probabilities, 0.0)
    # Strangers are one more label, whose signs count alike.
    group = np.maximum(target, stranger(0))
    weights = _weights(group, [str(at) if at < 0 else who for at, who in zip(target, people, strict=True)])
    accepted: dict[str, float] = {}
    for gloss, label in enumerate(labels):
        if gloss == none:
            continue
        own = target == gloss
        alike = [i for i, x in enumerate(labels) if x.still_as == label.gloss or x.gloss == label.still_as]
        others = ~np.isin(target, [gloss, stranger(gloss), *alike])
        strict = _passed_by(near[others, gloss], weights[others], rate)
        for other in np.unique(group[others]):
            theirs = others & (group == other)
            strict = max(strict, _passed_by(near[theirs, gloss], weights[theirs], _LOOK_ALIKE * rate))
        if own.any():
            strict = min(strict, _median(probabilities[own, gloss], weights[own]))
        accepted[label.gloss] = max(LEAST, strict)
    return accepted


def _weights(target: NDArray[np.integer], people: Sequence[str]) -> Floats:
    """(N,) each target's clips weigh 1 together, and each of its people the same of that."""
    _, who = np.unique(np.asarray(people), return_inverse=True)
    weights = np.zeros(len(target))
    for label in np.unique(target):
        at = target == label
        _, group, counts = np.unique(who[at], return_inverse=True, return_counts=True)
        weights[at] = 1 / (len(counts) * counts[group])
    return weights


def _median(scores: Floats, weights: Floats) -> float:
    """The largest of these scores (N,) that at least half of them reach, by their weights (N,)."""
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(scores[order[np.searchsorted(reached, 0.5 - 1e-9)]])


def _passed_by(scores: Floats, weights: Floats, rate: float) -> float:
    """The least threshold that at most the share `rate` of these scores (N,) reach, by their weights (N,)."""
    if not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    passing = int(np.searchsorted(reached, rate, side="right"))
    # The first that must not pass: a probability that equals the threshold is accepted.
    return float(np.nextafter(scores[order[min(passing, len(order) - 1)]], 1.0))
