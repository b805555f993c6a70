"""Drawn: J and Z as clips, drawn by real hands that hold an I or a D. Few collections show these two letters moving.

The same hands, carried along a line that is neither, stay an I and a D: a hand that moves draws nothing by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepsign.data.transitions import one_sided

FRAMES = 16
# Seconds from the first to the last frame, the hold before and after with it: a fluent to a slow fingerspeller.
_SHORTEST, _LONGEST = 0.5, 1.5
# Share of a clip for which the hand may be held before the stroke begins, and after it.
_HOLD = 0.25
# Share of the clips in which the hand is carried and draws nothing.
CARRIED = 0.3
# Tremble of every point in hand lengths: what a tracker gives for a hand that rests (EXPERIMENTS.md).
_TREMBLE = 0.012

Floats = NDArray[np.float64]


def drawn(
    hands: NDArray[np.float32],
    glosses: NDArray[np.str_],
    strokes: Mapping[Literal["J", "Z"], str],
    count: int,
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.str_]]:
    """At most `count` clips (N, FRAMES, 21, 3), their times (N, FRAMES) in s, and what each one draws (N,).

    strokes  what is drawn → the gloss of the hands that draw it: {"J": "I", "Z": "D"}. The keys are those of STROKES.

    Hands (N, 21, 3) have x and y in equal units; z that is NaN stays so. The letters that are drawn get equal shares,
    of which CARRIED go to hands that are only carried; one whose hands are missing gets none. Deterministic by seed.
    """
    rng = np.random.default_rng(seed)
    clips: list[NDArray[np.float32]] = []
    times: list[Floats] = []
    names: list[str] = []
    for letter, shape in strokes.items():
        holding = one_sided(hands[glosses == shape])
        for hand in holding[rng.integers(len(holding), size=count // len(strokes))] if len(holding) else ():
            draws = rng.random() >= CARRIED
            stroke = STROKES[letter] if draws else _carried
            clips.append(stroke(hand.astype(np.float64), _progress(rng), rng).astype(np.float32))
            times.append(np.linspace(0, rng.uniform(_SHORTEST, _LONGEST), FRAMES))
            names.append(letter if draws else shape)
    found = np.stack(clips) if clips else np.zeros((0, FRAMES, 21, 3), np.float32)
    found += rng.normal(0, _TREMBLE, found.shape).astype(np.float32)
    return found, np.array(times, np.float32).reshape(-1, FRAMES), np.array(names, np.str_)


def _progress(rng: np.random.Generator) -> Floats:
    """(FRAMES,) how much of the stroke is done: held at 0, then eased to 1, then held."""
    begin, end = rng.uniform(0, _HOLD), 1 - rng.uniform(0, _HOLD)
    share = np.clip((np.linspace(0, 1, FRAMES) - begin) / (end - begin), 0, 1)
    ease = rng.uniform(0, 1)
    return np.asarray((1 - ease) * share + ease * share * share * (3 - 2 * share))


def _j(hand: Floats, progress: Floats, rng: np.random.Generator) -> Floats:
    """The little finger draws a J: by a turn of the forearm where depth is known, as most people do, or by the arm."""
    if np.isfinite(hand[:, 2]).all() and rng.random() < 0.7:
        return _turned_j(hand, progress, rng)
    down, wide = rng.uniform(0.6, 1.2), rng.uniform(0.2, 0.5)
    bow = np.linspace(np.pi, np.pi * rng.uniform(-0.1, 0.2), 20)
    hook = np.stack([wide + wide * np.cos(bow), down + wide * np.sin(bow)], axis=1)
    path = _along(np.concatenate([[[0.0, 0.0], [0.0, down]], hook]), progress)
    # The hand leans into the hook: its fingers come round clockwise.
    lean = np.radians(rng.uniform(0, 80)) * progress**1.5
    return _moved(hand, _about_z(lean), path * rng.uniform(0.8, 1.4))


def _turned_j(hand: Floats, progress: Floats, rng: np.random.Generator) -> Floats:
    """The wrist stays where it is; the finger tips over towards the viewer, and comes up with the palm turned away.

    Angles as seen in the clips of a signer's J: the palm's area goes from −0.18 to +0.15 square hand lengths, the
    little finger's tip from (−0.4, −1.0) by (−0.2, −0.1) to (0.5, −0.7) hand lengths.
    """
    tip = np.radians(rng.uniform(50, 95)) * np.sin(np.pi * np.clip(progress * rng.uniform(0.8, 1.1), 0, 1)) ** 1.2
    roll = np.radians(rng.uniform(100, 180)) * progress ** rng.uniform(1.0, 2.0)
    lean = np.radians(rng.uniform(0, 45)) * progress
    turn = _about_z(lean) @ _about_x(tip) @ _about_y(roll)
    sink = np.array([rng.normal(0, 0.15), rng.uniform(0, 0.35)]) * np.sin(np.pi * progress)[:, None]
    end = np.array([rng.uniform(-0.1, 0.4), rng.normal(0, 0.1)]) * progress[:, None]
    return _moved(hand, turn, sink + end)


def _z(hand: Floats, progress: Floats, rng: np.random.Generator) -> Floats:
    """The index finger draws a Z as the signer sees it: for the viewer its first stroke goes to the left."""
    wide, high, slant = rng.uniform(0.5, 1.2), rng.uniform(0.5, 1.1), rng.normal(0, 0.15, (4, 2))
    corners = np.array([[0, 0], [-wide, 0], [0, high], [-wide, high]]) + slant * wide
    lean = np.radians(rng.normal(0, 12)) * np.sin(2 * np.pi * progress)
    return _moved(hand, _about_z(lean), _along(corners - corners[0], progress) * rng.uniform(0.7, 1.4))


def _carried(hand: Floats, progress: Floats, rng: np.random.Generator) -> Floats:
    """Along a nearly straight line, as spellers' hands wander; up to a hand's length and a half."""
    away = rng.normal(0, 0.5, 2)
    bow = 0.15 * rng.normal(0, 1, 2) * np.linalg.norm(away)
    path = np.clip(away, -1.5, 1.5) * progress[:, None] + bow * np.sin(np.pi * progress)[:, None]
    return _moved(hand, _about_z(np.radians(rng.normal(0, 8)) * progress), path)


# What can be drawn, by a right hand whose palm faces the viewer: (hand (21, 3), progress (T,), rng) → (T, 21, 3).
STROKES: dict[str, Callable[[Floats, Floats, np.random.Generator], Floats]] = {"J": _j, "Z": _z}


def _along(corners: Floats, progress: Floats) -> Floats:
    """Points (T, 2) on the line through the corners (N, 2), at these shares (T,) of its length."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    return np.stack([np.interp(progress * length[-1], length, corners[:, axis]) for axis in range(2)], axis=1)


def _moved(hand: Floats, turn: Floats, path: Floats) -> Floats:
    """The hand turned about its wrist (T, 3, 3) and carried along (T, 2). Without depth, turns must be about z."""
    deep = np.isfinite(hand[:, 2])
    out = np.einsum("tij,pj->tpi", turn, np.nan_to_num(hand))
    out[..., :2] += path[:, None]
    out[:, ~deep, 2] = np.nan
    return np.asarray(out)


def _about(axis: int, angle: Floats) -> Floats:
    """Rotations (T, 3, 3) by angles (T,) in radians about x, y or z."""
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    out = np.tile(np.eye(3), (len(angle), 1, 1))
    out[:, a, a] = out[:, b, b] = np.cos(angle)
    out[:, a, b], out[:, b, a] = -np.sin(angle), np.sin(angle)
    return out


def _about_x(angle: Floats) -> Floats:
    return _about(0, angle)


def _about_y(angle: Floats) -> Floats:
    return _about(1, angle)


def _about_z(angle: Floats) -> Floats:
    return _about(2, angle)
