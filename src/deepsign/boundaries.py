"""Boundaries: where each sign begins and ends in a stream of landmarks, told by how the wrists move.

    WAIT → READY     shoulders seen, and the hands at rest (still, or out of the picture) for `REST`
         → SIGNING   a wrist faster than `START_SPEED` for `START_TIME`, or a hand come into the signing space
         → DONE      every hand still for `STILL` or out of the picture for `OUT`, or `LONGEST` is over

From DONE the next movement begins the next sign, so hands need not sink to rest between two. Lengths are shoulder
widths, times seconds; nothing counts frames. A frame without a hand is an observation, a frame that never came is none:
only the first lets a hand be "out".

The app's plan asked for 0.35 s of stillness and for a verdict within 0.3 s of the end, which exclude each other. The
verdict is what a learner feels: 0.25 s keeps it, and finds as many signs (docs/results/boundaries.json has both).
The page will run the same rules in TypeScript; both are tested against tests/golden/boundaries.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from math import exp, hypot, isnan

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HANDS_POSE
from deepsign.wrist import EPSILON, XY, Wrist, middle

# Times in s. REST, START_TIME, OUT, LONGEST and SHORTEST are the learner's app's plan; STILL is explained above.
REST = 0.3
START_TIME = 0.1
STILL = 0.25
OUT = 0.25
LONGEST = 4.0
SHORTEST = 0.35
# Speeds in shoulder widths/s, the app's plan. A wrist slower than STILL_SPEED for 0.25 s keeps to a circle of this
# radius. Trackers shake a resting hand by 0.005 to 0.02 in that time (28 webcam collections), well inside it.
START_SPEED = 0.6
STILL_SPEED = 0.3
STILL_RADIUS = STILL_SPEED * 0.25 / 2
# Hands that lie low are never quite still: so far they may stir and yet be at rest. A guess, twice a twitching finger.
STIR_RADIUS = 0.1
# The signing space ends this far below the shoulders, a little below the elbow of a hanging arm: a hand in it is one
# that was lifted. In the webcam collections resting wrists are at 1.1 to 1.6, signing ones mostly at 0.0 to 0.7.
SPACE = 1.0
# A speed is the slope of a line through the last SLOPE s: at 30 fps a shake of 0.02 gives 0.1/s, not START_SPEED.
SLOPE = 0.2
# A sign's beginning is looked for at most this long before it was noticed, s.
LOOK_BACK = 1.0
# A hand that never goes this far from where it was held has not signed.
SMALLEST = 0.15
# Hands that go straight down from where they were held are put away: the longest time, s, and the way's length over
# the straight one's. An arm's own arc is 1.1 times as long.
PUT_AWAY = 0.8
DETOUR = 1.3
# The shoulder width follows the tracker with this time constant, s: a breath or a turn doesn't change the unit.
UNIT_TIME = 1.0

# The points that are looked at: both shoulders; for each side the hand's own wrist and the body's.
SHOULDERS = tuple(HANDS_POSE.index[f"pose.{side}_shoulder"] for side in ("left", "right"))
WRISTS = tuple(
    (HANDS_POSE.index[f"{side}_hand.wrist"], HANDS_POSE.index[f"pose.{side}_wrist"]) for side in ("left", "right")
)


class State(str, Enum):
    """Where in a sign the stream is."""

    WAIT = "wait"
    READY = "ready"
    SIGNING = "signing"
    DONE = "done"


@dataclass(frozen=True)
class Span:
    """A sign's time in the stream, s.

    start    the first movement, looked back for.
    end      where movement ended; where the hand stays up, the hold so far belongs to the sign.
    decided  the frame that showed that it is over.
    held     the hand stayed up.
    """

    start: float
    end: float
    decided: float
    held: bool


class Boundaries:
    """Takes frames in time order and gives each sign's span once it is over.

    aspect     width / height of the picture.
    recording  the stream is a recording, which may begin in the middle of a sign: nothing has to rest first.
    still      seconds of stillness that end a sign.
    """

    def __init__(self, aspect: float, recording: bool = False, still: float = STILL) -> None:
        self.state = State.READY if recording else State.WAIT
        self._aspect = aspect
        self._still = still
        self._wrists = tuple(Wrist(LONGEST + LOOK_BACK) for _ in WRISTS)
        self._unit = 0.0  # the shoulder width, picture heights; 0: no shoulders yet
        self._floor = 0.0  # where the signing space ends, picture heights from the top
        self._shoulders_at = -1.0
        self._now = 0.0
        self._start = 0.0
        self._free = -float("inf")  # the end of the last span: the next one doesn't begin before it
        self._lifted = False

    def feed(self, landmarks: NDArray[np.float32], at: float) -> Span | None:
        """One frame's landmarks (75, 3) of layout hands_pose, NaN where not seen, at `at` s; the span that it ended."""
        self._now = at
        self._see_shoulders(landmarks)
        for wrist, (hand, body) in zip(self._wrists, WRISTS, strict=True):
            wrist.see(at, self._point(landmarks[hand]), self._inside(landmarks[body]))
        if not self._unit:
            return None
        for wrist in self._wrists:
            self._judge(wrist)
        if self.state is State.SIGNING:
            return self._sign()
        self._rest()
        return None

    def finish(self) -> Span | None:
        """The sign that was going on when the stream ended, if any."""
        return self._done() if self.state is State.SIGNING else None

    def _see_shoulders(self, landmarks: NDArray[np.float32]) -> None:
        left, right = (self._point(landmarks[i]) for i in SHOULDERS)
        if left is None or right is None:
            return
        width = hypot(left[0] - right[0], left[1] - right[1])
        floor = (left[1] + right[1]) / 2 + SPACE * (self._unit or width)
        share = 1 - exp(-(self._now - self._shoulders_at) / UNIT_TIME) if self._unit else 1.0
        self._unit += share * (width - self._unit)
        self._floor += share * (floor - self._floor)
        self._shoulders_at = self._now

    def _point(self, point: NDArray[np.float32]) -> XY | None:
        x, y = float(point[0]), float(point[1])
        return None if isnan(x) or isnan(y) else (x * self._aspect, y)

    def _inside(self, point: NDArray[np.float32]) -> XY | None:
        """The body's tracker goes on guessing outside of the picture; such a wrist isn't seen."""
        return self._point(point) if 0 <= point[0] <= 1 and 0 <= point[1] <= 1 else None

    def _judge(self, wrist: Wrist) -> None:
        at = self._now
        if wrist.out(at, OUT):
            wrist.settled, wrist.fast, wrist.up = True, None, None
        elif wrist.seen:
            wrist.settled = wrist.within(self._radius(wrist, self._still), self._still, at)
            wrist.up = _since(wrist.up, wrist.way[-1][2] < self._floor, at)
            wrist.fast = _since(wrist.fast, wrist.speed(SLOPE, at) > START_SPEED * self._unit, at)

    def _radius(self, wrist: Wrist, span: float) -> float:
        """How far the wrist may stir and yet be still: a hand that was low all the time may stir more."""
        low = all(y > self._floor for _, _, y in wrist.last(span, self._now))
        return (STIR_RADIUS if low else STILL_RADIUS) * self._unit

    def _rest(self) -> None:
        at = self._now
        moving = [w for w in self._wrists if w.seen and self._sets_out(w)]
        if moving and self.state is not State.WAIT:
            begun = min(w.left_home(self._home_radius(w)) for w in moving)
            self.state, self._lifted = State.SIGNING, False
            self._start = max(begun, at - LOOK_BACK, self._free)
            return
        if self._shoulders_at == at and all(self._rests(w) for w in self._wrists):
            self.state = State.READY
        self._go_home()

    def _sets_out(self, wrist: Wrist) -> bool:
        enters = wrist.home is None or wrist.home[1] >= self._floor
        since = (wrist.fast, wrist.up if enters else None)
        return any(s is not None and self._now - s >= START_TIME - EPSILON for s in since)

    def _rests(self, wrist: Wrist) -> bool:
        if not wrist.seen:
            return wrist.settled
        return wrist.within(self._radius(wrist, REST), REST, self._now)

    def _go_home(self) -> None:
        for wrist in self._wrists:
            if wrist.out(self._now, OUT):
                wrist.home = None
                wrist.way.clear()
            elif wrist.seen and wrist.settled:
                wrist.home = middle(wrist.last(self._still, self._now))

    def _home_radius(self, wrist: Wrist) -> float:
        low = wrist.home is not None and wrist.home[1] >= self._floor
        return (STIR_RADIUS if low else STILL_RADIUS) * self._unit

    def _at_home(self, wrist: Wrist) -> bool:
        if not wrist.seen:
            return wrist.home is None
        return wrist.from_home(wrist.way[-1]) <= self._home_radius(wrist)

    def _sign(self) -> Span | None:
        self._lifted |= any(w.up is not None for w in self._wrists)
        if not self._lifted and all(self._at_home(w) for w in self._wrists):
            self._start = self._now  # hands that only stirred: the sign is yet to begin
        if all(w.settled for w in self._wrists):
            return self._done()
        return self._done() if self._now - self._start >= LONGEST - EPSILON else None

    def _done(self) -> Span | None:
        """Leaves SIGNING; the span, if what moved was a sign."""
        at, settled = self._now, all(w.settled for w in self._wrists)
        moved = [w for w in self._wrists if self._moved(w)]
        held = settled and any(w.up is not None for w in moved)
        end = at if held else max((self._ended(w) for w in moved), default=at)
        sign = self._lifted and bool(moved) and end - self._start >= SHORTEST - EPSILON
        if not sign or all(self._put_away(w) for w in moved):
            self.state = State.READY if settled else State.WAIT
            self._go_home()
            return None
        self.state = State.DONE if settled else State.WAIT
        self._go_home()
        self._free = end
        return Span(self._start, end, at, held)

    def _moved(self, wrist: Wrist) -> bool:
        farthest = max((wrist.from_home(step) for step in wrist.since(self._start)), default=0.0)
        return farthest > SMALLEST * self._unit

    def _ended(self, wrist: Wrist) -> float:
        if wrist.settled and wrist.seen:
            return wrist.arrived(self._radius(wrist, self._still), self._still, self._now)
        return wrist.way[-1][0]

    def _put_away(self, wrist: Wrist) -> bool:
        """Whether the wrist went straight down from where it was held, out of the signing space."""
        if wrist.home is None or wrist.home[1] >= self._floor or wrist.up is not None:
            return False
        ended = self._ended(wrist)
        way = [step for step in wrist.since(self._start) if step[0] <= ended]
        straight = hypot(way[-1][1] - way[0][1], way[-1][2] - way[0][2])
        length = sum(hypot(b[1] - a[1], b[2] - a[2]) for a, b in pairwise(way))
        return ended - self._start <= PUT_AWAY and length <= DETOUR * straight


def _since(before: float | None, now_true: bool, at: float) -> float | None:
    """Since when something is true, s; None while it isn't."""
    if not now_true:
        return None
    return at if before is None else before


def spans(
    landmarks: NDArray[np.float32], times: NDArray[np.float64], aspect: float, still: float = STILL
) -> list[Span]:
    """Every sign of a recording: landmarks (T, 75, 3) of layout hands_pose at these times (T,) in s."""
    machine = Boundaries(aspect, recording=True, still=still)
    found = [span for points, t in zip(landmarks, times, strict=True) if (span := machine.feed(points, float(t)))]
    last = machine.finish()
    return [*found, last] if last else found
