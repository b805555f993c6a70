"""Hands: letters and digits as diagrams of one right hand; a still, or the short movement of J and Z."""

from __future__ import annotations

import numpy as np

from deepsign.clip import Clip
from deepsign.landmarks import FINGERS, HAND_POINTS, HANDS, HANDS_POSE, convert, shows_a_hand
from deepsign.problems import InputError
from deepsign.tutoring.smooth import RATE, Diagram, Floats, evenly, in_heights, span, without_leap

# In the common framing the palm (wrist to knuckles, depth counted) is so long, as a fraction of a square picture. An
# open hand is a little more than twice as long as its palm.
PALM = 0.3
_KNUCKLES = [HAND_POINTS.index(f"{finger}_mcp") for finger in FINGERS[1:]]
_RIGHT = HANDS_POSE.part("right_hand")


def hand_diagram(clip: Clip, aspect: float | None = None, tempo: float = 1.0, flip: bool = False) -> Diagram:
    """A clip or still of one hand as a diagram of layout hands; InputError where no hand is seen.

    aspect, tempo  as in `smooth.diagram`.
    flip           the collection shows left hands, or mirrored pictures of right ones.
    """
    points = in_heights(clip, aspect or clip.aspect)
    if not shows_a_hand(points.astype(np.float32), HANDS_POSE.name):
        raise InputError(f"{clip.source}: no hand is seen in it; take another")
    if leads_left(clip):
        points[:, _RIGHT] = points[:, HANDS_POSE.part("left_hand")]
    points[:, : _RIGHT.start] = np.nan
    if flip:
        points[..., 0] *= -1
    times = clip.times * tempo
    if len(clip) > 1:
        points, times = without_leap(points, times, 2 * _palm(points))
        points, times = span(points, times, ("right",))
        points = evenly(points, times, ("right",))
    return Diagram(_framed(points, clip.source), ("right",), None)


def leads_left(clip: Clip) -> bool:
    """Whether more of the clip's frames show the hand that the tracker calls left."""
    assert clip.landmarks is not None and clip.layout is not None
    hands = convert(clip.landmarks, clip.layout, HANDS.name)
    left, right = (int((~np.isnan(hands[:, HANDS.part(f"{side}_hand").start, 0])).sum()) for side in ("left", "right"))
    return left > right


def _palm(points: Floats) -> float:
    """The palm's length; depth counts, so that a hand that points at the camera is not drawn as a giant's."""
    hand = points[:, _RIGHT]
    away = hand[:, _KNUCKLES] - hand[:, :1]
    if np.isnan(away[..., 2]).all():
        away = away[..., :2]
    return float(np.nanmedian(np.linalg.norm(away, axis=-1)))


def _framed(points: Floats, source: str) -> Clip:
    scale = PALM / _palm(points)
    hand = points[:, _RIGHT, :2]
    middle = (np.nanmin(hand, axis=(0, 1)) + np.nanmax(hand, axis=(0, 1))) / 2
    out = points * scale
    out[..., :2] = (points[..., :2] - middle) * scale + 0.5
    landmarks = convert(out.astype(np.float32), HANDS_POSE.name, HANDS.name)
    return Clip.from_landmarks(landmarks, HANDS.name, times=np.arange(len(out)) / RATE, aspect=1.0, source=source)
