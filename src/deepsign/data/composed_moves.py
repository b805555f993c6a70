"""Composed moves: where a sign is made against the body, and how the hand moves there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepsign.recipe_composed import Move, Place

Floats = NDArray[np.float64]

# Shoulder widths from the nose, or from the middle of the shoulders: right and down, for the right hand. A face is
# .6 shoulder widths high (25 cm and 41 cm: NASA-STD-3000, volume I, section 3).
PLACES: Mapping[Place, tuple[bool, float, float]] = {
    "forehead": (True, 0.0, -0.33),
    "temple": (True, -0.28, -0.22),
    "nose": (True, 0.0, 0.02),
    "cheek": (True, -0.24, 0.08),
    "mouth": (True, 0.0, 0.17),
    "chin": (True, 0.0, 0.28),
    "neck": (False, 0.0, -0.22),
    "near shoulder": (False, -0.42, 0.08),
    "far shoulder": (False, 0.4, 0.15),
    "chest": (False, 0.0, 0.35),
    "belly": (False, 0.0, 0.85),
    "beside": (False, -0.65, -0.05),
    "before": (False, -0.3, 0.25),
    "high": (False, -0.75, -0.6),
    "low": (False, -0.55, 0.6),
}
# Shoulder widths that the hand goes at the end of each way, or to and fro.
_WAYS: Mapping[Move, tuple[float, float]] = {
    "tap": (-0.1, 0.06), "away": (-0.12, 0.4), "aside": (-0.5, -0.03), "up": (0.0, -0.45), "down": (0.0, 0.5),
    "shake": (0.1, 0.0),
}  # fmt: skip
_ARC, _CIRCLE = (-0.45, -0.25), 0.13
# Degrees that a waving hand turns either way.
_WAVE = 20.0
# Repeated movements a second, from slow to quick.
_BEATS = (1.2, 2.6)


@dataclass(frozen=True)
class Motion:
    """What a hand does over T frames.

    off   (T, 2) shoulder widths from where the sign is made.
    roll  (T,) degrees that the hand turns in the picture.
    way   (T,) how much of the way to another place is gone, 0 to 1.
    bend  (T,) how far the fingers are bent at the knuckles, 0 to 1.
    """

    off: Floats
    roll: Floats
    way: Floats
    bend: Floats


def motion(move: Move, frames: int, seconds: float, rng: np.random.Generator) -> Motion:
    """One way to do this movement in so many frames: how far, how often and when it begins are drawn."""
    share = np.linspace(0, 1, frames)
    off, roll, way, bend = np.zeros((frames, 2)), np.zeros(frames), np.zeros(frames), np.zeros(frames)
    much = rng.uniform(0.7, 1.3)
    gone = eased((share - rng.uniform(0, 0.3)) / rng.uniform(0.35, 0.6))
    begins = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else 0.0
    turn = 2 * np.pi * max(1, round(seconds * rng.uniform(*_BEATS))) * share + begins
    match move:
        case "away" | "aside" | "up" | "down":
            off = much * gone[:, None] * np.array(_WAYS[move])
        case "tap":
            off = much * np.abs(np.sin(turn))[:, None] * np.array(_WAYS[move])
        case "shake":
            off = much * np.sin(turn)[:, None] * np.array(_WAYS[move])
        case "arc":
            off = much * np.stack([_ARC[0] * gone, _ARC[1] * np.sin(np.pi * gone)], axis=1)
        case "circle":
            off = much * _CIRCLE * np.stack([np.cos(turn) - np.cos(begins), np.sin(turn) - np.sin(begins)], axis=1)
        case "wave":
            roll = much * _WAVE * np.sin(turn)
        case "flap":
            bend = rng.uniform(0.5, 0.95) * (0.5 - 0.5 * np.cos(turn))
        case "to":
            way = gone
        case "still":
            pass
    return Motion(off, roll, way, bend)


def eased(share: Floats) -> Floats:
    """From 0 to 1, slow at both ends; held before and after."""
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
