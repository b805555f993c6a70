"""Transitions: a hand on its way from one sign to another, made from two stills. It moves, and is neither J nor Z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HAND_POINTS

FRAMES = 12
_INDEX, _MIDDLE, _LITTLE = (HAND_POINTS.index(f"{finger}_mcp") for finger in ("index", "middle", "little"))
# Seconds that a fluent to a slow fingerspeller takes from one letter's hold to the next one's, with a little of both.
_SHORTEST, _LONGEST = 0.3, 0.9
# Hand lengths that the hand wanders meanwhile (standard deviation): spellers move their hand sideways between letters.
_WANDER = 0.4
# Hand lengths that some point moves between the two handshapes: M and N are too alike to have a way between them.
_APART = 0.4


def transitions(
    hands: NDArray[np.float32], glosses: NDArray[np.str_], count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """At most `count` clips (N, FRAMES, 21, 3) and their times (N, FRAMES) in s, made from hands (N, 21, 3).

    x and y must be in equal units; a clip's z is NaN where either hand's is. Both ends are held for a moment. The two
    glosses differ, and so do the handshapes; fewer clips where hardly any do. Deterministic by seed.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.integers(len(hands), size=(2, 4 * count))
    begin, end = one_sided(hands[first]), one_sided(hands[second])
    apart = np.linalg.norm((end - begin)[..., :2], axis=-1).max(axis=-1) > _APART
    chosen = np.flatnonzero(apart & (glosses[first] != glosses[second]))[:count]
    begin, end, count = begin[chosen], end[chosen], len(chosen)
    share = np.clip(np.linspace(-0.3, 1.3, FRAMES), 0, 1)
    smooth = (share * share * (3 - 2 * share))[None, :, None, None]
    clips = begin[:, None] + smooth * (end - begin)[:, None]
    way = rng.normal(0, _WANDER, (count, 1, 1, 2)) * np.linspace(0, 1, FRAMES)[None, :, None, None]
    clips[..., :2] += way
    times = np.linspace(0, 1, FRAMES)[None] * rng.uniform(_SHORTEST, _LONGEST, (count, 1))
    return clips.astype(np.float32), times.astype(np.float32)


def one_sided(hands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wrist at 0, palms of one length (half an open hand's), mirrored where needed so that all are of one side."""
    out = hands - hands[:, :1]
    away = np.linalg.norm(out[..., :2], axis=-1)
    # A palm that points at the camera looks short; it is at least a third of what is seen of the hand.
    palm = np.maximum(away[:, _MIDDLE], away.max(axis=1) / 3)
    out = out * (0.5 / np.maximum(palm, 1e-6))[:, None, None]
    index, little = out[:, _INDEX], out[:, _LITTLE]
    out[index[:, 0] * little[:, 1] - index[:, 1] * little[:, 0] > 0, :, 0] *= -1
    return np.asarray(out, dtype=np.float32)
