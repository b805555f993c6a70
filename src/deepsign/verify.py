"""Verify: whether it was the sign that was asked for. Accepted, looks like another, or not sure; never a guess.

The page's twin is web/src/engine/verify.ts; tests/golden/verify.json holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Strictness = Literal["gentle", "normal", "strict"]
Outcome = Literal["accepted", "other", "unsure"]

# What the odds of a sign's calibrated least probability are multiplied by: at 0.5 (odds 1) gentle asks for 0.33 and
# strict for 0.67, at 0.9 for 0.82 and 0.95. Odds, because a factor on probabilities would leave 0 … 1.
ODDS: Mapping[Strictness, float] = {"gentle": 0.5, "normal": 1.0, "strict": 2.0}

# The asked sign is not accepted where another label is more than this many times as probable. Not 1: probabilities
# lean towards the signs that training saw most of. On collections of signs never trained on, 1 accepts .52 of right
# attempts and .016 of others, 10 accepts .69 and .036, no bound .74 and .041 (EXPERIMENTS.md, V1); 25 where the bars
# are counted by people (A12). Strictness moves it, or it would hardly move anything (A11).
LEADS: Mapping[Strictness, float] = {"gentle": 60.0, "normal": 25.0, "strict": 5.0}
LEAD = LEADS["normal"]


@dataclass(frozen=True)
class Rule:
    """What a bundle says of its signs.

    glosses       in the order of the probabilities.
    accept        gloss → the least probability for "yes, that was it" (bundle.json, decision.per_sign_accept).
    reject_below  a best probability under this is no known sign.
    none          the gloss of "no sign", if there is one.
    """

    glosses: Sequence[str]
    accept: Mapping[str, float]
    reject_below: float
    none: str | None


@dataclass(frozen=True)
class Verdict:
    """outcome; the asked sign's probability; and for "other" the gloss that it looks like."""

    outcome: Outcome
    probability: float
    looks_like: str | None = None


def least(accept: float, strictness: Strictness = "normal") -> float:
    """The least probability at this strictness for a sign whose calibrated one is `accept`."""
    factor = ODDS[strictness]
    return accept if factor == 1 else factor * accept / (1 - accept + factor * accept)


def verdict(probabilities: Sequence[float], target: str, rule: Rule, strictness: Strictness = "normal") -> Verdict:
    """Judges calibrated probabilities (C,) for the sign that was asked for, one of `rule.accept`.

    Accepted where the target reaches its least probability and no other label, "no sign" included, leads by more than
    LEADS. Else it looks like another where that one leads, is known, and would itself have been accepted, had it
    been asked for.
    A strictness moves only what is asked of the target: what something else looks like doesn't depend on it.
    """
    at = rule.glosses.index(target)
    asked = float(probabilities[at])
    leader = max(range(len(rule.glosses)), key=lambda i: (probabilities[i], i == at, -i))
    if asked >= least(rule.accept[target], strictness) and asked * LEADS[strictness] >= probabilities[leader]:
        return Verdict("accepted", asked)
    if leader == at:
        return Verdict("unsure", asked)
    other = rule.glosses[leader]
    needed = max(rule.reject_below, rule.accept.get(other, 0.0))
    if other == rule.none or probabilities[leader] < needed:
        return Verdict("unsure", asked)
    return Verdict("other", asked, other)
