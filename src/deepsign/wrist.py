"""Wrist: one wrist's way through a stream: where it was, since when it is still, lifted or out of sight.

Positions are in picture heights (x · aspect, y), times in s. The thresholds are `deepsign.boundaries`'.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import hypot

XY = tuple[float, float]
Step = tuple[float, float, float]  # time, x, y

# Times are compared with this slack, s: sums of frame times are never exact.
EPSILON = 1e-6
# A hand that is lost was still there for at most this long after its last frame, s; longer, and frames are missing.
_FRAME = 0.1


class Wrist:
    """Takes one frame after another; knows the last `memory` s.

    The hand's own wrist is taken where it is seen, else the body's, moved by how far the two last were apart, so that
    a hand lost for a moment doesn't leap.

    way      the frames in which it was seen.
    home     where it last rested; None: out of the picture.
    settled  whether it rests now; kept while it is out of sight for a moment.
    away     since when it is away from home, s; None: it isn't.
    up       since when it is in the signing space, s; None: it isn't.
    """

    def __init__(self, memory: float) -> None:
        self.way: deque[Step] = deque()
        self.home: XY | None = None
        self.settled = False
        self.away: float | None = None
        self.up: float | None = None
        self._memory = memory
        self._gone: float | None = None
        self._apart: XY = (0.0, 0.0)

    @property
    def seen(self) -> bool:
        """Whether the last frame showed it."""
        return bool(self.way) and self._gone is None

    def see(self, at: float, hand: XY | None, body: XY | None) -> None:
        """A frame's wrist as the hand's and as the body's tracker have it; None: not seen."""
        if hand is not None and body is not None:
            self._apart = (hand[0] - body[0], hand[1] - body[1])
        if hand is None and body is not None:
            hand = (body[0] + self._apart[0], body[1] + self._apart[1])
        if hand is None:
            self._gone = at if self._gone is None else self._gone
            return
        self._gone = None
        self.way.append((at, *hand))
        while self.way[0][0] < at - self._memory:
            self.way.popleft()

    def out(self, at: float, span: float) -> bool:
        """Whether frames have shown no wrist for `span` s, or none ever did. Frames that never came don't count."""
        if not self.way:
            return True
        if self._gone is None:
            return False
        return at - max(self.way[-1][0], self._gone - _FRAME) >= span - EPSILON

    def last(self, span: float, at: float) -> list[Step]:
        """Its way through the last `span` s, whole: where it was at its beginning is taken from the frames around."""
        recent: list[Step] = []
        begin = at - span
        for step in reversed(self.way):
            if step[0] <= begin + EPSILON:
                recent.append(_between(step, recent[-1], begin) if recent else step)
                break
            recent.append(step)
        return recent[::-1]

    def within(self, radius: float, span: float, at: float) -> bool:
        """Whether it kept to a circle for `span` s; False where too little was seen to say."""
        recent = self.last(span, at)
        if len(recent) < 3 or recent[0][0] > at - span + EPSILON:
            return False
        x, y = middle(recent)
        return all(hypot(px - x, py - y) <= radius for _, px, py in recent)

    def from_home(self, step: Step) -> float:
        """How far this step is from home, in picture heights; infinite where home is out of the picture."""
        return hypot(step[1] - self.home[0], step[2] - self.home[1]) if self.home else float("inf")

    def left_home(self, radius: float, before: float) -> float:
        """When it was last within `radius` of home before this time, or first seen where it never was, s."""
        earlier = (s[0] for s in reversed(self.way) if s[0] < before and self.from_home(s) <= radius)
        return next(earlier, self.way[0][0])

    def arrived(self, radius: float, span: float, at: float) -> float:
        """Since when it is within `radius` of where it was for the last `span` s, s."""
        x, y = middle(self.last(span, at))
        since = at
        for t, px, py in reversed(self.way):
            if hypot(px - x, py - y) > radius:
                break
            since = t
        return since

    def since(self, start: float) -> list[Step]:
        """Its way from this time on."""
        return [step for step in self.way if step[0] >= start - EPSILON]


def _between(before: Step, after: Step, at: float) -> Step:
    share = max(0.0, (at - before[0]) / (after[0] - before[0]))
    return at, before[1] + share * (after[1] - before[1]), before[2] + share * (after[2] - before[2])


def middle(way: Sequence[Step]) -> XY:
    """The mean place of a way."""
    return sum(x for _, x, _ in way) / len(way), sum(y for _, _, y in way) / len(way)
