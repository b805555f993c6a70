"""Metrics, in numpy alone. N clips, C glosses; a probability row of zeros is a clip in which nothing was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Guo et al. 2017 ("On calibration of modern neural networks") and most papers since use 15.
ECE_BINS = 15
RESAMPLES = 1000


@dataclass(frozen=True)
class GlossScore:
    """One gloss: precision, recall and F1 (0 where undefined), and how many clips of it there were."""

    precision: float
    recall: float
    f1: float
    support: int


def top_k(truth: Ints, probabilities: Floats, k: int) -> NDArray[np.bool_]:
    """(N,) whether the true gloss is among the k most probable; False where nothing was seen."""
    ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return np.asarray((ranked == truth[:, None]).any(axis=1) & probabilities.any(axis=1))


def per_gloss(truth: Ints, answered: Ints, count: int) -> list[GlossScore]:
    """Scores of glosses 0 … count − 1; `answered` is −1 where nothing was answered."""
    scores = []
    for gloss in range(count):
        hits = int(((truth == gloss) & (answered == gloss)).sum())
        given, support = int((answered == gloss).sum()), int((truth == gloss).sum())
        precision, recall = _ratio(hits, given), _ratio(hits, support)
        scores.append(GlossScore(precision, recall, _ratio(2 * precision * recall, precision + recall), support))
    return scores


def macro_f1(truth: NDArray[np.integer], answered: NDArray[np.integer]) -> float:
    """Mean F1 over the glosses that occur in the truth: a rare sign counts as much as a frequent one."""
    present = np.unique(truth)
    scores = per_gloss(truth.astype(np.int64), answered.astype(np.int64), int(present.max()) + 1)
    return float(np.mean([scores[g].f1 for g in present]))


def reliability(confidence: Floats, right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Mean confidence, share right and count for each of ECE_BINS bins of equal width that isn't empty."""
    if not len(confidence):
        return []
    bins = np.minimum((confidence * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    return [
        (float(confidence[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
        for b in np.unique(bins)
    ]


def ece(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error: |confidence − share right| over the bins of `reliability`, weighted by count."""
    return float(sum(abs(c - r) * n for c, r, n in reliability(confidence, right)) / max(1, len(confidence)))


def interval(
    signers: Sequence[str], values: NDArray[np.floating] | NDArray[np.bool_], seed: int = 0
) -> tuple[float, float] | None:
    """95 % bootstrap interval of the mean of `values` (N,): whole signers are drawn again, as clips of one are alike.

    None with fewer than two signers: then nothing is known about a new one.
    """
    names, at = np.unique(np.asarray(signers), return_inverse=True)
    if len(names) < 2:
        return None
    sums = np.bincount(at, weights=values.astype(np.float64), minlength=len(names))
    counts = np.bincount(at, minlength=len(names))
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def auroc(positive: Floats, negative: Floats) -> float | None:
    """How often a true sign scores above a clip that is none (ties count half); None where a side is empty."""
    if not len(positive) or not len(negative):
        return None
    both = np.concatenate([positive, negative])
    _, at, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[at]
    wins = float(ranks[: len(positive)].sum()) - len(positive) * (len(positive) + 1) / 2
    return wins / (len(positive) * len(negative))


def confusion(truth: Ints, answered: Ints, count: int) -> Ints:
    """(C, C + 1) counts: rows the true gloss, columns the answer; the last column is "not known"."""
    table = np.zeros((count, count + 1), dtype=np.int64)
    np.add.at(table, (truth, np.where(answered < 0, count, answered)), 1)
    return table


def by_group(groups: Sequence[str], value: Callable[[NDArray[np.bool_]], float]) -> dict[str, float]:
    """`value` of the mask of each group's clips, groups in order of their names."""
    names = np.asarray(groups)
    return {str(name): value(names == name) for name in np.unique(names)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
