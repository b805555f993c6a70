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


@dataclass
class Standing:
    """What is being held: since when and until when (s), and the sum of its moments' probabilities.

    No moment is kept: a hand that is held still before a camera for an hour takes no more memory than for a second.
    """

    gloss: str
    start: float
    end: float
    probabilities: float
    moments: int = 1


class Hold:
    """Feeds on moments in time order and gives back segments as they end.

    hold          seconds a still sign must stand.
    moving        glosses that are movements; these need only `HOLD_MOTION`.
    standing      what is being held now, if anything is.
    """

    def __init__(self, moving: frozenset[str] = frozenset(), hold: float = HOLD) -> None:
        self._moving = moving
        self._hold = hold
        self.standing: Standing | None = None
        self._wavering: list[Moment] = []

    @property
    def progress(self) -> tuple[str | None, float]:
        """What is being held, and how far along it is: 0 … 1, where 1 means it counts."""
        if self.standing is None:
            return None, 0.0
        held = self.standing.end - self.standing.start
        return self.standing.gloss, min(1.0, held / self._needed(self.standing.gloss))

    def feed(self, moment: Moment) -> Segment | None:
        """Takes the next moment; gives the segment that it ended, if that had been held long enough."""
        standing = self.standing
        if standing is None:
            if moment.gloss is not None:
                self.standing = Standing(moment.gloss, moment.time, moment.time, moment.probability)
            return None
        if moment.gloss == standing.gloss:
            standing.end = moment.time
            standing.probabilities += moment.probability
            standing.moments += 1
            self._wavering = []
            return None
        self._wavering.append(moment)
        if moment.time - standing.end < SLACK:
            return None
        return self.finish()

    def finish(self) -> Segment | None:
        """The end of the stream (or of the current hold): its segment, if it was held long enough.

        Moments that wavered are looked at anew, so the next hold begins where the last one broke.
        """
        standing, wavering = self.standing, self._wavering
        self.standing, self._wavering = None, []
        for moment in wavering:
            self.feed(moment)
        if standing is None or standing.end - standing.start < self._needed(standing.gloss) - 1e-9:
            return None
        return Segment(standing.gloss, standing.start, standing.end, standing.probabilities / standing.moments)

    def _needed(self, gloss: str) -> float:
        return HOLD_MOTION if gloss in self._moving else self._hold


def held(moments: list[Moment], moving: frozenset[str] = frozenset(), hold: float = HOLD) -> list[Segment]:
    """Every sign held in a whole stream of moments, in order; the same sign twice in a row with a gap is two."""
    state = Hold(moving, hold)
    found = [segment for m in moments if (segment := state.feed(m)) is not None]
    last = state.finish()
    return [*found, last] if last is not None else found
