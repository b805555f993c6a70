"""Which detected hand is the signer's left and which the right: geometry and labels, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["left", "right"]
Points = NDArray[np.float32]

# Two detections whose points lie closer than this share of the hand's own extent are one hand found twice.
SAME_HAND = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One detected hand.

    points  (21, 3) float32 in the picture's pixels, x right, y down, z on x's scale.
    side    the signer's own side, as the tracker believes.
    score   how sure the tracker is of the side, 0.5 to 1.
    """

    points: Points
    side: Side
    score: float

    @property
    def extent(self) -> float:
        """The longer side of the hand's box, px."""
        return float(np.ptp(self.points[:, :2], axis=0).max())


def distinct(hands: list[Hand]) -> list[Hand]:
    """The hands without second detections of the same one; the surer stays."""
    kept: list[Hand] = []
    for hand in sorted(hands, key=lambda h: -h.score):
        if all(_apart(hand, other) for other in kept):
            kept.append(hand)
    return kept


def _apart(a: Hand, b: Hand) -> bool:
    gap = float(np.median(np.linalg.norm(a.points[:, :2] - b.points[:, :2], axis=1)))
    return gap > SAME_HAND * max(a.extent, b.extent)


def sides(hands: list[Hand], wrists: dict[Side, NDArray[np.float32]] | None = None) -> dict[Side, Hand]:
    """The signer's left and right hand out of the detected ones.

    wrists  the pose's wrists by side, px (2,), where a body was seen: the nearer wrist then decides, for a wrist
            hangs on an arm and can't be mistaken as a hand's outline can.

    Without a body the label decides. Where two hands carry one label, the surer keeps it and the other takes the
    free place: a signer has one of each.
    """
    found = sorted(distinct(hands), key=lambda h: -h.score)[:2]
    if not found:
        return {}
    if wrists and (placed := _by_wrists(found, wrists)):
        return placed
    first = found[0]
    placed = {first.side: first}
    for other in found[1:]:
        placed[_opposite(first.side)] = other
    return placed


def _by_wrists(hands: list[Hand], wrists: dict[Side, NDArray[np.float32]]) -> dict[Side, Hand]:
    if len(wrists) < 2:
        return {}

    def far(hand: Hand, side: Side) -> float:
        return float(np.linalg.norm(hand.points[0, :2] - wrists[side]))

    if len(hands) == 1:
        hand = hands[0]
        near, wide = sorted((far(hand, "left"), far(hand, "right")))
        if wide - near < hand.extent / 2:
            return {}
        return {("left" if far(hand, "left") < far(hand, "right") else "right"): hand}
    a, b = hands
    straight = far(a, "left") + far(b, "right")
    crossed = far(a, "right") + far(b, "left")
    return {"left": a, "right": b} if straight <= crossed else {"left": b, "right": a}


def _opposite(side: Side) -> Side:
    return "right" if side == "left" else "left"
