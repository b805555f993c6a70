"""Boundaries: where each sign begins and ends in a stream of landmarks, told by how the wrists move.

    WAIT → READY     shoulders seen, and the hands at rest (still, or out of the picture) for `REST`
         → SIGNING   a hand come into the signing space, or away from where it was held there, for `START_TIME`
         → DONE      every hand still for `STILL` or out of the picture for `OUT`, or `LONGEST` is over

From DONE the next movement begins the next sign, so hands need not sink to rest between two. Lengths are shoulder
widths, times seconds; nothing counts frames. A frame without a hand is an observation, a frame that never came is none:
only the first lets a hand be "out".

The app's plan asked for 0.35 s of stillness and for a verdict within 0.3 s of the end, which exclude each other. 0.25 s
keeps the verdict. Many signers hold a sign as long before its own movement (HELLO at the brow), so a movement that goes
on within `PAUSE` belongs to the same sign: the verdict comes soon, and a second span with the same start revises it.
docs/results/boundaries.json has other stillnesses beside. The page runs the same rules in TypeScript; both are
tested against tests/golden/boundaries.json.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
# The plan begins a sign at 0.6 shoulder widths/s for START_TIME, and ends it below 0.3/s. Both are asked as distances,
# which a shaking tracker spoils less than speeds: so far away from where the hand rested; within a circle of this
# radius. 0.3/s would make it 0.0375; 0.03 cuts fewer signs at their inner holds, and trackers shake a resting hand by
# no more than 0.005 to 0.02 in 0.27 s (28 webcam collections).
AWAY = 0.6 * START_TIME
STILL_RADIUS = 0.03
# Hands that lie low are never quite still: so far they may stir and yet be at rest. Not measured.
STIR_RADIUS = 0.1
# The signing space ends this far below the shoulders, a little below the elbow of a hanging arm: a hand in it is one
# that was lifted. In the webcam collections resting wrists are at 1.1 to 1.6, signing ones mostly at 0.0 to 0.7.
SPACE = 1.0
# A sign's beginning is looked for at most this long before it was noticed, s.
LOOK_BACK = 1.0
# A hand that never goes this far from where it rested has not signed.
SMALLEST = 0.1
# Hands that go straight down from where they were held are put away: the longest time, s, and the way's length over
# the straight one's. An arm's own arc is 1.1 times as long.
PUT_AWAY = 0.7
DETOUR = 1.2
# A sign goes on where its movement does within this time after it stopped, s. In the webcam collections, where each
# clip is one sign, 0.45 leaves 6 % of clips in pieces; without it 22 % are.
PAUSE = 0.45
# So much of a hold belongs to the sign, s: what a fingerspelled letter needs to count (`deepsign.stream.HOLD`).
HOLD = 0.5
# After so long without a frame, s, what comes is another stream.
BLIND = 1.0
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
    stopped  where movement ended.
    decided  the frame that showed that it is over.
    held     the hand stayed up: another span with the same start may revise this one.
    """

    start: float
    end: float
    stopped: float
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
        self._wrists = _wrists()
        self._unit = 0.0  # the shoulder width, picture heights; 0: no shoulders yet
        self._floor = 0.0  # where the signing space ends, picture heights from the top
        self._shoulders_at = -1.0
        self._now = 0.0
        self._start = 0.0
        self._set_off = 0.0  # when the movement began; later than the sign's start where it goes on after a pause
        self._last: Span | None = None

    def feed(self, landmarks: NDArray[np.float32], at: float) -> Span | None:
        """One frame's landmarks (75, 3) of layout hands_pose, NaN where not seen, at `at` s; the span that it ended."""
        if self._unit and at - self._now > BLIND:
            cut = self.finish()
            self.state, self._wrists = State.WAIT, _wrists()
            self._now = at
            return replace(cut, decided=at) if cut else None
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
            wrist.settled, wrist.up, wrist.away = True, None, None
        elif wrist.seen:
            step = wrist.way[-1]
            wrist.settled = self._keeps_still(wrist, self._still)
            wrist.up = _since(wrist.up, step[2] < self._floor, at)
            away = wrist.away is not None and not wrist.settled
            wrist.away = _since(wrist.away, away or wrist.from_home(step) > AWAY * self._unit, at)

    def _keeps_still(self, wrist: Wrist, span: float) -> bool:
        """Whether the wrist was still for `span` s; one that was low all the time may stir."""
        return wrist.within(self._radius(min(y for _, _, y in wrist.last(span, self._now))), span, self._now)

    def _radius(self, y: float) -> float:
        """How far a wrist may be from where it rests, up or low."""
        return (STILL_RADIUS if y < self._floor else STIR_RADIUS) * self._unit

    def _rest(self) -> None:
        at = self._now
        begun = [start for w in self._wrists if w.seen and (start := self._set_out(w)) is not None]
        if begun and self.state is not State.WAIT:
            self._begin(max(min(begun), at - LOOK_BACK))
            return
        rested = [self._keeps_still(w, REST) if w.seen else w.settled for w in self._wrists]
        if self._shoulders_at == at and all(rested):
            self.state = State.READY
        self._go_home()

    def _begin(self, set_off: float) -> None:
        """A new sign, or the last one goes on."""
        last, self.state = self._last, State.SIGNING
        self._start = self._set_off = max(set_off, last.stopped) if last else set_off
        if last and last.held and self._set_off - last.stopped < PAUSE and self._now - last.start < LONGEST:
            self._start = last.start

    def _set_out(self, wrist: Wrist) -> float | None:
        """When the wrist left where it rested, s; None where it didn't, or lies below the signing space."""
        noticed = wrist.away if wrist.home and wrist.home[1] < self._floor else wrist.up
        if noticed is None or self._now - noticed < START_TIME - EPSILON:
            return None
        return wrist.left_home(self._radius(wrist.home[1] if wrist.home else 0.0), noticed)

    def _go_home(self) -> None:
        for wrist in self._wrists:
            if wrist.out(self._now, OUT):
                wrist.home = None
                wrist.way.clear()
            elif wrist.seen and wrist.settled:
                wrist.home = middle(wrist.last(self._still, self._now))

    def _sign(self) -> Span | None:
        over = self._now - self._start >= LONGEST - EPSILON
        return self._done() if over or all(w.settled for w in self._wrists) else None

    def _done(self) -> Span | None:
        """Leaves SIGNING; the span, if what moved was a sign."""
        at, settled = self._now, all(w.settled for w in self._wrists)
        moved = [w for w in self._wrists if self._moved(w)]
        held = settled and any(w.up is not None for w in moved)
        stopped = max((self._ended(w) for w in moved), default=self._start)
        end = at if held else stopped
        if end - self._start < SHORTEST - EPSILON or all(self._put_away(w) for w in moved):
            self.state = State.READY if settled else State.WAIT
            self._go_home()
            return None
        self.state = State.DONE if settled else State.WAIT
        self._go_home()
        self._last = Span(self._start, end, stopped, at, held)
        return self._last

    def _moved(self, wrist: Wrist) -> bool:
        farthest = max((wrist.from_home(step) for step in wrist.since(self._set_off)), default=0.0)
        return farthest > SMALLEST * self._unit

    def _ended(self, wrist: Wrist) -> float:
        if wrist.settled and wrist.seen:
            return wrist.arrived(self._radius(wrist.way[-1][2]), self._still, self._now)
        return wrist.way[-1][0]

    def _put_away(self, wrist: Wrist) -> bool:
        """Whether the wrist went straight down from where it was held, out of the signing space."""
        if wrist.home is None or wrist.home[1] >= self._floor or wrist.up is not None:
            return False
        ended = self._ended(wrist)
        way = [step for step in wrist.since(self._set_off) if step[0] <= ended]
        if not way:
            return True
        straight = hypot(way[-1][1] - way[0][1], way[-1][2] - way[0][2])
        length = sum(hypot(b[1] - a[1], b[2] - a[2]) for a, b in pairwise(way))
        return ended - self._set_off <= PUT_AWAY and length <= DETOUR * straight


def _wrists() -> tuple[Wrist, ...]:
    return tuple(Wrist(LONGEST + LOOK_BACK) for _ in WRISTS)


def _since(before: float | None, now_true: bool, at: float) -> float | None:
    """Since when something is true, s; None while it isn't."""
    if not now_true:
        return None
    return at if before is None else before


def spans(
    landmarks: NDArray[np.float32], times: NDArray[np.float64], aspect: float, still: float = STILL
) -> list[Span]:
    """Every sign of a recording: landmarks (T, 75, 3) of layout hands_pose at these times (T,) in s.

    Where the hand stays up, what followed of the hold, up to HOLD, belongs to the sign as well.
    """
    machine = Boundaries(aspect, recording=True, still=still)
    found: list[Span] = []
    for points, t in zip(landmarks, times, strict=True):
        if span := machine.feed(points, float(t)):
            found = _joined(found, span)
        elif found and found[-1].held and machine.state in (State.DONE, State.READY):
            end = min(float(t), found[-1].stopped + HOLD)
            found[-1] = replace(found[-1], end=max(end, found[-1].end))
    last = machine.finish()
    return _joined(found, last) if last else found


def _joined(found: list[Span], span: Span) -> list[Span]:
    """A span with the start of the one before revises it; another ends that one's hold."""
    if not found:
        return [span]
    before = found[-1]
    if before.start == span.start:
        return [*found[:-1], span]
    return [*found[:-1], replace(before, end=min(before.end, span.start)), span]
