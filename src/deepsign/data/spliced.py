"""Spliced: movements that are no sign, made from two that are: one sign's beginning goes on as another one's end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepsign.landmarks import HANDS_POSE, POSE_POINTS

Points = NDArray[np.float32]
_SHOULDERS = [HANDS_POSE.part("pose").start + POSE_POINTS.index(f"{side}_shoulder") for side in ("left", "right")]
# The share of the first clip that is kept; of the second one, the rest. Less, and it is the second sign.
_LEAST, _MOST = 0.35, 0.65


def spliced(
    clips: Sequence[Points], times: Sequence[Points], glosses: NDArray[np.str_], count: int, seed: int
) -> tuple[list[Points], list[Points]]:
    """At most `count` clips (T, 75, 3) in the hands_pose layout, and their times (T,) in s from 0.

    clips and times as they come, x and y in equal units; two of different glosses (N,) go into each. The second body
    is moved and sized to where the first one's shoulders are. Fewer clips where two of different glosses, both with
    shoulders in them, hardly meet. Deterministic by seed.
    """
    rng = np.random.default_rng(seed)
    bodies = [_shoulders(clip) for clip in clips]
    made: list[Points] = []
    told: list[Points] = []
    for first, second in rng.integers(len(clips), size=(4 * count, 2)):
        if len(made) == count:
            break
        one, other = bodies[first], bodies[second]
        if glosses[first] == glosses[second] or one is None or other is None:
            continue
        share = rng.uniform(_LEAST, _MOST)
        stop, start = round(share * len(clips[first])), round(share * len(clips[second]))
        if stop < 2 or len(clips[second]) - start < 2:
            continue
        rest = clips[second][start:].copy()
        rest[..., :2] = (rest[..., :2] - other[0]) * (one[1] / other[1]) + one[0]
        step = float(np.median(np.diff(times[first])))
        later = times[second][start:] - times[second][start] + times[first][stop - 1] + step
        made.append(np.concatenate([clips[first][:stop], rest]))
        told.append(np.concatenate([times[first][:stop], later]).astype(np.float32))
    return made, told


def _shoulders(clip: Points) -> tuple[NDArray[np.float64], float] | None:
    """Their middle (2,) and their width over the clip; None where they are never seen."""
    both = clip[:, _SHOULDERS, :2]
    both = both[~np.isnan(both).any(axis=(1, 2))].astype(np.float64)
    if not len(both):
        return None
    width = float(np.linalg.norm(both[:, 0] - both[:, 1], axis=1).mean())
    return (both.mean(axis=(0, 1)), width) if width > 0 else None
