"""Few-shot: how well signs are told apart that were taught by a few clips each, in episodes drawn at random.

The signs and the signers should be ones that the embedding's network never saw: who calls this sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepsign.evaluate import metrics
from deepsign.landmarks import HANDS_POSE
from deepsign.problems import InputError
from deepsign.prototypes import decide, prototypes

Who = Literal["same", "other", "any"]


@dataclass(frozen=True)
class FewShot:
    """The mean over episodes, each from 0 to 1.

    top1      clips of taught signs whose likeliest sign is the right one, whether or not it was accepted.
    low       the 2.5th percentile of the mean of top1 over bootstrapped episodes; `high` the 97.5th.
    answered  clips of taught signs that are both accepted and right.
    refused   clips of signs that were not taught, and are "not a sign I know"; NaN where there are none.
    auroc     how well likeness tells taught from other signs; NaN where there are none.
    """

    top1: float
    low: float
    high: float
    answered: float
    refused: float
    auroc: float
    episodes: int


def few_shot(
    embeddings: NDArray[np.floating],
    glosses: NDArray[np.str_],
    signers: NDArray[np.str_],
    *,
    ways: int = 5,
    shots: int = 5,
    queries: int = 10,
    episodes: int = 600,
    who: Who = "any",
    seed: int = 0,
    layout: str = HANDS_POSE.name,
) -> FewShot:
    """Episodes: `ways` signs taught by `shots` clips each, then asked about up to `queries` other clips of each.

    embeddings (N, E), glosses (N,), signers (N,).
    who  whose clips are asked about: those of the signer who taught ("same"; each episode has one teacher), of all
         others ("other"; one teacher), or of anybody ("any"; anybody teaches).
    layout  that the embeddings are of (`deepsign.prototypes.LEAST_SPREAD`).
    The same number of clips of signs outside the episode tells what is refused.
    Raises InputError where no episode can be drawn.
    """
    rng = np.random.default_rng(seed)
    grounds = [g for g in _grounds(glosses, signers, who, shots) if len(g.signs) >= ways]
    if not grounds:
        raise InputError(f"no {ways} signs with {shots} clips to learn from and one more to ask about ({who} signer)")
    found = np.array(
        [
            _episode(
                np.asarray(embeddings), grounds[int(rng.integers(len(grounds)))], (ways, shots, queries), layout, rng
            )
            for _ in range(episodes)
        ]
    )
    drawn = found[rng.integers(len(found), size=(1000, len(found))), 0].mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    top1, answered = found[:, 0].mean(), found[:, 1].mean()
    outside = found[~np.isnan(found[:, 2])]
    refused, parted = outside[:, 2:].mean(axis=0) if len(outside) else (np.nan, np.nan)
    return FewShot(float(top1), float(low), float(high), float(answered), float(refused), float(parted), episodes)


@dataclass(frozen=True)
class _Ground:
    """What episodes are drawn from: sign → rows that may teach it, and rows that may be asked about."""

    signs: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]


def _grounds(glosses: NDArray[np.str_], signers: NDArray[np.str_], who: Who, shots: int) -> Iterator[_Ground]:
    teachers = [None] if who == "any" else sorted(set(signers.tolist()))
    for teacher in teachers:
        signs = {}
        for gloss in sorted(set(glosses.tolist())):
            of_sign = glosses == gloss
            teach = np.flatnonzero(of_sign if teacher is None else of_sign & (signers == teacher))
            ask = np.flatnonzero(of_sign & (signers != teacher)) if who == "other" else teach
            if len(teach) >= shots and len(ask) > (0 if who == "other" else shots):
                signs[gloss] = (teach, ask)
        yield _Ground(signs)


def _episode(
    embeddings: NDArray[np.floating],
    ground: _Ground,
    size: tuple[int, int, int],
    layout: str,
    rng: np.random.Generator,
) -> tuple[float, float, float, float]:
    """top1, answered, refused, auroc of one episode of `size` ways, shots and queries."""
    ways, shots, queries = size
    order = [list(ground.signs)[i] for i in rng.permutation(len(ground.signs))]
    taught, asked, truth = [], [], []
    for place, gloss in enumerate(order[:ways]):
        teach, ask = ground.signs[gloss]
        chosen = rng.permutation(teach)[:shots]
        rest = rng.permutation(np.setdiff1d(ask, chosen))[:queries]
        taught.append(embeddings[chosen])
        asked.append(embeddings[rest])
        truth += [place] * len(rest)
    known = prototypes(taught, *decide(taught, layout))
    likeness = known.likeness(np.concatenate(asked))
    right = likeness.argmax(axis=1) == np.array(truth)
    accepted = likeness.max(axis=1) >= known.reject_below
    strangers = [embeddings[rng.permutation(ground.signs[gloss][1])[:queries]] for gloss in order[ways:]]
    if not strangers:
        return float(right.mean()), float((right & accepted).mean()), np.nan, np.nan
    far = rng.permutation(np.concatenate(strangers))[: len(truth)]
    distant = known.likeness(far).max(axis=1)
    parted = metrics.auroc(likeness.max(axis=1), distant) or 0.0
    return float(right.mean()), float((right & accepted).mean()), float((distant < known.reject_below).mean()), parted
