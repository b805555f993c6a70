"""Bodies made by formula: a person who signs words with one or two hands, at any frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.data.manifest import Row, write
from deepsign.landmarks import HANDS_POSE
from deepsign.perceive import write_landmarks
from made_hands import hand

# Word → the handshape, and where the right wrist goes (t from 0 to 1): shoulder widths from the shoulders' middle, x to
# the right of the picture, y down. The signer's right hand is on the picture's left.
SIGNS = {
    "circle": ("B", lambda t: (-0.4 + 0.3 * np.cos(2 * np.pi * t), 0.6 + 0.3 * np.sin(2 * np.pi * t))),
    "rise": ("L", lambda t: (-0.5 + 0 * t, 1.2 - 1.4 * t)),
    "wave": ("V", lambda t: (-0.6 + 0.25 * np.sin(6 * np.pi * t), -0.2 + 0 * t)),
    "push": ("A", lambda t: (-0.9 + 1.1 * t, 0.9 - 0.3 * t)),
}
_WIDTH = 0.22  # of the shoulders, in picture heights
_MIDDLE = np.array([0.65, 0.45])  # of the shoulders, in picture heights


def body(word: str, fps: float = 30.0, seconds: float = 1.0, person: int = 0, two_hands: bool = False) -> Clip:
    """A clip in the hands_pose layout, aspect 4/3, of somebody who signs this word; the same each time.

    Legs are never seen; the left hand hangs, or does as the right one does where two_hands.
    """
    shape, way = SIGNS[word]
    own = np.random.default_rng(person)
    width, middle = _WIDTH * own.normal(1, 0.05), _MIDDLE + own.normal(0, 0.02, 2)
    times = np.arange(round(seconds * fps) + 1) / fps
    points = np.full((len(times), len(HANDS_POSE), 3), np.nan)
    right = middle + width * np.stack(way(times / seconds), axis=1)
    left = middle + width * np.array([0.55, 1.3]) + 0 * right
    if two_hands:
        left = right * [-1, 1] + [2 * middle[0], 0]
    fingers = hand(shape, np.random.default_rng(100 + person), person).astype(np.float64)
    fingers = (fingers - fingers[0]) * width / 0.35
    points[:, HANDS_POSE.part("right_hand")] = fingers
    points[:, HANDS_POSE.part("right_hand"), :2] += right[:, None]
    if two_hands:
        points[:, HANDS_POSE.part("left_hand")] = fingers * [-1, 1, 1]
        points[:, HANDS_POSE.part("left_hand"), :2] += left[:, None]
    face = {"nose": (0, -0.6), "left_mouth": (0.05, -0.45), "right_mouth": (-0.05, -0.45)}
    face |= {"left_shoulder": (0.5, 0), "right_shoulder": (-0.5, 0)}
    for name, place in face.items():
        points[:, HANDS_POSE.index[f"pose.{name}"]] = [*(middle + width * np.array(place)), -0.1]
    for side, wrists, shoulder in (("left", left, 0.5), ("right", right, -0.5)):
        elbow = (wrists + middle + width * np.array([shoulder, 0.0])) / 2 + [0.0, 0.1 * width]
        for name, at in (("elbow", elbow), ("wrist", wrists)):
            points[:, HANDS_POSE.index[f"pose.{side}_{name}"]] = np.concatenate([at, 0 * at[:, :1]], axis=1)
    aspect = 4 / 3
    fractions = (points / [aspect, 1, aspect]).astype(np.float32)
    return Clip.from_landmarks(fractions, HANDS_POSE.name, times=times, aspect=aspect, source=f"{word}.npz")


def landmarks_of(clip: Clip) -> NDArray[np.float32]:
    """The clip's landmarks (T, 75, 3)."""
    assert clip.landmarks is not None
    return clip.landmarks


def take(word: str, person: int, number: int) -> Clip:
    """A person's n-th recording of a word: each a little slower than the one before, at 15 frames a second."""
    return body(word, fps=15, seconds=0.7 + 0.1 * number, person=person)


def collection(folder: Path, words: Sequence[str] = tuple(SIGNS), people: int = 4, takes: int = 3) -> Path:
    """Landmark files with a manifest beside them: every person signs every word so many times. Gives the manifest."""
    rows = []
    for word in words:
        for person in range(people):
            for number in range(takes):
                path = f"{word}/{person}-{number}.npz"
                write_landmarks(take(word, person, number), folder / path)
                rows.append(Row(path, word, f"made/{person}", "", "CC0-1.0", "made", ""))
    write(rows, folder / "manifest.csv")
    return folder / "manifest.csv"
