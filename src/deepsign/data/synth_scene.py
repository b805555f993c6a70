"""Synthetic scenes: a person before a camera, head to chest, and the pixels and landmarks of each pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.data.synth import Frame
from deepsign.data.synth_hand import Build, turned
from deepsign.data.synth_paint import Canvas, Light
from deepsign.data.synth_skin import SKINS, normal_of, paint_hand
from deepsign.landmarks import HANDS_POSE

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 480, 360
# Noise is drawn once for a clip, this many px larger than its frames, and each frame takes another piece of it.
_ROAM = 48
# Places are in shoulder widths from the middle of the shoulders, with a picture's axes. Everybody is drawn with the
# right hand signing, on the picture's left; left-handers are mirrored whole.
_HEAD, _CHEST = np.array([0.0, -0.62, 0.05]), np.array([0.0, 0.75, 0.25])


@dataclass(frozen=True)
class Person:
    """Who signs, where, and before what camera; everything that one person's clips share."""

    build: Build
    skin: Floats
    shirt: Floats
    hair: Floats
    left_handed: bool
    palm: float
    light: Light
    wall: Floats
    noise: float
    soft: float

    @classmethod
    def number(cls, number: int, seed: int) -> Person:
        """Person 0, 1, …: one in four is left-handed."""
        rng = np.random.default_rng([seed, 77, number])
        towards = np.array([rng.uniform(-0.5, 0.5), rng.uniform(-0.6, -0.2), -1.0])
        return cls(
            Build.any(rng),
            SKINS[number % len(SKINS)] * rng.uniform(0.95, 1.05),
            rng.uniform(30, 170, 3),
            rng.uniform(15, 90) * np.array([1.0, 0.8, 0.65]),
            number % 4 == 3,
            rng.uniform(0.17, 0.2),
            Light(towards / np.linalg.norm(towards), rng.uniform(0.5, 0.65)),
            rng.uniform(150, 225) * rng.uniform(0.9, 1.05, 3),
            rng.uniform(1.0, 4.0),
            rng.uniform(0.6, 0.9),
        )


@dataclass(frozen=True)
class Pose:
    """A moment: the hand's joints (21, 3) in its own axes, how it is turned, and where its wrist is."""

    joints: Floats
    turn: tuple[float, float, float]
    wrist: Floats


class Scene:
    """A person's picture without the signing hand, which is painted into a copy for each frame."""

    def __init__(self, person: Person, rng: np.random.Generator) -> None:
        self.person, self._rng = person, rng
        self.unit = 0.44 * HEIGHT * rng.uniform(0.94, 1.06)  # px of a shoulder width
        self.middle = np.array([WIDTH * rng.uniform(0.49, 0.56), HEIGHT * rng.uniform(0.6, 0.66), 0.0])
        self._base = Canvas(self._wall(), person.light)
        self._body(self._base)
        self._still = self._base.photo(person.soft)
        self._noise = (person.noise * rng.standard_normal((HEIGHT + _ROAM, WIDTH + _ROAM, 1))).astype(np.int16)

    def at(self, place: Floats) -> Floats:
        """Shoulder widths → px."""
        found: Floats = self.middle + self.unit * place
        return found

    def hand(self, pose: Pose) -> Floats:
        """(21, 3) px, of a right hand."""
        palm = self.person.palm * 2.0 * self.unit
        found: Floats = self.at(pose.wrist) + palm * pose.joints @ turned(pose.turn).T
        return found

    def frame(self, pose: Pose) -> Frame:
        """(H, W, 3) as the camera sees it."""
        canvas = self._base.copy()
        self._arm(canvas, pose)
        self._hand(canvas, self.hand(pose))
        top, left = self._rng.integers(0, _ROAM, 2)
        noise = self._noise[top : top + HEIGHT, left : left + WIDTH]
        picture = canvas.photo(self.person.soft, (self._base, self._still)) + noise
        if self.person.left_handed:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(picture.clip(0, 255).astype(np.uint8))

    def landmarks(self, pose: Pose) -> NDArray[np.float32]:
        """(75, 3) of the layout hands_pose, fractions of the picture; NaN for what isn't drawn, or is out of sight."""
        points = np.full((len(HANDS_POSE), 3), np.nan)
        hand = self.hand(pose)
        if hand[:, 1].max() < HEIGHT:
            points[HANDS_POSE.part("right_hand")] = hand - [0, 0, hand[0, 2]]
        spots = {
            "nose": _HEAD + np.array([0, 0.02, 0]),
            "right_shoulder": np.array([-0.5, 0, 0]),
            "left_shoulder": np.array([0.5, 0, 0]),
        }
        spots |= {"right_elbow": _elbow(pose.wrist), "right_wrist": pose.wrist}
        for name, place in spots.items():
            spot = self.at(place)
            if spot[1] < HEIGHT:
                points[HANDS_POSE.index[f"pose.{name}"]] = spot
        fractions = points / [WIDTH, HEIGHT, WIDTH]
        return (_mirrored(fractions) if self.person.left_handed else fractions).astype(np.float32)

    def _wall(self) -> NDArray[np.float32]:
        rng = self._rng
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        slope = rng.uniform(-30, 30) * (x / WIDTH - 0.5) + rng.uniform(-30, 30) * (y / HEIGHT - 0.5)
        picture: NDArray[np.float32] = (self.person.wall + slope[..., None]).astype(np.float32)
        # A door, a shelf, a picture: something with straight edges.
        for _ in range(rng.integers(0, 3)):
            left, top = rng.uniform(-0.1, 0.9) * WIDTH, rng.uniform(-0.1, 0.5) * HEIGHT
            inside = (x > left) & (x < left + rng.uniform(40, 140)) & (y > top) & (y < top + rng.uniform(40, 200))
            picture[inside] = picture[inside] * rng.uniform(0.6, 1.1)
        return picture

    def _body(self, canvas: Canvas) -> None:
        at, unit, person = self.at, self.unit, self.person
        limb = [np.array(p) for p in ([-0.42, 0.08, 0.15], [0.42, 0.08, 0.15], [0.36, 1.4, 0.15], [-0.36, 1.4, 0.15])]
        for a, b, thick in ((0, 1, 0.16), (1, 2, 0.2), (0, 3, 0.2)):
            canvas.capsule(at(limb[a]), at(limb[b]), thick * unit, thick * unit, person.shirt)
        canvas.ellipsoid(at(_CHEST), (0.5 * unit, 0.85 * unit, 0.2 * unit), person.shirt)
        left = [np.array(p) for p in ([0.5, 0.1, 0.1], [0.62, 0.75, 0.1], [0.5, 1.4, 0.0])]
        for a, b in ((0, 1), (1, 2)):
            canvas.capsule(at(left[a]), at(left[b]), 0.13 * unit, 0.11 * unit, person.shirt * 0.97)
        canvas.capsule(
            at(np.array([0, 0.05, 0.02])),
            at(_HEAD + np.array([0, 0.25, 0.1])),
            0.14 * unit,
            0.13 * unit,
            person.skin * 0.92,
        )
        self._head(canvas)

    def _head(self, canvas: Canvas) -> None:
        unit, skin, hair = self.unit, self.person.skin, self.person.hair

        def round_(x: float, y: float, z: float, radii: tuple[float, float, float], colour: Floats) -> None:
            wide, high, deep = (unit * radius for radius in radii)
            canvas.ellipsoid(self.at(_HEAD + np.array([x, y, z])), (wide, high, deep), colour)

        def long(a: tuple[float, float, float], b: tuple[float, float, float], thick: float, colour: Floats) -> None:
            start, end = (self.at(_HEAD + np.array(point)) for point in (a, b))
            canvas.capsule(start, end, thick * unit, thick * unit, colour)

        round_(0, -0.08, 0.12, (0.29, 0.36, 0.25), hair)
        round_(0, 0, 0, (0.245, 0.33, 0.26), skin)
        for side in (-1, 1):
            round_(0.25 * side, 0.02, 0.06, (0.04, 0.08, 0.04), skin * 0.9)
            round_(0.095 * side, -0.05, -0.22, (0.047, 0.022, 0.02), np.array([235.0, 235.0, 232.0]))
            round_(0.095 * side, -0.05, -0.24, (0.02, 0.021, 0.02), np.array([60.0, 45.0, 35.0]))
            long((0.04 * side, -0.105, -0.27), (0.15 * side, -0.11, -0.27), 0.012, hair)
            round_(0.022 * side, 0.095, -0.33, (0.01, 0.006, 0.01), skin * 0.45)
        long((0, -0.04, -0.24), (0, 0.065, -0.3), 0.03, skin)
        lips = skin * np.array([0.86, 0.62, 0.62])
        long((-0.07, 0.17, -0.23), (0.07, 0.17, -0.23), 0.02, lips)
        long((-0.07, 0.17, -0.26), (0.07, 0.17, -0.26), 0.004, lips * 0.5)

    def _arm(self, canvas: Canvas, pose: Pose) -> None:
        at, unit = self.at, self.unit
        elbow = _elbow(pose.wrist)
        canvas.capsule(at(np.array([-0.48, 0.1, 0.1])), at(elbow), 0.14 * unit, 0.11 * unit, self.person.shirt)
        cuff = elbow + 0.55 * (pose.wrist - elbow)
        canvas.capsule(at(elbow), at(cuff), 0.11 * unit, 0.095 * unit, self.person.shirt * 1.03)
        palm = self.person.palm * 2 * unit
        canvas.capsule(at(cuff), at(pose.wrist), 0.28 * palm, 0.25 * palm, self.person.skin)

    def _hand(self, canvas: Canvas, joints: Floats) -> None:
        palm = self.person.palm * 2.0 * self.unit
        normal = normal_of(joints)
        facing = -float(normal[2])  # 1: the palm looks into the camera
        front = normal * np.sign(facing if facing else 1.0)
        paint_hand(canvas, joints, palm, self.person.skin, facing, front)


def _elbow(wrist: Floats) -> Floats:
    """Between shoulder and wrist, hanging out and down where the arm is bent."""
    shoulder = np.array([-0.5, 0.08, 0.1])
    way = wrist - shoulder
    reach = float(np.linalg.norm(way))
    upper = 0.8
    drop = np.sqrt(max(upper**2 - (min(reach, 1.5) / 2) ** 2, 0.0))
    found: Floats = shoulder + way / 2 + drop * np.array([-0.45, 0.88, 0.15])
    return found


def _mirrored(fractions: Floats) -> Floats:
    """A left-hander's landmarks: the picture mirrored, and each point on the other side of the body."""
    swapped = np.full_like(fractions, np.nan)
    for name, at in HANDS_POSE.index.items():
        other = name.replace("right_", "\0").replace("left_", "right_").replace("\0", "left_")
        swapped[HANDS_POSE.index[other]] = fractions[at]
    swapped[:, 0] = 1 - swapped[:, 0]
    return swapped
