"""Plots: who is taken for whom, and whether "90 %" is right nine times in ten."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from deepsign.evaluate import metrics
from deepsign.evaluate.report import Scored

# A count is written into every cell that holds at least this share of its row: smaller ones are only a tint.
_WRITTEN = 0.01


def confusion_png(scored: Scored) -> bytes:
    """The confusion matrix as a picture: rows are what was signed, columns what was answered, thresholds aside."""
    counts = metrics.confusion(scored.truth, scored.answered, len(scored.labels))
    rows = np.flatnonzero(counts.sum(axis=1))
    columns = np.flatnonzero(counts.sum(axis=0) + np.append(counts.sum(axis=1), 0))
    counts = counts[np.ix_(rows, columns)]
    names = [*scored.labels.glosses, "no hand"]
    share = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    side = 2.5 + 0.36 * max(counts.shape)
    figure = Figure(figsize=(side, side * 0.94), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    # The tint of a few per cent is lost on white: mistakes are drawn again in a colour of their own.
    wrong = np.ma.masked_where((rows[:, None] == columns[None]) | (share < _WRITTEN), share)
    axes.imshow(wrong, cmap="Oranges", vmin=-0.15, vmax=0.6)
    for r, c in zip(*np.nonzero(share >= _WRITTEN), strict=True):
        dark = share[r, c] > (0.5 if rows[r] == columns[c] else 0.35)
        axes.text(c, r, str(counts[r, c]), ha="center", va="center", fontsize=6.5, color="white" if dark else "black")
    axes.set_xticks(range(len(columns)), [names[c] for c in columns], rotation=90)
    axes.set_yticks(range(len(rows)), [f"{names[r]}  ({n})" for r, n in zip(rows, counts.sum(axis=1), strict=True)])
    axes.set_xlabel("answered")
    axes.set_ylabel("signed (clips)")
    axes.set_title(f"{len(scored.truth):,} clips of {len(set(scored.signers))} signers", fontsize=10)
    return _png(figure)


def reliability_png(scored: Scored) -> bytes:
    """Share right against mean probability, bin by bin, with how many clips stand behind each bin."""
    right = metrics.top_k(scored.truth, scored.probabilities, 1)
    best = scored.probabilities.max(axis=1, initial=0.0)
    seen = best > 0
    bins = metrics.reliability(best[seen], right[seen])
    figure = Figure(figsize=(5, 5.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, label="as sure as right")
    upper.plot([c for c, _, _ in bins], [r for _, r, _ in bins], marker="o", color="#1f5fa8", label="measured")
    upper.set_ylabel("share right")
    upper.set_ylim(-0.02, 1.02)
    upper.set_title(f"ECE {metrics.ece(best[seen], right[seen]):.3f} over {int(seen.sum()):,} clips", fontsize=10)
    upper.legend(loc="upper left", frameon=False)
    lower.hist(best[seen], bins=np.linspace(0, 1, metrics.ECE_BINS + 1), color="#1f5fa8")
    lower.set_yscale("symlog", linthresh=1)
    lower.set_ylim(bottom=0)
    lower.set_ylabel("clips")
    lower.set_xlabel("probability of the best answer")
    return _png(figure)


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    out = io.BytesIO()
    # No Software tag: the same answers give the same file with every version of the plotting library.
    figure.savefig(out, format="png", dpi=130, metadata={"Software": None})
    return out.getvalue()
