"""Seen: what of a clip is judged: the signing hand and the body, in true proportions, as if the right hand signed.

Positions are in picture heights, x right, y down; NaN = not seen. web/src/engine/feedback/seen.ts does the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.landmarks import HAND_POINTS, HANDS, HANDS_POSE, POSE_POINTS, convert

Floats = NDArray[np.float64]

WRIST, INDEX, MIDDLE, LITTLE = (HAND_POINTS.index(name) for name in ("wrist", "index_mcp", "middle_mcp", "little_mcp"))
_NOSE, _LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_WRIST, _RIGHT_WRIST = (
    POSE_POINTS.index(f"{name}") for name in ("nose", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist")
)
# How far below the shoulders a hand may be and still be part of a sign, shoulder widths: at the belly, above the lap.
RAISED = 1.2
# Picture heights: shoulders nearer than this are no shoulders.
_SMALLEST = 1e-3


@dataclass(frozen=True)
class Seen:
    """A clip as it is judged.

    hand   (T, 21, 3) the signing hand; z is 0 where depth is unknown. Mirrored to a right hand's shape.
    frames (T,) which frames of the clip these are: those in which that hand is seen.
    times  (T,) s.
    body   the body it is placed against; None in a layout without one, or where no shoulders are seen.
    deep   whether the depth of the hand is known.
    """

    hand: Floats
    frames: NDArray[np.int64]
    times: Floats
    body: Body | None
    deep: bool


@dataclass(frozen=True)
class Body:
    """Where the hands are, in shoulder widths, x towards the signing hand's side and y down.

    palm   (T, 2) the middle of the signing hand's points, from the middle of the shoulders.
    head   (2,) the nose from there, over the clip; NaN where it is not seen.
    other  (T,) whether the other hand is raised too.
    """

    palm: Floats
    head: Floats
    other: NDArray[np.bool_]


def see(clip: Clip) -> Seen | None:
    """What is judged of a landmark clip; None where no hand is seen whole in any frame."""
    assert clip.landmarks is not None and clip.layout is not None
    layout = HANDS_POSE if clip.layout == HANDS_POSE.name else HANDS
    points = convert(clip.landmarks, clip.layout, layout.name).astype(np.float64)
    points = points * [clip.aspect, 1.0, clip.aspect]
    hands = [points[:, layout.part(name)] for name in ("left_hand", "right_hand")]
    there = [np.asarray(~np.isnan(hand[..., :2]).any(axis=(1, 2))) for hand in hands]
    pose = points[:, layout.part("pose")] if layout is HANDS_POSE else None
    frame = _shoulders(pose)
    lead = _leading(hands, there, pose, frame)
    frames = np.flatnonzero(there[lead])
    if len(frames) == 0:
        return None
    hand = hands[lead][frames]
    deep = bool((np.ptp(hand[..., 2], axis=1) > _SMALLEST).all())  # NaN: no
    hand = np.where(np.isnan(hand), 0.0, hand)
    body = None if pose is None or frame is None else _body(hands, there, pose, frame, lead)
    return Seen(_right(hand), frames, clip.times[frames] - clip.times[0], body, deep)


def _right(hand: Floats) -> Floats:
    """The hand with x turned so that its wrist and knuckles stand as a right palm's do, frame by frame.

    A left palm and a right hand's back look alike, and are made alike: no tracker's label is asked.
    """
    index, little = hand[:, INDEX, :2] - hand[:, WRIST, :2], hand[:, LITTLE, :2] - hand[:, WRIST, :2]
    turned = index[:, 0] * little[:, 1] - index[:, 1] * little[:, 0]
    return np.asarray(hand * np.where(turned > 0, -1.0, 1.0)[:, None, None] ** [1, 0, 0])


def _shoulders(pose: Floats | None) -> tuple[Floats, float] | None:
    """The middle of the shoulders (2,) and their width over the clip; None where they are never both seen."""
    if pose is None:
        return None
    left, right = pose[:, _LEFT_SHOULDER, :2], pose[:, _RIGHT_SHOULDER, :2]
    both = ~np.isnan(left + right).any(axis=1)
    if not both.any():
        return None
    width = float(np.median(np.hypot(*(left - right)[both].T)))
    return np.median((left + right)[both] / 2, axis=0), max(width, _SMALLEST)


def _leading(
    hands: list[Floats], there: list[NDArray[np.bool_]], pose: Floats | None, frame: tuple[Floats, float] | None
) -> int:
    """0 where the left hand signs, 1 where the right one does: it is seen longer, and held higher (models.body)."""
    seen = [float(t.sum()) for t in there]
    height = [float(h[t, WRIST, 1].mean()) if t.any() else 0.0 for h, t in zip(hands, there, strict=True)]
    if pose is None or frame is None:
        return int(seen[1] > seen[0] or (seen[1] == seen[0] and height[1] <= height[0]))
    centre, width = frame
    frames = max(1.0, float((there[0] | there[1]).sum()))
    scores = []
    for hand, t, wrist in zip(hands, there, (_LEFT_WRIST, _RIGHT_WRIST), strict=True):
        y = np.where(t, hand[:, WRIST, 1], pose[:, wrist, 1])
        up = np.clip((centre[1] - y) / width + 1.5, 0.0, 2.5)[~np.isnan(y)]
        scores.append(t.sum() / frames + (up.mean() if len(up) else 0.0))
    return int(scores[1] >= scores[0])


def _body(
    hands: list[Floats], there: list[NDArray[np.bool_]], pose: Floats, frame: tuple[Floats, float], lead: int
) -> Body:
    centre, width = frame
    frames = there[lead]
    # Seen from the front, the signer's right is at smaller x: towards the signing hand's side is positive.
    side = np.array([1.0 if lead == 0 else -1.0, 1.0]) / width
    palm = (hands[lead][frames][..., :2].mean(axis=1) - centre) * side
    nose = pose[:, _NOSE, :2]
    seen = ~np.isnan(nose).any(axis=1)
    head = (np.median(nose[seen], axis=0) - centre) * side if seen.any() else np.full(2, np.nan)
    other = np.where(there[1 - lead], hands[1 - lead][:, WRIST, 1], pose[:, (_RIGHT_WRIST, _LEFT_WRIST)[lead], 1])
    raised = (other - centre[1]) / width < RAISED  # NaN: not raised
    return Body(palm, head, raised[frames])
