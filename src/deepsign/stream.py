"""Stream: from answers about a moving window to the signs that were held, with start and end.

A fingerspelled letter counts once it has been held. Time is counted in seconds, never in frames, so a slow camera
and a fast one find the same letters. The page runs the same rules in TypeScript; both are tested against
tests/golden/hold.json.
"""

from __future__ import annotations

from dataclasses import dataclass

# A letter is held this long before it counts: the learner's app fills its ring in the same time, and fluent
# learners' letters stand for about half a second.
HOLD = 0.5
# A sign that is a movement can't be held: its answer has to stand only this long while the window passes over it.
HOLD_MOTION = 0.2
# Answers that waver for less than this don't break a hold: one or two missed frames of a 15 fps camera.
SLACK = 0.2


@dataclass(frozen=True)
class Moment:
    """The answer at one time: the best known gloss, or None for "not a sign I know"."""

    time: float  # s
    gloss: str | None
    probability: float


@dataclass(frozen=True)
class Segment:
    """A sign that was found in a stream: start and end in s, and its mean probability while it stood."""

    gloss: str
    start: float
    end: float
    probability: float


class Hold:
    """Feeds on moments in time order and gives back segments as they end.

    hold          seconds a still sign must stand.
    moving        glosses that are movements; these need only `HOLD_MOTION`.
    """

    def __init__(self, moving: frozenset[str] = frozenset(), hold: float = HOLD) -> None:
        self._moving = moving
        self._hold = hold
        self._standing: list[Moment] = []
        self._wavering: list[Moment] = []

    @property
    def progress(self) -> tuple[str | None, float]:
        """What is being held, and how far along it is: 0 … 1, where 1 means it counts."""
        if not self._standing:
            return None, 0.0
        gloss = self._standing[0].gloss
        assert gloss is not None
        return gloss, min(1.0, (self._standing[-1].time - self._standing[0].time) / self._needed(gloss))

    def feed(self, moment: Moment) -> Segment | None:
        """Takes the next moment; gives the segment that it ended, if that had been held long enough."""
        if not self._standing:
            self._standing = [moment] if moment.gloss is not None else []
            return None
        if moment.gloss == self._standing[0].gloss:
            self._standing.append(moment)
            self._wavering = []
            return None
        self._wavering.append(moment)
        if moment.time - self._standing[-1].time < SLACK:
            return None
        return self.finish()

    def finish(self) -> Segment | None:
        """The end of the stream (or of the current hold): its segment, if it was held long enough.

        Moments that wavered are looked at anew, so the next hold begins where the last one broke.
        """
        standing, wavering = self._standing, self._wavering
        self._standing, self._wavering = [], []
        for moment in wavering:
            self.feed(moment)
        if not standing:
            return None
        gloss = standing[0].gloss
        assert gloss is not None
        start, end = standing[0].time, standing[-1].time
        if end - start < self._needed(gloss) - 1e-9:
            return None
        return Segment(gloss, start, end, sum(m.probability for m in standing) / len(standing))

    def _needed(self, gloss: str) -> float:
        return HOLD_MOTION if gloss in self._moving else self._hold


def held(moments: list[Moment], moving: frozenset[str] = frozenset(), hold: float = HOLD) -> list[Segment]:
    """Every sign held in a whole stream of moments, in order; the same sign twice in a row with a gap is two."""
    state = Hold(moving, hold)
    found = [segment for m in moments if (segment := state.feed(m)) is not None]
    last = state.finish()
    return [*found, last] if last is not None else found
