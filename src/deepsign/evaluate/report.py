"""Report: what was answered about every clip, and everything that is measured from it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.evaluate import metrics
from deepsign.labels import LabelMap


@dataclass(frozen=True)
class Scored:
    """The recognizer's answers about N clips.

    labels         the glosses, `none` among them if the bundle has it.
    none           the none label's index, or None.
    truth          (N,) label indices; the none label's for clips that are no sign.
    probabilities  (N, C) calibrated; zeros where nothing was seen. The none label's column is zero.
    known          (N,) whether the answer was "known".
    still          (N,) one frame only.
    offered        (N,) whether the truth was offered as "needs motion".
    left_out       gloss → rows whose gloss is none of the labels.
    unreadable     one line for each file that could not be read; it counts as nothing seen.
    tracked        whether a hand had to be found first; a network that sees pictures answers without.
    """

    labels: LabelMap
    none: int | None
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    known: NDArray[np.bool_]
    still: NDArray[np.bool_]
    offered: NDArray[np.bool_]
    signers: list[str]
    sources: list[str]
    paths: list[str]
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    tracked: bool = True

    def take(self, mask: NDArray[np.bool_]) -> Scored:
        """The clips where mask (N,) is True."""
        at = np.flatnonzero(mask)
        return replace(
            self,
            truth=self.truth[at],
            probabilities=self.probabilities[at],
            known=self.known[at],
            still=self.still[at],
            offered=self.offered[at],
            signers=[self.signers[i] for i in at],
            sources=[self.sources[i] for i in at],
            paths=[self.paths[i] for i in at],
        )

    @property
    def answered(self) -> NDArray[np.int64]:
        """(N,) the best gloss, thresholds aside; −1 where nothing was seen."""
        return np.where(self.probabilities.any(axis=1), self.probabilities.argmax(axis=1), -1)

    @property
    def negative(self) -> NDArray[np.bool_]:
        """(N,) clips that are no sign."""
        return np.zeros(len(self.truth), dtype=bool) if self.none is None else self.truth == self.none

    @property
    def posed(self) -> NDArray[np.bool_]:
        """(N,) stills of signs that only motion can show: no still can be told to be one."""
        moving = np.array([label.needs_motion for label in self.labels])
        return np.asarray(moving[self.truth] & self.still)


def pooled(parts: Sequence[Scored]) -> Scored:
    """The answers of several bundles with the same labels as one."""
    first = parts[0]
    if any(part.labels != first.labels for part in parts):
        raise ValueError("answers of bundles with different labels can't be pooled")
    return replace(
        first,
        truth=np.concatenate([p.truth for p in parts]),
        probabilities=np.concatenate([p.probabilities for p in parts]),
        known=np.concatenate([p.known for p in parts]),
        still=np.concatenate([p.still for p in parts]),
        offered=np.concatenate([p.offered for p in parts]),
        signers=[v for p in parts for v in p.signers],
        sources=[v for p in parts for v in p.sources],
        paths=[v for p in parts for v in p.paths],
        left_out=sum((p.left_out for p in parts), Counter()),
        unreadable=[v for p in parts for v in p.unreadable],
    )


@dataclass(frozen=True)
class Report:
    """Everything measured, in plain numbers; `metrics` is what metrics.json holds.

    scored   the answers that it was measured from: signs whose truth can be shown (stills of J and Z stand apart).
    metrics  see `measure`.
    """

    scored: Scored
    metrics: dict[str, Any]

    def lines(self) -> list[str]:
        """The outcome in a few lines for a person."""
        m = self.metrics
        hands = f"a hand was found in {_percent(m['seen'])}; " if self.scored.tracked else ""
        found = [
            f"{m['name']}: {m['clips']} clips of {m['signers']} signers, {m['split']}",
            f"top-1 {_percent(m['top1'])} {_between(m['top1_interval'])}, top-3 {_percent(m['top3'])}, "
            f"top-5 {_percent(m['top5'])}, macro-F1 {_number(m['macro_f1'])}",
            f"{hands}refused {_percent(m['refused'])}; ECE {_number(m['ece'])}",
        ]
        if isinstance(m["negatives"], dict):
            found.append(f"not a sign: {_percent(m['negatives']['refused'])} of {m['negatives']['clips']} refused")
        return [*found, *self.scored.unreadable]

    def csv(self) -> str:
        """metrics_report.csv: gloss, precision, recall, f1, support."""
        return _csv(["gloss"], self.metrics["per_gloss"])

    def signers_csv(self) -> str:
        """per_signer.csv: signer, source, clips, top1, refused."""
        return _csv(["signer"], self.metrics["per_signer"])


def measure(scored: Scored, name: str, split: str) -> Report:
    """All metrics of these answers.

    A clip in which no hand was found is a wrong answer in top1/3/5, F1 and `refused`; ECE looks at the clips that
    were answered with a probability. `right_and_known` is the share that was right and not refused.

    split  how the clips relate to the training data, in words; it is printed with every number.
    """
    signs = scored.take(~scored.negative & ~scored.posed)
    strangers, posed = scored.take(scored.negative), scored.take(scored.posed)
    ranked = {k: metrics.top_k(signs.truth, signs.probabilities, k) for k in (1, 3, 5)}
    answered, best = signs.answered, signs.probabilities.max(axis=1, initial=0.0)
    right = ranked[1]
    seen = answered >= 0
    per_source = metrics.by_group(signs.sources, lambda at: float(right[at].mean()))
    found: dict[str, object] = {
        "name": name,
        "split": split,
        "clips": len(right),
        "signers": len(set(signs.signers)),
        "seen": _mean(seen),
        "top1": _mean(right),
        "top1_interval": metrics.interval(signs.signers, right),
        "top3": _mean(ranked[3]),
        "top5": _mean(ranked[5]),
        "macro_f1": metrics.macro_f1(signs.truth, answered) if len(right) else None,
        "refused": _mean(~signs.known),
        "right_and_known": _mean(right & signs.known),
        "ece": metrics.ece(best[seen], right[seen]),
        "ece_bins": metrics.ECE_BINS,
        "mean_of_sources": _mean(np.array(list(per_source.values()))),
        "per_source": {s: {"clips": signs.sources.count(s), "top1": v} for s, v in per_source.items()},
        "per_gloss": _per_gloss(signs, answered),
        "per_signer": _per_signer(signs, right),
        "negatives": _negatives(strangers, best),
        "stills_of_moving_signs": {"clips": len(posed.truth), "offered": _mean(posed.offered)}
        if len(posed.truth)
        else None,
        "left_out": dict(sorted(scored.left_out.items())),
        "unreadable": len(scored.unreadable),
    }
    return Report(signs, {key: _rounded(value) for key, value in found.items()})


def _per_gloss(signs: Scored, answered: NDArray[np.int64]) -> dict[str, object]:
    scores = metrics.per_gloss(signs.truth, answered, len(signs.labels))
    return {
        x.gloss: asdict(s)
        for i, (x, s) in enumerate(zip(signs.labels, scores, strict=True))
        if i != signs.none and s.support
    }


def _per_signer(signs: Scored, right: NDArray[np.bool_]) -> dict[str, object]:
    names = np.asarray(signs.signers)
    return {
        str(name): {
            "source": signs.sources[int(np.flatnonzero(names == name)[0])],
            "clips": int((names == name).sum()),
            "top1": float(right[names == name].mean()),
            "refused": float((~signs.known[names == name]).mean()),
        }
        for name in np.unique(names)
    }


def _negatives(strangers: Scored, best: NDArray[np.float64]) -> dict[str, object] | None:
    if not len(strangers.truth):
        return None
    return {
        "clips": len(strangers.truth),
        "seen": _mean(strangers.probabilities.max(axis=1) > 0),
        "refused": _mean(~strangers.known),
        "auroc": metrics.auroc(best, strangers.probabilities.max(axis=1)),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return [_rounded(v) for v in value] if isinstance(value, list | tuple) else value


def _csv(head: list[str], table: object) -> str:
    assert isinstance(table, dict)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(next(iter(table.values()), {}))
    writer.writerow([*head, *columns])
    writer.writerows([name, *(row[c] for c in columns)] for name, row in table.items())
    return text.getvalue()


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, float) else "–"


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "–"


def _between(value: object) -> str:
    return f"({value[0]:.1%}–{value[1]:.1%} for a new signer)" if isinstance(value, list) else "(one signer)"
