"""Non-signs: hands that mean nothing, made from hands that do, so that a network learns to say "not a sign I know".

What a camera sees between signs: a hand hanging down or lying, a hand half way from one letter to another, fingers
bent at random, and a tracker that sees a hand where there is none. Deterministic by seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HAND_PARENT as PARENT

Points = NDArray[np.float32]
_FINGERS = tuple(range(start, start + 4) for start in (1, 5, 9, 13, 17))

# Letters that stay no letter when they are turned upside down. The others turn into one another: K into P, G into Q,
# U into H (and P, Q and H hang down already).
UPRIGHT_ONLY = frozenset("ABCDEFILORSTWXY")


def non_signs(hands: Points, glosses: NDArray[np.str_], count: int, seed: int) -> Points:
    """`count` hands (count, 21, 3) that are no signs, made from hands (N, 21, 3) with their glosses (N,).

    x and y must be in equal units; z may be NaN and then stays so. A third each: turned down, bent at random, and
    torn apart as a tracker's false alarms are.
    """
    rng = np.random.default_rng(seed)
    kinds = (_hanging, _bent, _torn)
    made = [
        kind(hands, glosses, len(part), rng)
        for kind, part in zip(kinds, np.array_split(np.arange(count), 3), strict=True)
    ]
    return np.concatenate(made).astype(np.float32)


def _hanging(hands: Points, glosses: NDArray[np.str_], count: int, rng: np.random.Generator) -> Points:
    """A handshape turned by 100 to 260 degrees: arms hang, hands lie in laps."""
    fit = np.flatnonzero(np.isin(glosses, sorted(UPRIGHT_ONLY)))
    chosen = hands[rng.choice(fit if len(fit) else len(hands), count)]
    angle = np.deg2rad(rng.uniform(100, 260, count))
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], 1)
    out = chosen - chosen[:, :1]
    out[..., :2] = np.einsum("bij,bpj->bpi", turn, out[..., :2])
    return np.asarray(out, dtype=np.float32)


def _bent(hands: Points, glosses: NDArray[np.str_], count: int, rng: np.random.Generator) -> Points:
    """Every bone of every finger turned at random, by up to 70 degrees: poses that no letter has."""
    del glosses
    chosen = hands[rng.choice(len(hands), count)]
    bones = chosen - chosen[:, PARENT, :]
    for finger in _FINGERS:
        turn = np.zeros(count)
        for joint in finger:
            turn = turn + np.deg2rad(rng.uniform(-70, 70, count)) * (joint != finger[0])
            x, y = bones[:, joint, 0].copy(), bones[:, joint, 1].copy()
            bones[:, joint, 0] = np.cos(turn) * x - np.sin(turn) * y
            bones[:, joint, 1] = np.sin(turn) * x + np.cos(turn) * y
    return _joined(bones)


def _torn(hands: Points, glosses: NDArray[np.str_], count: int, rng: np.random.Generator) -> Points:
    """Bones of wrong length and direction, squeezed hands: what a tracker makes of a face or a folded cloth."""
    del glosses
    chosen = hands[rng.choice(len(hands), count)]
    bones = chosen - chosen[:, PARENT, :]
    length = np.linalg.norm(bones[..., :2], axis=-1).mean(axis=1)[:, None, None]
    strength = rng.uniform(0.4, 1.2, (count, 1, 1))
    bones = bones + strength * length * rng.standard_normal(bones.shape)
    squeeze = np.exp(rng.normal(0, 0.5, (count, 1, 1)))
    bones[..., 0:1] *= squeeze
    return _joined(bones.astype(np.float32))


def _joined(bones: Points) -> Points:
    points = np.zeros_like(bones)
    for joint in range(1, len(PARENT)):
        points[:, joint] = points[:, PARENT[joint]] + bones[:, joint]
    return points
