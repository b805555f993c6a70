"""Hands made by a simple kinematic model: fingers bend at their joints, people differ, hands turn and move."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.data.manifest import Row, write
from deepsign.landmarks import HANDS

# Handshape → how far each finger (thumb first) is bent: 0 straight, 1 in the palm.
SHAPES = {
    "A": (0.0, 1.0, 1.0, 1.0, 1.0),
    "B": (1.0, 0.0, 0.0, 0.0, 0.0),
    "I": (1.0, 1.0, 1.0, 1.0, 0.0),
    "L": (0.0, 0.0, 1.0, 1.0, 1.0),
    "V": (1.0, 0.0, 0.0, 1.0, 1.0),
}
_SPREAD = np.deg2rad([-50, -15, 0, 12, 26])  # of the knuckles, seen from the wrist
_REACH = np.array([0.45, 0.95, 1.0, 0.95, 0.85])  # wrist to knuckle
_BONES = np.array([[0.45, 0.4, 0.3]] + [[0.5, 0.3, 0.25]] * 4)
_HAND = 0.18  # of the picture's height


def hand(gloss: str, rng: np.random.Generator, person: int = 0) -> NDArray[np.float32]:
    """A right hand (21, 3) that signs `gloss`, somewhere in a square picture, as this person does."""
    own = np.random.default_rng(1000 + person)
    reach, bones = _REACH * own.normal(1, 0.06, 5), _BONES * own.normal(1, 0.08, (5, 3))
    points = np.zeros((21, 3))
    for finger, bent in enumerate(SHAPES[gloss]):
        up = np.array([np.sin(_SPREAD[finger]), -np.cos(_SPREAD[finger]), 0.0])
        near = np.array([0.0, 0.0, -1.0])
        at = up * reach[finger]
        points[1 + 4 * finger] = at
        for joint in range(3):
            angle = (joint + 1) * np.deg2rad(75) * np.clip(bent + rng.normal(0, 0.06), 0, 1)
            at = at + bones[finger, joint] * (np.cos(angle) * up + np.sin(angle) * near)
            points[2 + 4 * finger + joint] = at
    turn = np.deg2rad(rng.normal(0, 8))
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    points = points @ spin.T * _HAND * rng.uniform(0.8, 1.2) + rng.normal(0, 0.002, points.shape)
    place = np.array([rng.uniform(0.4, 0.6), rng.uniform(0.5, 0.7), 0.0])
    return (points + place).astype(np.float32)


def clip(gloss: str, rng: np.random.Generator, person: int = 0, frames: int = 12) -> Clip:
    """A clip of both hands' layout, held still, or drawn as a hook where the gloss is J (an I that moves)."""
    shape = hand("I" if gloss == "J" else gloss, rng, person)
    at = np.linspace(0, 1, frames, dtype=np.float32)[:, None]
    hook = np.concatenate([-0.25 * np.clip(at - 0.5, 0, 1), 0.35 * np.minimum(at, 0.6), 0 * at], axis=1)
    points = np.full((frames, len(HANDS), 3), np.nan, dtype=np.float32)
    points[:, HANDS.part("right_hand")] = shape + (hook if gloss == "J" else 0 * hook)[:, None, :]
    points[:, HANDS.part("right_hand")] += rng.normal(0, 0.002, (frames, 21, 3)).astype(np.float32)
    return Clip.from_landmarks(points, HANDS.name, fps=20)


def collection(
    folder: Path, glosses: Sequence[str] = ("A", "B", "L"), people: int = 5, each: int = 8, seed: int = 0
) -> Path:
    """A hand table with a manifest beside it: every person signs every gloss `each` times. Gives the manifest."""
    rng = np.random.default_rng(seed)
    wanted = [(g, p) for p in range(people) for g in glosses for _ in range(each)]
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / "hands.npz",
        landmarks=np.stack([hand(g, rng, p) for g, p in wanted]),
        label=np.array([g for g, _ in wanted]),
    )
    rows = [
        Row(f"hands.npz#{i}", gloss, f"made/{person}", "", "CC0-1.0", f"made{person % 2}", "")
        for i, (gloss, person) in enumerate(wanted)
    ]
    write(rows, folder / "manifest.csv")
    return folder / "manifest.csv"
