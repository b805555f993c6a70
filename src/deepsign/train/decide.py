"""Decide: the temperature and the thresholds, fitted on validation signers alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle import Decision
from deepsign.labels import LabelMap
from deepsign.recipe import Decide

Floats = NDArray[np.float64]

# Temperatures outside this range mean a network that has learnt nothing, or validation data that is nearly all right.
_COOLEST, _HOTTEST = 0.2, 10.0


def decide(
    logits: NDArray[np.floating], target: NDArray[np.integer], labels: LabelMap, none: str | None, rule: Decide
) -> Decision:
    """The decision that goes with these validation logits (N, C) and their true labels (N,)."""
    scores = logits.astype(np.float64)
    temperature = fit_temperature(scores, target)
    probabilities = softmax(scores / temperature)
    at_none = labels.index(none) if none is not None else None
    return Decision(
        temperature=temperature,
        reject_below=rule.reject_below,
        none_gloss=none,
        per_sign_accept=accept(probabilities, target, labels, at_none, rule.false_accept, rule.reject_below),
        false_accept=rule.false_accept,
        top_k=rule.top_k,
    )


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
    labels: LabelMap,
    none: int | None,
    rate: float,
    least: float = 0.0,
) -> dict[str, float]:
    """Gloss → the least probability for "yes, that was it".

    Each other gloss, by itself, passes for this one at most at `rate`: averaged over 25 letters, a look-alike could
    pass every time. A still of a moving sign is left out of its still's others (an I is what a J begins with). Never
    under `least`, where no sign is known. Above all, never stricter than the median of the sign's own clips, where
    there are any: half of those who sign it right must be told so.
    """
    accepted: dict[str, float] = {}
    for gloss, label in enumerate(labels):
        own = probabilities[target == gloss, gloss]
        if gloss == none:
            continue
        alike = {i for i, x in enumerate(labels) if x.still_as == label.gloss or x.gloss == label.still_as}
        others = [h for h in np.unique(target) if h != gloss and h not in alike]
        passing = [np.quantile(probabilities[target == h, gloss], 1 - rate, method="higher") for h in others]
        strict = np.nextafter(max([0.0, *passing]), 1.0)  # a probability that equals the threshold is accepted
        threshold = max(least, strict)
        accepted[label.gloss] = float(min(threshold, np.median(own)) if len(own) else threshold)
    return accepted
