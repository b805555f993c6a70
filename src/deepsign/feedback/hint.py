"""Hint: the one thing that a learner's attempt should change, named as people name it, or nothing.

In this order: a hand that is seen, how many hands, how the palm is turned, the fingers, the thumb, the movement, the
place. Nothing is said that a webcam can't judge: a thumb hidden by a fist, fingers whose place differs from person to
person. web/src/engine/feedback/hint.ts does the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from deepsign.clip import Clip
from deepsign.feedback.features import FEATURES, LONG, STRAIGHT, Part, bends, features
from deepsign.feedback.reference import Reference, Sign, difference
from deepsign.feedback.seen import Floats, see

PARTS: tuple[Part, ...] = ("hand", "orientation", "fingers", "thumb", "movement", "place")
# A finger bent by more than this (rad) is bent; under STRAIGHT it is straight; between them it is curved.
BENT = 1.6
# The limit's name for a finger that is straight and should be bent, or the other way round: few people do that.
OPPOSITE = "opposite"
# A thumb's tip nearer than this to a fingertip, in palms, touches it.
TOUCHING = 0.4
# A fist hides its thumb: all four fingers bent further than this (rad).
_FIST = 2.2
# Fingers off in one way from this many on are told together: naming one of them would be no help.
_MANY = 3
# Neighbours at a lesser angle than this (rad) cross.
_CROSSED = -0.1
# Where an attempt was taken for another sign, what tells the two apart needs this share of the limit.
_CONFUSED = 0.5
# Shoulder widths from the nose: the chin is this far below it, the forehead above; a hand on them is this near.
_SPOTS, _NEAR = {"chin": 0.22, "forehead": -0.28}, 0.35


@dataclass(frozen=True)
class Hint:
    """What to change.

    part    what of the sign is off.
    finger  the finger that is named (index, middle, ring, little); None where it is none, or several.
    change  what to do; `deepsign.feedback.words` has a sentence for each.
    z       how many spreads off it is; 0 where nothing was measured.
    frame   the frame of the clip that shows it.
    """

    part: Part
    finger: str | None
    change: str
    z: float
    frame: int


def hint(reference: Reference, gloss: str, clip: Clip, taken_for: str | None = None) -> Hint | None:
    """The one thing to change in a landmark clip that should be `gloss`; None where nothing stands out.

    taken_for  the other sign that it was read as, if it was: what tells the two apart is looked at more closely.
    """
    seen = see(clip)
    if seen is None:
        return Hint("hand", None, "show", 0.0, 0)
    sign = reference.signs.get(gloss)
    if sign is None:
        return None
    values, frame = features(seen)
    other = reference.signs.get(taken_for) if taken_for is not None and taken_for != gloss else None
    return judge(sign, kindly(sign, values, bends(seen)), reference.limits, frame, other)


def kindly(sign: Sign, values: Floats, bent: Floats | None) -> Floats:
    """The features with each finger bent as it was when it was most like the sign: `bent` (4, 2), least and most."""
    if bent is None:
        return values
    found: Floats = values.copy()
    for finger, (least, most) in zip(LONG, bent, strict=True):
        middle = sign.median[_BENDS[finger]]
        if middle is not None:
            found[_BENDS[finger]] = min(max(middle, least), most)
    return found


def judge(
    sign: Sign, values: Floats, limits: dict[str, float], frame: int = 0, other: Sign | None = None
) -> Hint | None:
    """As `hint`, from the features of an attempt (F,)."""
    off = [_off(sign, float(v), i) for i, v in enumerate(values)]
    for part in PARTS:
        over: list[tuple[float, int]] = []
        for i, feature in enumerate(FEATURES):
            z = off[i]
            kind = _kind(sign, i, float(values[i]))
            if feature.part != part or z is None or kind not in limits or not _judged(sign, i):
                continue
            limit = limits[kind] * (_CONFUSED if _tells_apart(sign, other, i, float(values[i])) else 1.0)
            if abs(z) > limit:
                over.append((abs(z) / limit, i))
        if over:
            return _told(sign, values, off, over, frame)
    return None


def _off(sign: Sign, value: float, i: int) -> float | None:
    """How many spreads a value is from the sign's median; None where either is unknown."""
    middle, spread = sign.median[i], sign.spread[i]
    if middle is None or spread is None or math.isnan(value):
        return None
    return difference(value, middle, FEATURES[i].kind) / spread


def _judged(sign: Sign, i: int) -> bool:
    """Whether this feature can be asked of this sign."""
    feature = FEATURES[i]
    if feature.part == "thumb" and all((sign.median[_BENDS[f]] or 0.0) > _FIST for f in LONG):
        return False
    middle = sign.median[i]
    return feature.kind != "touch" or (middle is not None and middle < TOUCHING)


def _kind(sign: Sign, i: int, value: float) -> str:
    """Which limit holds for this value."""
    feature, middle = FEATURES[i], sign.median[i]
    if feature.kind == "bend" and middle is not None and min(value, middle) < STRAIGHT and max(value, middle) > BENT:
        return OPPOSITE
    return feature.kind


def _tells_apart(sign: Sign, other: Sign | None, i: int, value: float) -> bool:
    """Whether this feature differs between the sign and the one that it was taken for, and is the other's here."""
    middle, spread = sign.median[i], sign.spread[i]
    theirs = other.median[i] if other is not None else None
    if theirs is None or middle is None or spread is None:
        return False
    kind = FEATURES[i].kind
    nearer = abs(difference(value, theirs, kind)) < abs(difference(value, middle, kind))
    return nearer and abs(difference(theirs, middle, kind)) > 2 * spread


def _told(sign: Sign, values: Floats, off: list[float | None], over: list[tuple[float, int]], frame: int) -> Hint:
    _, i = max(over, key=lambda one: one[0])
    feature, z, middle = FEATURES[i], off[i] or 0.0, sign.median[i] or 0.0
    finger: str | None = None
    if feature.kind == "bend":
        change = _bent(middle, z)
        same = [
            j for _, j in over if FEATURES[j].kind == "bend" and _bent(sign.median[j] or 0.0, off[j] or 0.0) == change
        ]
        finger = feature.finger if len(same) < _MANY else None
    elif feature.kind == "touch":
        change, finger = "touch", feature.name.removeprefix("touch_")
    elif feature.part == "place":
        change = _where(sign, values, i)
    else:
        change = _CHANGES[feature.kind](middle, z)
    return Hint(feature.part, finger, change, round(abs(z), 2), frame)


def _bent(middle: float, z: float) -> str:
    if z > 0:
        return "straighten" if middle < STRAIGHT else "bend_less"
    return "bend" if middle > BENT else "bend_more"


def _point(middle: float, _: float) -> str:
    return "up" if abs(middle) < math.pi / 4 else "down" if abs(middle) > 3 * math.pi / 4 else "sideways"


def _facing(middle: float, _: float) -> str:
    return "palm_out" if middle > 0.5 else "palm_in" if middle < -0.5 else "palm_side"


def _spread(middle: float, z: float) -> str:
    if middle < _CROSSED:
        return "cross"
    return "together" if z > 0 else "apart"


_CHANGES: dict[str, Callable[[float, float], str]] = {
    "hands": lambda middle, _: "both" if middle > 0.5 else "one",
    "point": _point,
    "facing": _facing,
    "spread": _spread,
    "thumb_out": lambda _, z: "out" if z < 0 else "in",
    "drawn": lambda _, z: "larger" if z < 0 else "smaller",
    "size": lambda _, z: "larger" if z < 0 else "smaller",
    "turns": lambda _, z: "again" if z < 0 else "once",
}


def _where(sign: Sign, values: Floats, i: int) -> str:
    """When, and where to: "start_chin". The spot by name where the sign has one, else the way there."""
    _, axis, when = FEATURES[i].name.split("_")
    spot = _spot(sign, when)
    head = [values[_PLACES[f"head_{a}_{when}"]] for a in ("x", "y")]
    if spot is not None and math.hypot(head[0], head[1] - _SPOTS[spot]) > _NEAR:
        return f"{when}_{spot}"
    further = (sign.median[i] or 0.0) < float(values[i])
    ways = ("closer", "wider") if axis == "x" else ("higher", "lower")
    return f"{when}_{ways[0] if further else ways[1]}"


def _spot(sign: Sign, when: str) -> str | None:
    """The part of the head that the sign is made at; None where it is made elsewhere."""
    x, y = (sign.median[_PLACES[f"head_{axis}_{when}"]] for axis in ("x", "y"))
    if x is None or y is None:
        return None
    near = {name: math.hypot(x, y - at) for name, at in _SPOTS.items()}
    best = min(near, key=lambda name: near[name])
    return best if near[best] < _NEAR else None


_BENDS = {f.finger: i for i, f in enumerate(FEATURES) if f.kind == "bend"}
_PLACES = {f.name: i for i, f in enumerate(FEATURES) if f.part == "place"}
