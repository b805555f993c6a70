"""Composed: clips of signs put together from their parts, with the hands and on the bodies of real people.

A sign that few people show here is shown by many others' hands; and the signs that differ from it in one part alone
(its minimal pairs), which nobody shows here, can be learnt as what they are: not it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from deepsign.data.composed_moves import PLACES, Motion, eased, motion
from deepsign.data.transitions import one_sided
from deepsign.landmarks import FINGERS, HAND_POINTS, HANDS_POSE, POSE_POINTS
from deepsign.recipe_composed import Form, Place

Points = NDArray[np.float32]
Floats = NDArray[np.float64]

_LEFT, _POSE, _RIGHT = (HANDS_POSE.part(name) for name in ("left_hand", "pose", "right_hand"))
_TOUCH = {
    "palm": HAND_POINTS.index("middle_mcp"),
    "index": HAND_POINTS.index("index_tip"),
    "thumb": HAND_POINTS.index("thumb_tip"),
    "middle": HAND_POINTS.index("middle_tip"),
    "wrist": HAND_POINTS.index("wrist"),
}
_MIDDLE = _TOUCH["palm"]
# Each finger's knuckle, and the points beyond it; thumbs don't flap.
_FINGERS = {
    finger: (HAND_POINTS.index(f"{finger}_mcp"), [HAND_POINTS.index(f"{finger}_{p}") for p in ("pip", "dip", "tip")])
    for finger in FINGERS[1:]
}
_SHOULDERS, _ELBOWS, _WRISTS = (
    {side: POSE_POINTS.index(f"{side}_{joint}") for side in ("left", "right")}
    for joint in ("shoulder", "elbow", "wrist")
)
_NOSE = POSE_POINTS.index("nose")

# In shoulder widths, a mean and a spread over people: from the wrist to the middle knuckle, as clips of signs show it
# (median .32: a hand is nearer to the camera than shoulders are); an upper arm, and a forearm's share of it
# (33, 28 and 41 cm: NASA-STD-3000, volume I, section 3).
_PALM, _UPPER_ARM, _FOREARM = (0.33, 0.045), (0.8, 0.06), 0.85
# Seconds of a clip, frames a second and frames: what webcams and collections give.
_SECONDS, _RATES, _FRAMES = (0.7, 2.2), (15, 20, 30), (10, 60)
# The share of clips that begin with the hand on its way up from rest, and where that is, in shoulder widths.
_RISES, _REST = 0.4, (-0.55, 1.3)
# Where the arm that does nothing hangs.
_HANGING = {"elbow": (0.62, 0.75), "wrist": (0.6, 1.5)}
# The share of clips in which hands alone are seen, as in some collections.
_HANDS_ALONE = 0.25
# By how many degrees people turn a hand otherwise, and by how many shoulder widths they place it elsewhere.
_TURN, _ELSEWHERE = 12.0, 0.06
# Tremble of every point in shoulder widths, and of a pose's wrist against the hand's.
_TREMBLE, _OFF = (0.0025, 0.007), 0.02
# A flat hand below the other one: its shape, where it is, and how it may be turned.
BASE, _BASE_AT = Form(shape="B", at="before"), (0.15, 0.45)
_BASE_TURNED = ((70.0, 180.0), (-60.0, 0.0), (60.0, 90.0))
_BENT = np.radians(90.0)


class Composer:
    """Makes clips of forms; deterministic by seed.

    hands   gloss → hands (N, 21, 3) that show it, x, y and z in equal units.
    bodies  clips (T, 75, 3) in the hands_pose layout and in equal units, whose nose and shoulders are always seen.
    """

    def __init__(self, hands: Mapping[str, Points], bodies: Sequence[Points], seed: int) -> None:
        self._hands = {gloss: _upright(one_sided(found).astype(np.float64)) for gloss, found in hands.items()}
        self._bodies = bodies
        self._rng = np.random.default_rng(seed)

    def clip(self, form: Form) -> tuple[Points, Points]:
        """One person's way to make it: landmarks (T, 75, 3) in equal units with NaN, and times (T,) in s from 0."""
        rng = self._rng
        seconds, rate = rng.uniform(*_SECONDS), rng.choice(_RATES)
        frames = int(np.clip(seconds * rate, *_FRAMES))
        body = _Body(self._body(frames), rng)
        where = motion(form.move, frames, seconds, rng)
        rises = eased(np.linspace(0, 1, frames) / rng.uniform(0.2, 0.35)) if rng.random() < _RISES else np.ones(frames)
        # Both hands of one form are the same person's.
        hand = self._hand(form, where)
        wrist = body.wrist(form, hand, where, rises)
        body.put("right", wrist, hand)
        if form.hands == "both":
            body.put("left", body.mirrored(wrist), hand * [-1, 1, 1])
        elif form.hands == "base":
            flat = self._turned(self._shape(BASE, frames), [float(rng.choice(angles)) for angles in _BASE_TURNED])
            at = body.centre + (np.array(_BASE_AT) + rng.normal(0, _ELSEWHERE, 2)) * body.unit
            body.put("left", np.repeat(at[None], frames, axis=0), flat * [-1, 1, 1])
        else:
            body.hang("left")
        points = body.trembling()
        if rng.random() < _HANDS_ALONE:
            points[:, _POSE] = np.nan
        return points, (np.arange(frames) / rate).astype(np.float32)

    def _body(self, frames: int) -> Floats:
        """Somebody's pose (T, 33, 3): at one moment, or as it goes on from there."""
        body = self._bodies[int(self._rng.integers(len(self._bodies)))]
        goes = int(self._rng.integers(2))
        at = (goes * np.arange(frames) + int(self._rng.integers(len(body)))) % len(body)
        return np.asarray(body[at, _POSE], dtype=np.float64)

    def _hand(self, form: Form, where: Motion) -> Floats:
        """The hand over time (T, 21, 3): palms of length .5, the wrist at 0."""
        shapes = self._shape(form, len(where.bend))
        for knuckle, beyond in _FINGERS.values():
            # Towards the palm, which faces the camera here: nearer, so z falls.
            y, z = (shapes[:, beyond] - shapes[:, [knuckle]])[..., 1:].transpose(2, 0, 1)
            cos, sin = np.cos(_BENT * where.bend)[:, None], np.sin(_BENT * where.bend)[:, None]
            shapes[:, beyond, 1:] = shapes[:, [knuckle], 1:] + np.stack([cos * y - sin * z, sin * y + cos * z], axis=-1)
        yaw, pitch, roll = np.array(form.turned) + self._rng.normal(0, _TURN, 3)
        return self._turned(shapes, [yaw, pitch, roll], where.roll)

    def _shape(self, form: Form, frames: int) -> Floats:
        """Real hands of this shape, or on their way from it to another one: (T, 21, 3), upright."""
        hand = self._one_of(form.shape)
        if form.index is not None:
            knuckle, beyond = _FINGERS["index"]
            other = self._one_of(form.index)
            hand[beyond] = hand[knuckle] + other[beyond] - other[knuckle]
        if form.becomes is None:
            return np.repeat(hand[None], frames, axis=0)
        begin, lasts = self._rng.uniform(0.1, 0.45), self._rng.uniform(0.15, 0.4)
        share = eased((np.linspace(0, 1, frames) - begin) / lasts)[:, None, None]
        return np.asarray(hand + share * (self._one_of(form.becomes) - hand))

    def _one_of(self, gloss: str) -> Floats:
        found = self._hands[gloss]
        return np.array(found[int(self._rng.integers(len(found)))])

    @staticmethod
    def _turned(hands: Floats, angles: Sequence[float], roll: Floats | float = 0.0) -> Floats:
        """Hands (T, 21, 3) turned by yaw, pitch and roll in degrees, with `roll` (T,) on top."""
        yaw, pitch, turn = np.radians(angles)
        x, y, z = np.moveaxis(hands, -1, 0)
        x, z = np.cos(yaw) * x + np.sin(yaw) * z, np.cos(yaw) * z - np.sin(yaw) * x
        y, z = np.cos(pitch) * y - np.sin(pitch) * z, np.sin(pitch) * y + np.cos(pitch) * z
        turns = np.broadcast_to(turn + np.radians(roll), (len(hands),))[:, None]
        x, y = np.cos(turns) * x - np.sin(turns) * y, np.sin(turns) * x + np.cos(turns) * y
        return np.stack([x, y, z], axis=-1)


class _Body:
    """Somebody's pose over time, and the hands that are put to it."""

    def __init__(self, pose: Floats, rng: np.random.Generator) -> None:
        self._rng = rng
        self._points = np.full((len(pose), len(HANDS_POSE), 3), np.nan)
        self._pose = self._points[:, _POSE]  # a view
        self._pose[:] = pose
        shoulders = pose[:, [_SHOULDERS["left"], _SHOULDERS["right"]], :2].mean(axis=0)
        self.centre = shoulders.mean(axis=0)
        self.unit = max(float(np.linalg.norm(shoulders[0] - shoulders[1])), 1e-3)
        self._nose = pose[:, _NOSE, :2].mean(axis=0)
        self._size = rng.normal(*_PALM) * self.unit / 0.5  # `one_sided` makes palms .5 long
        self._arm = rng.normal(*_UPPER_ARM) * self.unit
        self._bulge = rng.uniform(0.5, 1.0)

    def wrist(self, form: Form, hand: Floats, where: Motion, rises: Floats) -> Floats:
        """The right wrist (T, 2), so that the part that touches is where the sign is made."""
        elsewhere = self._rng.normal(0, _ELSEWHERE, 2) * self.unit
        begin = self._place(form.at)
        end = self._place(form.to) if form.to else begin
        made = begin + where.way[:, None] * (end - begin) + where.off * self.unit + elsewhere
        wrist = made - self._size * hand[:, _TOUCH[form.touch], :2]
        rest = self.centre + np.array(_REST) * self.unit
        return np.asarray(rest + rises[:, None] * (wrist - rest))

    def _place(self, name: Place) -> Floats:
        face, right, down = PLACES[name]
        return np.asarray((self._nose if face else self.centre) + np.array([right, down]) * self.unit)

    def mirrored(self, wrist: Floats) -> Floats:
        """The same on the other side."""
        return np.stack([2 * self.centre[0] - wrist[:, 0], wrist[:, 1]], axis=1)

    def put(self, side: str, wrist: Floats, hand: Floats) -> None:
        """A hand (T, 21, 3) of one size to this wrist (T, 2), and the arm to the hand."""
        part = self._points[:, _RIGHT if side == "right" else _LEFT]
        part[:] = self._size * hand
        part[..., :2] += wrist[:, None]
        shoulder = self._pose[:, _SHOULDERS[side], :2]
        self._pose[:, _WRISTS[side], :2] = wrist + self._rng.normal(0, _OFF, 2) * self.unit
        self._pose[:, _ELBOWS[side], :2] = self._elbow(shoulder, wrist, -1.0 if side == "right" else 1.0)

    def hang(self, side: str) -> None:
        """An arm that does nothing."""
        for joint, at in (("elbow", _ELBOWS[side]), ("wrist", _WRISTS[side])):
            self._pose[:, at, :2] = self.centre + np.array(_HANGING[joint]) * self.unit

    def _elbow(self, shoulder: Floats, wrist: Floats, outward: float) -> Floats:
        """Where two bones of these lengths meet, below or outside the line between their ends."""
        line = wrist - shoulder
        length = np.maximum(np.linalg.norm(line, axis=1), 1e-6)
        along = (length**2 + self._arm**2 * (1 - _FOREARM**2)) / (2 * length)
        along = np.clip(along, -self._arm, self._arm)
        beside = self._bulge * np.sqrt(self._arm**2 - along**2)
        ahead = line / length[:, None]
        across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
        across *= np.where(across @ np.array([0.7 * outward, 1.0]) > 0, 1.0, -1.0)[:, None]
        return np.asarray(shoulder + ahead * along[:, None] + across * beside[:, None])

    def trembling(self) -> Points:
        """All points (T, 75, 3), as a tracker would give them."""
        strength = self._rng.uniform(*_TREMBLE) * self.unit
        self._points[..., :2] += self._rng.normal(0, strength, self._points[..., :2].shape)
        return np.asarray(self._points, dtype=np.float32)


def _upright(hands: Floats) -> Floats:
    """Hands (N, 21, 3), wrist at 0, turned in the picture until the middle knuckle is right above the wrist."""
    x, y = hands[:, _MIDDLE, 0], hands[:, _MIDDLE, 1]
    turn = -np.arctan2(x, -y)[:, None]
    out = np.array(hands)
    out[..., 0] = np.cos(turn) * hands[..., 0] - np.sin(turn) * hands[..., 1]
    out[..., 1] = np.sin(turn) * hands[..., 0] + np.cos(turn) * hands[..., 1]
    return out
