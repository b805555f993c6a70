"""Reference: how each sign of a bundle is usually made: median and spread of every feature, and a hand to draw.

One file a bundle, reference.json, read by Python and by the page alike. It is made from what the weights were trained
on (`build`), so that a learner's attempt is held against people, never against somebody's idea of a sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from deepsign.feedback.features import FEATURES, NAMES, Feature, middling
from deepsign.feedback.seen import Floats
from deepsign.problems import BundleError

FILE = "reference.json"
# How many entries of one kind, the nearest by median, say how much people differ where a sign's own signers are few.
_ALIKE = 12
# As much as this many signers weigh those entries against the sign's own signers.
_WEIGHT = 4
# A feature's kind that nowhere has two signers: people are taken to differ by this many floors.
_UNKNOWN = 3.0
# A median of absolute deviations, as a standard deviation of normal values.
_MAD = 1.4826


class Sign(BaseModel):
    """How one sign is made.

    signers  how many people this is of.
    median   of each feature, in the order of `Reference.features`; None where it says nothing about this sign.
    spread   how far people are from it, one standard deviation; None where this is not judged.
    hand     (21, 3) a typical hand, right palm, wrist at 0, the middle knuckle at distance 1; to draw.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    signers: int = Field(ge=1)
    median: list[float | None]
    spread: list[float | None]
    hand: list[list[float]]


class Reference(BaseModel):
    """reference.json.

    features  names of the numbers that a sign has, in order.
    limits    a feature's kind → how many spreads from the median are too many, chosen on signers left out. A kind
              that would blame too many of them has no limit, and is not judged.
    signs     gloss → how it is made.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    features: list[str]
    limits: dict[str, float]
    signs: dict[str, Sign]

    @model_validator(mode="after")
    def _fits(self) -> Reference:
        if self.features != list(NAMES):
            raise ValueError("features are not those that this DeepSign knows")
        if any(len(s.median) != len(NAMES) or len(s.spread) != len(NAMES) for s in self.signs.values()):
            raise ValueError("a sign has more or fewer numbers than there are features")
        return self


def read(content: bytes, name: str) -> Reference:
    """A reference.json; BundleError names it (`name`) and what is wrong."""
    try:
        return Reference.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise BundleError(f"{name}: {where}: {first['msg']}; make it anew") from None


def build(
    values: Floats, glosses: Sequence[str], signers: Sequence[str], hands: Floats, limits: Mapping[str, float]
) -> Reference:
    """The reference of clips with features `values` (N, F), each of a gloss by a signer, with its hand (N, 21, 3).

    A place is told from the head or from the shoulders, whichever people of this sign agree on more.
    """
    of, by = np.array(glosses), np.array(signers)
    names = list(dict.fromkeys(glosses))
    found = {(g, f.name): _entry(values[of == g, i], by[of == g], f) for g in names for i, f in enumerate(FEATURES)}
    pools = {
        kind: [found[g, f.name] for g in names for f in FEATURES if f.kind == kind]
        for kind in {f.kind for f in FEATURES}
    }
    signs = {}
    for gloss in names:
        entries = [(found[gloss, f.name], f) for f in FEATURES]
        spreads = [_spread(entry, pools[f.kind], f) if entry.known else None for entry, f in entries]
        spreads = _one_anchor(spreads)
        mine = of == gloss
        signs[gloss] = Sign(
            signers=len(set(by[mine])),
            median=[_short(entry.centre) if entry.known else None for entry, _ in entries],
            spread=[None if s is None else _short(s) for s in spreads],
            hand=_typical(values[mine], hands[mine]),
        )
    return Reference(schema_version=1, features=list(NAMES), limits=dict(limits), signs=signs)


def difference(value: float, from_: float, kind: str) -> float:
    """How far a feature's value is from another; directions the short way round."""
    off = value - from_
    return float(np.arctan2(np.sin(off), np.cos(off))) if kind == "point" else off


class _Entry:
    """One feature of one sign: the middle of its signers' medians, and how far they are from it and from themselves."""

    def __init__(self, centre: float, off: Floats, within: float, known: bool) -> None:
        self.centre, self.off, self.within, self.known = centre, off, within, known


def _entry(values: Floats, by: NDArray[np.str_], feature: Feature) -> _Entry:
    people = sorted(set(by.tolist()))
    shown = [v[~np.isnan(v)] for v in (values[by == p] for p in people)]
    totals = [int((by == p).sum()) for p in people]
    # What half of a person's clips don't show can't be asked for.
    usual = [v for v, total in zip(shown, totals, strict=True) if 2 * len(v) > total]
    if 2 * len(usual) <= len(people):
        return _Entry(float("nan"), np.zeros(0), float("nan"), False)
    about = _about(np.concatenate(usual), feature.kind)
    turned = [np.array([difference(float(x), about, feature.kind) for x in v]) for v in usual]
    medians = np.array([np.median(v) for v in turned])
    middle = float(np.median(medians))
    own = [_MAD * float(np.median(np.abs(v - np.median(v)))) for v in turned if len(v) >= 5]
    return _Entry(about + middle, medians - middle, float(np.median(own)) if own else float("nan"), True)


def _about(values: Floats, kind: str) -> float:
    if kind != "point":
        return 0.0
    return float(np.arctan2(np.sin(values).mean(), np.cos(values).mean()))


def _spread(entry: _Entry, pool: Sequence[_Entry], feature: Feature) -> float:
    """How far a new person's attempt may be from the median: people differ, and each differs from day to day."""
    known = [e for e in pool if e.known]
    alike = sorted((e for e in known if len(e.off) > 1), key=lambda e: abs(e.centre - entry.centre))[:_ALIKE]
    apart = _width(np.concatenate([_unbiased(e.off) for e in alike]), feature) if alike else None
    count = len(entry.off)
    between = apart if apart is not None else _UNKNOWN * feature.floor
    if count >= _WEIGHT:
        own = _width(_unbiased(entry.off), feature)
        between = float(np.sqrt((count * own**2 + _WEIGHT * between**2) / (count + _WEIGHT)))
    within = [e.within for e in sorted(known, key=lambda e: abs(e.centre - entry.centre)) if not np.isnan(e.within)]
    steady = entry.within if not np.isnan(entry.within) else float(np.median(within[:_ALIKE])) if within else 0.0
    return max(feature.floor, float(np.sqrt(steady**2 + between**2 * (1 + 1 / count))))


def _one_anchor(spreads: list[float | None]) -> list[float | None]:
    out = list(spreads)
    for i, name in enumerate(NAMES):
        if name.startswith("head_"):
            j = NAMES.index(name.replace("head_", "body_"))
            head, body = out[i], out[j]
            if head is not None and body is not None:
                out[i if head > body else j] = None
    return out


def _width(off: Floats, feature: Feature) -> float:
    """One standard deviation; robust, but for how a hand is turned: who turns it otherwise is right too."""
    if feature.part == "orientation":
        return float(np.sqrt((off**2).mean()))
    return _MAD * float(np.median(np.abs(off)))


def _unbiased(off: Floats) -> Floats:
    """Distances from a middle that these same values made, as they would be from one that others made."""
    return np.asarray(off * np.sqrt(len(off) / max(len(off) - 1, 1)))


def _typical(values: Floats, hands: Floats) -> list[list[float]]:
    """The hand whose features are nearest to the medians of all."""
    middle = middling(values)
    floors = np.array([f.floor for f in FEATURES])
    off = np.minimum(np.abs(values - middle) / floors, 10.0)
    best = hands[int(np.argmin(np.where(np.isnan(off), 5.0, off).sum(axis=1)))]
    hand = best - best[0]
    palm = float(np.sqrt((hand[9] ** 2).sum()))
    return [[round(float(v), 3) for v in point] for point in hand / max(palm, 1e-6)]


def _short(value: float) -> float:
    return round(float(value), 4)
