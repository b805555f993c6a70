"""Features: what can be said about a hand and a movement, as numbers that people of all sizes share.

Angles are in radians, lengths in palms (wrist to the middle finger's knuckle) or, for places, in shoulder widths.
NaN = can't be judged. web/src/engine/feedback/features.ts does the same; tests/golden/feedback.json holds both to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepsign.feedback.seen import INDEX, LITTLE, MIDDLE, WRIST, Floats, Seen
from deepsign.landmarks import FINGERS, HAND_POINTS

Part = Literal["hand", "orientation", "fingers", "thumb", "movement", "place"]
LONG = FINGERS[1:]  # index, middle, ring, little
NEIGHBOURS = tuple(pairwise(LONG))
WINDOWS = ("start", "middle", "end")
# A finger bent by less than this (rad, both outer joints together) has a direction that says how it is spread.
STRAIGHT = 0.8
# Of a sign that moves, the frames in which a finger is bent most and least: this share at either end shows the
# tracker's slips as well, and is not looked at.
_SLIPS = 0.2


@dataclass(frozen=True)
class Feature:
    """What one number says.

    name    its key in reference.json.
    part    what of the sign it belongs to.
    kind    features of one kind are alike, and share what is known of how people differ.
    finger  the finger that it names, if it names one.
    floor   the least spread that is believed, in its own unit: what a webcam's hands are off by.
    """

    name: str
    part: Part
    kind: str
    finger: str | None
    floor: float


# The floors: a joint's angle is off by about 22° = 0.38 rad (LEARNER.md), a finger's two joints partly the same way.
HAND_FEATURES = (
    Feature("point", "orientation", "point", None, 0.2),
    Feature("facing", "orientation", "facing", None, 0.15),
    *(Feature(f"bend_{finger}", "fingers", "bend", finger, 0.25) for finger in LONG),
    *(Feature(f"spread_{a}_{b}", "fingers", "spread", None, 0.06) for a, b in NEIGHBOURS),
    Feature("thumb_out", "thumb", "thumb_out", "thumb", 0.15),
    *(Feature(f"touch_{finger}", "thumb", "touch", "thumb", 0.1) for finger in LONG),
)
# How far the hand or a fingertip travels, in palms: for handshapes that move (J, Z), seen without a body.
DRAWN = Feature("drawn", "movement", "drawn", None, 0.3)
BODY_FEATURES = (
    Feature("hands", "hand", "hands", None, 0.15),
    Feature("size", "movement", "size", None, 0.1),
    Feature("turns", "movement", "turns", None, 0.3),
    *(
        Feature(f"{anchor}_{axis}_{when}", "place", f"{anchor}_{axis}", None, 0.1)
        for when in WINDOWS
        for anchor in ("head", "body")
        for axis in ("x", "y")
    ),
)
FEATURES = (*HAND_FEATURES, DRAWN, *BODY_FEATURES)
NAMES = tuple(f.name for f in FEATURES)
_TIPS = tuple(HAND_POINTS.index(f"{finger}_tip") for finger in LONG)
_JOINTS = ("mcp", "pip", "dip", "tip")
_THUMB = HAND_POINTS.index("thumb_tip")
_DRAWING = (WRIST, _THUMB, _TIPS[0], _TIPS[3])
_TINY = 1e-6


def features(seen: Seen) -> tuple[Floats, int]:
    """All FEATURES of a clip (F,), and the frame of the clip (its index) that shows the hand's shape best.

    A hand's features are the medians over the middle half of the frames in which it is seen, its times taken as they
    are, for a hand on its way up or down is not yet, or no longer, in its shape. Where fewer than three frames are
    there, nothing moves, and movement is NaN.
    """
    share, middle = _shares(seen)
    each = hand_features(seen.hand[middle], seen.deep)
    typical = middling(each)
    drawn = _drawn(seen.hand) if len(share) > 2 and seen.body is None else np.nan
    found = np.concatenate([typical, [drawn], _body_features(seen, share)])
    return found, int(seen.frames[middle][_nearest(each, typical)])


def bends(seen: Seen) -> Floats | None:
    """How far each finger is bent at least and at most while a sign is made, (4, 2); None for a hand without a body.

    In signs that move, fingers open and close: what a finger was for a fifth of the middle half, it was.
    """
    if seen.body is None:
        return None
    _, middle = _shares(seen)
    each = np.sort(np.stack([_bend(seen.hand[middle], finger) for finger in LONG], axis=1), axis=0)
    slips = int(_SLIPS * (len(each) - 1))
    return np.stack([each[slips], each[len(each) - 1 - slips]], axis=1)


def _shares(seen: Seen) -> tuple[Floats, NDArray[np.bool_]]:
    """How far through the clip each frame is, 0 … 1, and which frames are its middle half."""
    start, end = float(seen.times[0]), float(seen.times[-1])
    share = (seen.times - start) / max(end - start, _TINY)
    middle = (share >= 0.25) & (share <= 0.75) if len(share) > 2 else np.ones(len(share), dtype=bool)
    if not middle.any():
        middle[len(share) // 2] = True
    return share, middle


def hand_features(hand: Floats, deep: bool) -> Floats:
    """(T, 21, 3) hands of right-hand shape → (T, len(HAND_FEATURES))."""
    wrist = hand[:, WRIST]
    up = hand[:, MIDDLE] - wrist
    palm = np.maximum(_length(up), _TINY)
    across = hand[:, INDEX] - hand[:, LITTLE]
    wide = np.maximum(_length(across), _TINY)
    bends = np.stack([_bend(hand, finger) for finger in LONG], axis=1)
    thumb = hand[:, _THUMB]
    columns = [
        np.arctan2(up[:, 0], -up[:, 1]),
        _facing(hand) if deep else np.full(len(hand), np.nan),
        *bends.T,
        *(_spread(hand, bends, i, up / palm[:, None], across / wide[:, None]) for i in range(3)),
        _dot(thumb - hand[:, INDEX], across) / wide**2,
        *(_length(thumb - hand[:, tip]) / palm for tip in _TIPS),
    ]
    return np.stack(columns, axis=1)


def middling(each: Floats) -> Floats:
    """The median of each feature over frames (T, F) → (F,); NaN where most frames don't show it."""
    out = np.full(each.shape[1], np.nan)
    for i, column in enumerate(each.T):
        known = np.sort(column[~np.isnan(column)])
        if len(known) and 2 * len(known) >= len(column):
            out[i] = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
    return out


def _nearest(each: Floats, typical: Floats) -> int:
    """The frame whose features are nearest to the typical ones, each in units of its floor."""
    floors = np.array([f.floor for f in HAND_FEATURES])
    off = np.abs(each - typical) / floors
    return int(np.argmin(np.where(np.isnan(off), 0.0, np.minimum(off, 10.0)).sum(axis=1)))


def _bend(hand: Floats, finger: str) -> Floats:
    """How far the two outer joints are bent together, rad: 0.2 in a straight finger, 2.6 in a fist."""
    knuckle, middle, outer, tip = (hand[:, HAND_POINTS.index(f"{finger}_{joint}")] for joint in _JOINTS)
    return _angle(middle - knuckle, outer - middle) + _angle(outer - middle, tip - outer)


def _facing(hand: Floats) -> Floats:
    """1 where the palm looks at the camera, 0 sideways, −1 where the back does.

    Fingers bend towards the palm, never away from it: which way all their joints turn tells palm and back apart.
    """
    normal = np.cross(hand[:, INDEX] - hand[:, WRIST], hand[:, LITTLE] - hand[:, WRIST])
    flat = np.abs(normal[:, 2]) / np.maximum(_length(normal), _TINY)
    across = hand[:, INDEX] - hand[:, LITTLE]
    across = across / np.maximum(_length(across), _TINY)[:, None]
    turned = np.zeros(len(hand))
    for finger in LONG:
        chain = hand[:, [WRIST, *(HAND_POINTS.index(f"{finger}_{joint}") for joint in _JOINTS)]]
        bones = np.diff(chain, axis=1)
        for inner, outer in zip(bones.swapaxes(0, 1), bones.swapaxes(0, 1)[1:], strict=False):
            turned = turned + np.arctan2(_dot(np.cross(inner, outer), across), _dot(inner, outer))
    return np.asarray(np.sign(turned) * flat)


def _spread(hand: Floats, bends: Floats, i: int, up: Floats, across: Floats) -> Floats:
    """The angle between neighbours in the palm's plane, rad, negative where crossed; NaN unless both are straight."""

    def direction(finger: str) -> Floats:
        way = hand[:, HAND_POINTS.index(f"{finger}_tip")] - hand[:, HAND_POINTS.index(f"{finger}_mcp")]
        return np.arctan2(_dot(way, across), _dot(way, up))

    a, b = NEIGHBOURS[i]
    angle = _around(direction(a) - direction(b))
    return np.where((bends[:, i] < STRAIGHT) & (bends[:, i + 1] < STRAIGHT), angle, np.nan)


def _drawn(hand: Floats) -> float:
    """The farthest that the wrist or a drawing fingertip got, corner to corner, in palms."""
    palm = float(np.median(np.maximum(_length(hand[:, MIDDLE] - hand[:, WRIST]), _TINY)))
    boxes = np.ptp(hand[:, _DRAWING, :2], axis=0)
    return float(np.hypot(boxes[:, 0], boxes[:, 1]).max()) / palm


def _body_features(seen: Seen, share: Floats) -> Floats:
    body = seen.body
    if body is None or len(share) < 3:
        return np.full(len(BODY_FEATURES), np.nan)
    box = np.ptp(body.palm, axis=0)
    size = float(np.hypot(box[0], box[1]))
    steps = np.diff(body.palm, axis=0)
    path = float(np.hypot(steps[:, 0], steps[:, 1]).sum())
    out = [float(body.other.mean()), size, path / max(size, 0.05)]
    for begin in (0.0, 1 / 3, 2 / 3):
        part = body.palm[(share >= begin - _TINY) & (share <= begin + 1 / 3 + _TINY)]
        at = np.median(part, axis=0) if len(part) else np.full(2, np.nan)
        out += [*(at - body.head), *at]
    return np.array(out)


def _around(angle: Floats) -> Floats:
    """The angle between −π and π."""
    return np.arctan2(np.sin(angle), np.cos(angle))


def _angle(a: Floats, b: Floats) -> Floats:
    return np.arctan2(_length(np.cross(a, b)), _dot(a, b))


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray((a * b).sum(axis=-1))


def _length(a: Floats) -> Floats:
    return np.asarray(np.sqrt((a * a).sum(axis=-1)))
