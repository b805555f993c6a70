"""Decide: the temperature and the thresholds, fitted on validation signers alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle import Decision
from deepsign.labels import LabelMap
from deepsign.recipe import Decide
from deepsign.verify import LEAD

Floats = NDArray[np.float64]

# Temperatures outside this range mean a network that has learnt nothing, or validation data that is nearly all right.
_TEMPERATURES = float(np.log(0.2)), float(np.log(10.0))
# e to the power of 8 is 3,000 times as many clips of "no sign" as of any label.
_FARTHEST = 8.0
# The target of a clip of something that the judged network never learnt: it can pass for a sign, and never be right.
STRANGER = -1
# However seldom others pass, a sign is not accepted under this probability.
LEAST = 0.05
# No other sign may pass more often than this many times the rate: averaged over 25 letters, a look-alike could pass
# every time.
_LOOK_ALIKE = 4


@dataclass(frozen=True)
class Decided:
    """What was fitted: the bundle's decision, and what is to be added to the network's logit of "no sign"."""

    decision: Decision
    offset: float


def decide(
    logits: NDArray[np.floating], target: NDArray[np.integer], labels: LabelMap, none: str | None, rule: Decide
) -> Decided:
    """What goes with these validation logits (N, C) and their true labels (N,); some may be STRANGER."""
    scores = logits.astype(np.float64)
    at_none = labels.index(none) if none is not None else None
    told = target != STRANGER
    if rule.even:
        assert at_none is not None
        temperature, offset = fit_even(scores[told], target[told], at_none)
        scores[:, at_none] += offset
    else:
        temperature, offset = fit_temperature(scores[told], target[told]), 0.0
    probabilities = softmax(scores / temperature)
    decision = Decision(
        temperature=temperature,
        reject_below=rule.reject_below,
        none_gloss=none,
        per_sign_accept=accept(probabilities, target, labels, rule.false_accept, at_none),
        false_accept=rule.false_accept,
        top_k=rule.top_k,
    )
    return Decided(decision, offset)


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
    weights = np.ones(len(target))
    return float(np.exp(_least(lambda log: _surprise(logits / np.exp(log), target, weights), *_TEMPERATURES)))


def fit_even(logits: Floats, target: NDArray[np.integer], none: int) -> tuple[float, float]:
    """The temperature and the offset of the logit of `none` with the least negative log-likelihood, each to 1e-4.

    Every label weighs the same, so that none of them is likelier than another before anything is seen. One search
    within the other: the loss is convex in 1 / temperature and offset / temperature.
    """
    _, at, counts = np.unique(target, return_inverse=True, return_counts=True)
    weights = 1 / counts[at]
    moved = np.zeros(logits.shape[1])
    moved[none] = 1.0

    def loss(log: float, offset: float) -> float:
        return _surprise((logits + offset * moved) / np.exp(log), target, weights)

    def offset_at(log: float) -> float:
        return _least(lambda offset: loss(log, offset), -_FARTHEST, _FARTHEST)

    log = _least(lambda log: loss(log, offset_at(log)), *_TEMPERATURES)
    return float(np.exp(log)), offset_at(log)


def _surprise(scaled: Floats, target: NDArray[np.integer], weights: Floats) -> float:
    """The weighted mean negative log-likelihood of these logits (N, C)."""
    top = scaled.max(axis=1)
    each = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top - scaled[np.arange(len(target)), target]
    return float(np.average(each, weights=weights))


def _least(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one minimum has it, to 1e-4: golden-section search."""
    golden = (np.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if of(left) < of(right) else (left, high)
    return (low + high) / 2


def accept(
    probabilities: Floats, target: NDArray[np.integer], labels: LabelMap, rate: float, none: int | None
) -> dict[str, float]:
    """Gloss → the least probability for "yes, that was it", where no other label leads by far (`deepsign.verify`).

    Of clips of other signs, each other sign counting as much as any other whatever its number of clips, `rate` pass,
    and of any one sign's at most four times as many.
    A still of a moving sign is left out of its still's others (an I is what a J begins with). Above all, never
    stricter than the median of the sign's own clips, where there are any: half of those who sign it right must be
    told so.
    """
    near = np.where(probabilities * LEAD >= probabilities.max(axis=1, keepdims=True), probabilities, 0.0)
    accepted: dict[str, float] = {}
    for gloss, label in enumerate(labels):
        if gloss == none:
            continue
        own = probabilities[target == gloss, gloss]
        alike = [i for i, x in enumerate(labels) if x.still_as == label.gloss or x.gloss == label.still_as]
        others = ~np.isin(target, [gloss, *alike])
        strict = _passed_by(near[others, gloss], target[others], rate)
        for other in np.unique(target[others]):
            theirs = target == other
            strict = max(strict, _passed_by(near[theirs, gloss], target[theirs], _LOOK_ALIKE * rate))
        accepted[label.gloss] = max(LEAST, float(min(strict, np.median(own)) if len(own) else strict))
    return accepted


def _passed_by(scores: Floats, target: NDArray[np.integer], rate: float) -> float:
    """The least threshold that at most `rate` of these scores (N,) reach, each target's clips weighing 1 together."""
    if not len(scores):
        return 0.0
    _, at, counts = np.unique(target, return_inverse=True, return_counts=True)
    weights = 1 / counts[at]
    order = np.argsort(-scores, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    passing = int(np.searchsorted(reached, rate, side="right"))
    # The first that must not pass: a probability that equals the threshold is accepted.
    return float(np.nextafter(scores[order[min(passing, len(order) - 1)]], 1.0))
