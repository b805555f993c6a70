"""Open set: what is done with clips that are none of the signs, and with a sign that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.evaluate import metrics
from deepsign.evaluate.metrics import RESAMPLES, Floats
from deepsign.evaluate.report import Scored


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
    """Did they sign what was asked for? At the stored thresholds, and at those that give `rate` on these very clips.

    scored  clips of signs, and of signs that the bundle doesn't know (truth: the none label).
    accept  gloss → the least probability for "yes"; only these signs are asked for.

    False accepts are counted over all clips of other signs. Means are over signs that have clips of their own.
    """
    per_sign: dict[str, dict[str, float | int]] = {}
    rows: list[tuple[str, NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]] = []
    for at, label in enumerate(scored.labels):
        own = scored.truth == at
        if label.gloss not in accept or not own.any() or own.all():
            continue
        probability = scored.probabilities[:, at]
        stored = (probability >= accept[label.gloss]) & (probability > 0)
        strict = float(np.quantile(probability[~own], 1 - rate, method="higher"))
        fitted = probability > strict
        rows.append((label.gloss, own, stored, fitted))
        per_sign[label.gloss] = {
            "clips": int(own.sum()),
            "others": int((~own).sum()),
            "recall": round(float(stored[own].mean()), 4),
            "false_accepts": round(float(stored[~own].mean()), 4),
            "recall_at_rate": round(float(fitted[own].mean()), 4),
            "threshold": round(accept[label.gloss], 4),
            "threshold_at_rate": round(strict, 4),
        }
    own_clips = {name: own for name, own, _, _ in rows}
    means = ("recall", "false_accepts", "recall_at_rate")
    return {
        "rate": rate,
        "signs": len(rows),
        "clips": int(sum(s["clips"] for s in per_sign.values())),
        **{key: _rounded(float(np.mean([s[key] for s in per_sign.values()]))) if rows else None for key in means},
        "recall_interval": _macro_interval(scored.signers, own_clips, {name: s for name, _, s, _ in rows}),
        "recall_at_rate_interval": _macro_interval(scored.signers, own_clips, {name: f for name, _, _, f in rows}),
        "per_sign": per_sign,
    }


def _macro_interval(
    signers: list[str], own: Mapping[str, NDArray[np.bool_]], right: Mapping[str, NDArray[np.bool_]], seed: int = 0
) -> list[float] | None:
    """95 % bootstrap interval of the mean over signs of the share that is right: whole signers are drawn again."""
    names, at = np.unique(np.asarray(signers), return_inverse=True)
    if len(names) < 2 or not own:
        return None
    hits, whole = (
        np.stack([np.bincount(at, weights=mask.astype(np.float64), minlength=len(names)) for mask in masks], axis=1)
        for masks in ([own[g] & right[g] for g in own], list(own.values()))
    )
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    there = whole[drawn].sum(axis=1)
    shares = np.where(there > 0, hits[drawn].sum(axis=1) / np.maximum(there, 1), np.nan)
    # Somebody is always drawn, and everybody's clips are of some sign unless they are all of unknown ones.
    drawn_any = shares[~np.isnan(shares).all(axis=1)]
    return _between(tuple(np.quantile(np.nanmean(drawn_any, axis=1), [0.025, 0.975])))


def _share(values: NDArray[np.bool_]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _between(value: tuple[float, ...] | None) -> list[float] | None:
    return None if value is None else [round(float(v), 4) for v in value]
