"""Made-up streams: a body that signs, rests and fidgets, seen by a tracker with faults. The true spans are known.

Lengths in shoulder widths from the middle of the shoulders (x to the picture's right, y down), times in s, all from a
seed. Motion is minimum-jerk from place to place, which is how people reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from deepsign.boundaries import SHOULDERS, WRISTS
from deepsign.landmarks import HANDS_POSE, mirrored

Floats = NDArray[np.float64]
REST = 1.4  # how far below the shoulders plain signers rest their hands
# Hands rest, are lifted, sign up and down, and sink again: from 1.0 to 2.6 s.
ONE_SIGN = ((REST, 1.0), (0.3, 0.4), (-0.2, 0.4), (0.3, 0.4), (REST, 0.4), (REST, 1.0))
# Lifted, held for 1.5 s, put away: I-LOVE-YOU.
HELD = ((REST, 1.0), (0.0, 0.4), (0.0, 1.5), (REST, 0.4), (REST, 1.0))


# None: 10 to 30, each stream its own. At 10 fps a frame that is lost costs as long as a third of the stillness.
_FINE = 1 / 240  # s between the places that frames are picked from


@dataclass(frozen=True)
class Truth:
    """One sign as it was made: when its movement (and its hold) lasted, and when its hands stopped or were gone."""

    start: float
    end: float
    stopped: float
    kind: str  # "rest": the hands sink to rest; "paused": they stay up, another sign follows; "held"


@dataclass(frozen=True)
class Stream:
    """landmarks (T, 75, 3) of layout hands_pose, times (T,), the picture's aspect, and the signs in it."""

    landmarks: NDArray[np.float32]
    times: Floats
    aspect: float
    signs: tuple[Truth, ...]


@dataclass
class _Hands:
    """The two wrists' ways so far, (n, 2, 2) at _FINE, and the signs found in them."""

    rest: Floats
    way: list[Floats] = field(default_factory=list)
    signs: list[Truth] = field(default_factory=list)

    @property
    def now(self) -> float:
        return len(self.way) * _FINE

    @property
    def at(self) -> Floats:
        return self.way[-1] if self.way else self.rest

    def go(self, target: Floats, seconds: float) -> None:
        """To these places, speeding up and slowing down."""
        start = self.at
        for u in np.arange(1, max(2, round(seconds / _FINE)) + 1) / max(2, round(seconds / _FINE)):
            self.way.append(start + (10 * u**3 - 15 * u**4 + 6 * u**5) * (target - start))

    def stay(self, seconds: float) -> None:
        self.way += [self.at] * round(seconds / _FINE)

    def turn(self, radius: float, rounds: float, seconds: float, flat: float) -> None:
        """Around an ellipse that begins and ends here, both hands alike where both are up."""
        start, n = self.at, max(2, round(seconds / _FINE))
        up = (start[:, 1] < 1.0)[:, None]
        for u in np.arange(1, n + 1) / n:
            angle = 2 * np.pi * rounds * (10 * u**3 - 15 * u**4 + 6 * u**5)
            self.way.append(start + up * radius * np.array([np.sin(angle), flat * (1 - np.cos(angle))]))


def stream(seed: int, fps: float | None = None) -> Stream:
    """A stream of 2 to 5 signs, or of none (one in eight: someone who only fidgets); all else by chance."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(1.2, 1.6)
    rest = np.array([[0.45, low], [-0.45, low]]) + rng.normal(0, 0.05, (2, 2))
    hands = _Hands(rest)
    hands.stay(rng.uniform(0.6, 1.5))
    if seed % 8 == 7:
        hands.stay(6.0)
    else:
        _signs(hands, int(rng.integers(2, 6)), bool(rng.random() < 0.4), rng)
        hands.stay(rng.uniform(0.6, 1.2))
    way = np.array(hands.way) + _fidget(len(hands.way), rng) * (np.array(hands.way)[..., 1:] > 1.1)
    return _seen(way, hands.signs, fps or float(rng.uniform(10, 30)), bool(rng.random() < 0.5), rng)


def _signs(hands: _Hands, count: int, two: bool, rng: np.random.Generator) -> None:
    lifted = False
    for i in range(count):
        start = hands.now
        if not lifted:
            hands.go(_place(hands.rest, two, rng), rng.uniform(0.25, 0.5))
        held = not lifted and rng.random() < 0.2
        if not held:
            _shape(hands, two, rng)
        stopped = hands.now
        follows = i < count - 1 and not held and rng.random() < 0.3
        if held:
            hands.stay(rng.uniform(0.35, 1.2))
            hands.signs.append(Truth(start, hands.now, stopped, "held"))
        if follows:
            hands.signs.append(Truth(start, stopped, stopped, "paused"))
            hands.stay(rng.uniform(0.4, 1.0))
        else:
            hands.go(hands.rest, rng.uniform(0.25, 0.5))
            if not held:
                hands.signs.append(Truth(start, hands.now, hands.now, "rest"))
            hands.stay(rng.uniform(0.5, 1.5))
        lifted = follows


def _place(rest: Floats, two: bool, rng: np.random.Generator) -> Floats:
    """A place in the signing space for the first hand, and the same across the body for the second if it signs too."""
    x, y = rng.uniform(-0.3, 0.9), rng.uniform(-0.8, 0.65)
    return np.array([[x, y], [-x - 0.15, y]]) if two else np.array([[x, y], rest[1]])


def _shape(hands: _Hands, two: bool, rng: np.random.Generator) -> None:
    """What the hands do up there: places one after another with short holds, circles, or a repeated tap or wave."""
    kind = rng.integers(3)
    if kind == 0:
        for _ in range(rng.integers(1, 4)):
            hands.go(_place(hands.rest, two, rng), rng.uniform(0.2, 0.5))
            hands.stay(rng.choice([0.0, rng.uniform(0.05, 0.15)]))
    elif kind == 1:
        hands.turn(rng.uniform(0.12, 0.3), rng.integers(1, 3), rng.uniform(0.5, 1.2), 1.0)
    else:
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.4)
        target = hands.at + far * np.where(hands.at[:, 1:] < 1.0, [np.cos(angle), np.sin(angle)], 0.0)
        start = hands.at
        for _ in range(rng.integers(2, 4)):
            hands.go(target, rng.uniform(0.12, 0.22))
            hands.go(start, rng.uniform(0.12, 0.22))


def _fidget(count: int, rng: np.random.Generator) -> Floats:
    """Slow stirring, (count, 2, 2), up to about 0.05 to each side, as of hands in a lap; nothing for calm people."""
    t = np.arange(count)[:, None, None] * _FINE
    waves = [np.sin(2 * np.pi * rng.uniform(0.2, 1.2) * t + rng.uniform(0, 6, (2, 2))) for _ in range(3)]
    return np.asarray(sum(waves) * rng.choice([0.0, rng.uniform(0.005, 0.02)]))


def _seen(way: Floats, signs: list[Truth], fps: float, mirror: bool, rng: np.random.Generator) -> Stream:
    """The stream as a tracker sees it: frames by chance, noise, lost hands, hands below the picture not seen."""
    aspect = float(rng.choice([4 / 3, 16 / 9, 9 / 16]))
    width = min(rng.uniform(0.2, 0.32), 0.4 * aspect)
    middle = np.array([aspect * rng.uniform(0.45, 0.55), rng.uniform(0.35, 0.72)])
    times = np.cumsum(rng.uniform(0.9, 1.1, int(len(way) * _FINE * fps)) / fps)
    times = times[(rng.random(len(times)) > 0.03) & (times < len(way) * _FINE)]
    wrists = middle + width * way[np.minimum((times / _FINE).astype(int), len(way) - 1)]
    noise = width * rng.uniform(0.002, 0.01)

    def shaken(points: Floats, by: float) -> Floats:
        return (points + rng.normal(0, by, points.shape)) / [aspect, 1]

    out = np.full((len(times), len(HANDS_POSE), 3), np.nan)
    body = wrists + width * np.array([0.03, -0.07])
    shoulders = middle + width * np.array([[0.5, 0.0], [-0.5, 0.0]])
    for side, hand in enumerate(("left", "right")):
        at = HANDS_POSE.index
        out[:, at[f"pose.{hand}_shoulder"], :2] = shaken(np.tile(shoulders[side], (len(times), 1)), noise)
        out[:, at[f"pose.{hand}_wrist"], :2] = shaken(body[:, side], 1.5 * noise)
        out[:, at[f"{hand}_hand.wrist"], :2] = shaken(wrists[:, side], noise)
        out[wrists[:, side, 1] > 0.97, at[f"{hand}_hand.wrist"]] = np.nan
        for begin in np.cumsum(rng.exponential(3.0, 20)):
            lost = (times >= begin) & (times < begin + rng.uniform(0.05, 0.2))
            out[lost, at[f"{hand}_hand.wrist"]] = np.nan
            if rng.random() < 0.5:
                out[lost, at[f"pose.{hand}_wrist"]] = np.nan
    points = out.astype(np.float32)
    points = mirrored(points, HANDS_POSE.name) if mirror else points
    shown = (middle[1] + width * (way[..., 1].min(axis=1) - 0.07)) <= 1
    return Stream(points, times, aspect, tuple(_shown_part(sign, shown) for sign in signs))


def _shown_part(sign: Truth, shown: NDArray[np.bool_]) -> Truth:
    """The sign from when the picture first shows a hand of it until it last does."""
    first = round(sign.start / _FINE)
    inside = np.flatnonzero(shown[first : round(sign.end / _FINE) + 1])
    start, end = (first + inside[0]) * _FINE, (first + inside[-1]) * _FINE
    return replace(sign, start=start, end=end, stopped=min(sign.stopped, end))


def signer(
    *ways: tuple[float, float],
    fps: float = 30.0,
    lost: tuple[float, float] = (0, 0),
    aspect: float = 4 / 3,
    x: float = 0.5,
) -> Stream:
    """The right hand goes to each height (shoulder widths below the shoulders) in so many s; without noise.

    x     where the body stands, fraction of the picture's width.
    lost  from when to when no hand is seen, neither the hand's own wrist nor the body's.
    """
    width, middle = 0.3, np.array([aspect * x, 0.4])
    ends = np.cumsum([0.0, *(seconds for _, seconds in ways)])
    times = np.arange(0, ends[-1], 1 / fps)
    heights = np.interp(times, ends, [REST, *(height for height, _ in ways)])
    points = np.full((len(times), len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    place = {SHOULDERS[0]: np.array([0.5, 0]), SHOULDERS[1]: np.array([-0.5, 0])}
    for i, xy in place.items():
        points[:, i, :2] = (middle + width * xy) / [aspect, 1]
    points[:, WRISTS[0][1], :2] = (middle + width * np.array([0.4, REST])) / [aspect, 1]
    for i in WRISTS[1]:
        right = np.column_stack([np.full(len(times), -0.4), heights])
        points[:, i, :2] = (middle + width * right) / [aspect, 1]
        points[(times >= lost[0]) & (times < lost[1]), i] = np.nan
    return Stream(points, times, aspect, ())
