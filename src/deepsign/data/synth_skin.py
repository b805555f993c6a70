"""Synthetic skin: a hand painted around its 21 joints, with a palm that has folds and fingers that have nails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepsign.data.synth_paint import Canvas

Floats = NDArray[np.float64]

# Radii of the thumb's and the fingers' joints, in palm lengths.
_THICK = np.array([[0.20, 0.17, 0.135, 0.11], *[[0.15, 0.125, 0.11, 0.09]] * 3, [0.135, 0.11, 0.095, 0.08]])
SKINS = np.array([[250, 214, 190], [236, 188, 156], [214, 160, 126], [178, 124, 92], [136, 92, 66], [98, 66, 50]])


def paint_hand(canvas: Canvas, joints: Floats, palm: float, skin: Floats, facing: float, front: Floats) -> None:
    """Paints a hand.

    joints  (21, 3) in px, in MediaPipe's order.
    palm    px from the wrist to the middle knuckle, which everything's thickness is a share of.
    facing  1 where the palm looks into the camera, -1 for the back of the hand.
    front   a normal of the palm that looks to the camera.
    """
    tone = skin * (1.03 if facing > 0 else 0.97)
    flat = (front, 0.6)
    for knuckle in (5, 9, 13, 17):
        start = joints[0] + 0.3 * (joints[knuckle] - joints[5]) * [1, 1, 1]
        canvas.capsule(start, joints[knuckle], 0.25 * palm, 0.165 * palm, tone, flat)
    for a, b in ((5, 9), (9, 13), (13, 17)):
        canvas.capsule(joints[a], joints[b], 0.165 * palm, 0.165 * palm, tone, flat)
    canvas.capsule(joints[0] + 0.15 * (joints[1] - joints[0]), joints[1], 0.25 * palm, 0.21 * palm, tone, (front, 0.4))
    canvas.capsule(joints[1], (joints[5] + joints[2]) / 2, 0.19 * palm, 0.12 * palm, tone, (front, 0.4))
    if facing > 0:
        _folds(canvas, joints, palm)
    for finger in range(5):
        first = 1 + 4 * finger
        for bone in range(3):
            a, b = joints[first + bone], joints[first + bone + 1]
            thick = _THICK[finger] * palm
            nail = max(0.0, -facing) if bone == 2 else 0.0
            canvas.capsule(a, b, thick[bone], thick[bone + 1], tone, None, (0.0,) if bone else (), nail)


def normal_of(joints: Floats) -> Floats:
    """(3,): a unit normal of the palm; of a right hand it leaves the back of the hand."""
    normal = np.cross(joints[5] - joints[17], joints[9] - joints[0])
    found: Floats = normal / max(float(np.linalg.norm(normal)), 1e-9)
    return found


def _folds(canvas: Canvas, joints: Floats, palm: float) -> None:
    """The palm's lines: without them a tracker takes it for the back of the other hand."""
    wrist, thumb, index, middle, little = (joints[i, :2] for i in (0, 1, 5, 9, 17))
    lines = (
        np.array([little + 0.16 * (wrist - little), 0.75 * middle + 0.25 * wrist, 0.9 * index + 0.1 * middle]),
        np.array([0.85 * index + 0.15 * wrist, 0.55 * middle + 0.45 * thumb, 0.85 * wrist + 0.15 * thumb]),
    )
    for line in lines:
        canvas.line(line, 0.03 * palm, 0.35)
