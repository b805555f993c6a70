"""Summary: a test set's figures in the few numbers that a table of many test sets holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepsign.evaluate.report import Scored, measure

# A sign read less often than this in a test set is named there: mislabelled, a variant, or not learnt.
_WEAK = 0.8


def summary(scored: Scored, doubted: set[str] | None = None) -> dict[str, Any]:
    """One test set's figures; with `doubted` paths also without those."""
    found = measure(scored, "", "").metrics
    kept = {
        k: found[k]
        for k in ("clips", "signers", "seen", "top1", "top3", "macro_f1", "refused", "right_and_known", "ece")
    }
    kept["weak"] = {g: s["recall"] for g, s in found["per_gloss"].items() if s["recall"] < _WEAK}
    if doubted is not None:
        trusted = scored.take(np.array([path not in doubted for path in scored.paths]))
        kept["top1_without_suspects"] = measure(trusted, "", "").metrics["top1"]
    return kept


def sources_table(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Summaries by source, with their mean and the worst of them: a large source counts no more than a small one."""
    clean = [f["top1_without_suspects"] for f in found.values()]
    top1 = [f["top1"] for f in found.values()]
    return {
        "mean": round(float(np.mean(top1)), 4),
        "worst": min(found, key=lambda n: found[n]["top1"]),
        "mean_without_suspects": round(float(np.mean(clean)), 4),
        "worst_without_suspects": min(found, key=lambda n: found[n]["top1_without_suspects"]),
        "sources": found,
    }


def moving_letters(scored: Scored) -> dict[str, Any]:
    """Clips of an unseen signer: all letters, and those that are movements."""
    per_gloss = measure(scored, "", "").metrics["per_gloss"]
    moving = [x.gloss for x in scored.labels if x.needs_motion and x.gloss in per_gloss]
    return {**summary(scored), "motion": {gloss: per_gloss[gloss] for gloss in moving}}


def refusals(nothing: Scored, true: Scored) -> dict[str, Any]:
    """What pictures of no sign are answered with, and what the same thresholds cost true signs."""
    signs = true.take(~true.negative & ~true.posed)
    return {
        "clips": len(nothing.truth),
        "hand_found": round(float(nothing.probabilities.any(axis=1).mean()), 4),
        "not_known": round(float(np.logical_not(nothing.known).mean()), 4),
        "true_letters_refused": round(float(np.logical_not(signs.known).mean()), 4),
    }
