"""Synthetic hands: a skeleton whose fingers bend at their joints, in the shapes of letters. No pixels here.

A hand's own axes: x to the thumb's side, y down to the wrist, z away from the palm; the unit is the palm's length, from
the wrist to the middle knuckle. So a right hand, fingers up and palm to the camera, has a picture's axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Knuckles of index to little finger, directions that the fingers spread in (degrees), and lengths of their bones.
_KNUCKLES = np.array([[0.26, -0.95, 0.0], [0.03, -1.0, 0.0], [-0.2, -0.95, 0.0], [-0.41, -0.83, 0.0]])
_SPREAD = np.array([11.0, 2.0, -6.0, -17.0])
_BONES = np.array([[0.40, 0.25, 0.21], [0.45, 0.28, 0.23], [0.41, 0.26, 0.22], [0.32, 0.19, 0.19]])
_THUMB_BASE = (0.30, -0.20, -0.08)

STRAIGHT, FIST, HALF = (4.0, 6.0, 4.0), (82.0, 100.0, 55.0), (40.0, 50.0, 35.0)
# Where the thumb's other three joints are.
_OUT = ((0.56, -0.42, -0.10), (0.80, -0.60, -0.14), (0.99, -0.76, -0.15))
_ASIDE = ((0.58, -0.34, -0.08), (0.88, -0.42, -0.08), (1.13, -0.46, -0.05))
_ACROSS = ((0.44, -0.44, -0.18), (0.20, -0.56, -0.26), (-0.12, -0.62, -0.28))
_BESIDE = ((0.50, -0.48, -0.12), (0.53, -0.76, -0.16), (0.50, -1.00, -0.18))
_OVER = ((0.46, -0.46, -0.30), (0.25, -0.70, -0.58), (0.00, -0.76, -0.66))
_TO_TIPS = ((0.48, -0.50, -0.30), (0.36, -0.72, -0.52), (0.20, -0.90, -0.68))

Bend = tuple[float, float, float]
Place = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """A handshape.

    fingers  index to little finger: degrees that each joint is bent by, from the knuckle on.
    thumb    its three joints behind the base.
    apart    how far the fingers spread, 1 as in an open hand; under 0 they lean to the middle one.
    """

    fingers: tuple[Bend, Bend, Bend, Bend]
    thumb: tuple[Place, Place, Place]
    apart: float = 0.4


# Letters of the American manual alphabet that a palm to the camera shows, and the open hand.
SHAPES: Mapping[str, Shape] = {
    "A": Shape((FIST, FIST, FIST, FIST), _BESIDE),
    "B": Shape((STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT), _ACROSS, -0.2),
    "D": Shape((STRAIGHT, (62, 70, 40), (68, 75, 45), (72, 80, 45)), _TO_TIPS),
    "F": Shape(
        ((55, 62, 25), (2, 4, 2), (2, 4, 2), (2, 4, 2)),
        ((0.50, -0.52, -0.26), (0.48, -0.78, -0.46), (0.36, -1.02, -0.60)),
        1.2,
    ),
    "I": Shape((FIST, FIST, FIST, STRAIGHT), _OVER),
    "L": Shape((STRAIGHT, FIST, FIST, FIST), _ASIDE),
    "S": Shape((FIST, FIST, FIST, FIST), _OVER),
    "U": Shape((STRAIGHT, STRAIGHT, FIST, FIST), _OVER, 0.1),
    "V": Shape((STRAIGHT, STRAIGHT, FIST, FIST), _OVER, 2.3),
    "W": Shape(
        (STRAIGHT, STRAIGHT, STRAIGHT, (70, 85, 50)),
        ((0.42, -0.46, -0.30), (0.12, -0.64, -0.52), (-0.14, -0.74, -0.60)),
        1.3,
    ),
    "Y": Shape((FIST, FIST, FIST, STRAIGHT), _ASIDE, 1.2),
    "open": Shape((STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT), _OUT, 1.0),
    "flat": Shape((STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT), _BESIDE, 0.15),
}


@dataclass(frozen=True)
class Build:
    """How a person's hands are made: factors on the bones, (4, 3), and on the breadth of the palm."""

    bones: Floats = field(default_factory=lambda: np.ones((4, 3)))
    breadth: float = 1.0

    @classmethod
    def any(cls, rng: np.random.Generator) -> Build:
        """Anybody's."""
        return cls(rng.normal(1, 0.05) * rng.normal(1, 0.02, (4, 3)), float(rng.normal(1, 0.04)))


def skeleton(shape: Shape, build: Build) -> Floats:
    """(21, 3) joints of a right hand in its own axes, in MediaPipe's order, the wrist at the origin."""
    points = np.zeros((21, 3))
    points[1:5] = [_THUMB_BASE, *shape.thumb]
    for finger, bend in enumerate(shape.fingers):
        turn = np.deg2rad(_SPREAD[finger] * shape.apart)
        along, near = np.array([np.sin(turn), -np.cos(turn), 0.0]), np.array([0.0, 0.0, -1.0])
        at = _KNUCKLES[finger]
        points[5 + 4 * finger] = at
        for joint in range(3):
            angle = np.deg2rad(sum(bend[: joint + 1]))
            at = at + _BONES[finger, joint] * build.bones[finger, joint] * (
                np.cos(angle) * along + np.sin(angle) * near
            )
            points[6 + 4 * finger + joint] = at
    return points * [build.breadth, 1, 1]


def between(one: Floats, other: Floats, share: float) -> Floats:
    """A skeleton on its way from one to another; bones may be a little short on the way."""
    return one + (other - one) * (share * share * (3 - 2 * share))


def turned(degrees: tuple[float, float, float]) -> Floats:
    """(3, 3): turned about the picture's x, y and z axes, in this order, by degrees."""
    x, y, z = np.deg2rad(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    found: Floats = about_z @ about_y @ about_x
    return found
