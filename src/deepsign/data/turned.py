"""Turned signs: letters that are one handshape pointing elsewhere, made from one another.

G points to the side and Q down with the same hand; so do H and U, P and K. People point as is comfortable, so each
collection shows a few directions of each, and none shows all: turning a real hand shows the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HAND_POINTS

Family = Mapping[str, tuple[float, float]]
"""Gloss → degrees above the horizon, from and to, between which the index finger points. −90 is down."""

_KNUCKLE, _TIP = HAND_POINTS.index("index_mcp"), HAND_POINTS.index("index_tip")


def turned(
    hands: NDArray[np.float32],
    glosses: NDArray[np.str_],
    sources: NDArray[np.str_],
    families: Sequence[Family],
    count: int,
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """About `count` hands (N, 21, 3) with their glosses (N,), the wrist at 0, made from hands of the families' glosses.

    x and y must be in equal units; z may be NaN and then stays so. Every source gives equally many hands of every
    gloss that it has; each is turned in the picture, to the side that it points to, until its index finger points as
    a gloss of its family does. Deterministic by seed.
    """
    rng = np.random.default_rng(seed)
    cells = [
        (family, at)
        for family in families
        for gloss in family
        for source in np.unique(sources)
        if len(at := np.flatnonzero((glosses == gloss) & (sources == source)))
    ]
    if not cells or not count:
        return np.zeros((0, *hands.shape[1:]), np.float32), np.zeros(0, glosses.dtype)
    made, named = [], []
    for family, at in cells:
        chosen = hands[rng.choice(at, -(-count // len(cells)))]
        targets = rng.choice(sorted(family), len(chosen))
        low, high = np.array([family[str(gloss)] for gloss in targets]).T
        made.append(_pointing(chosen, rng.uniform(low, high)))
        named.append(targets)
    return np.concatenate(made), np.concatenate(named).astype(glosses.dtype)


def _pointing(hands: NDArray[np.float32], elevation: NDArray[np.float64]) -> NDArray[np.float32]:
    """Each hand turned about its wrist until its index finger is `elevation` degrees above the horizon."""
    finger = hands[:, _TIP, :2] - hands[:, _KNUCKLE, :2]
    rightwards = np.where(finger[:, 0] >= 0, 1.0, -1.0)
    now = np.arctan2(-finger[:, 1], np.abs(finger[:, 0]))  # y runs down
    turn = (np.deg2rad(elevation) - now) * rightwards
    cos, sin = np.cos(turn), np.sin(turn)
    out = hands - hands[:, :1]
    rotation = np.stack([np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)], axis=1)
    out[..., :2] = np.einsum("bij,bpj->bpi", rotation, out[..., :2])
    return np.asarray(out, dtype=np.float32)
