"""Altered: the same clips with fewer frames, in a mirror, or held still, to see what an answer depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.evaluate.run import Store
from deepsign.landmarks import HANDS_POSE, HOLISTIC, convert, mirrored

Change = Callable[[Clip], Clip]

# How far below the shoulders a wrist is that rests, in widths of the shoulders: elbow to hip, about.
_LOW = 1.2
# A clip that is held still: so many frames at so many a second, as a webcam gives.
_HELD_FRAMES, _HELD_FPS = 30, 20.0


@dataclass(frozen=True)
class Altered:
    """A store whose every clip is changed."""

    store: Store
    change: Change

    def clip(self, row: Row) -> Clip:
        """The row's clip, changed."""
        return self.change(self.store.clip(row))


def thinned(step: int) -> Change:
    """Every `step`-th frame only, at its own time: 30 frames a second become 15 with 2."""

    def change(clip: Clip) -> Clip:
        assert clip.landmarks is not None
        return replace(clip, landmarks=clip.landmarks[::step], times=clip.times[::step])

    return change


def in_a_mirror(clip: Clip) -> Clip:
    """As a mirror shows it: a right-handed signer becomes a left-handed one."""
    assert clip.landmarks is not None and clip.layout is not None
    return clip.with_landmarks(mirrored(clip.landmarks, clip.layout), clip.layout)


def low_frame(clip: Clip) -> int | None:
    """The first frame in which hands are seen and all of them rest far below the shoulders; None for no such."""
    assert clip.landmarks is not None
    if clip.layout not in (HANDS_POSE.name, HOLISTIC.name):
        return None
    flat = convert(clip.landmarks, clip.layout, HANDS_POSE.name)[..., :2]
    points = flat * np.array([clip.aspect, 1.0], dtype=np.float32)
    at = HANDS_POSE.index
    left, right = points[:, at["pose.left_shoulder"]], points[:, at["pose.right_shoulder"]]
    floor = (left[:, 1] + right[:, 1]) / 2 + _LOW * np.hypot(*(left - right).T)
    wrists = np.stack([points[:, at[f"{side}_hand.wrist"], 1] for side in ("left", "right")])
    unseen = np.isnan(wrists)
    low = (unseen | (wrists > floor)).all(axis=0) & ~unseen.all(axis=0)
    return int(low.argmax()) if low.any() else None


def held_still(clip: Clip, frame: int) -> Clip:
    """One frame of the clip, held for one and a half seconds: somebody who doesn't sign at all."""
    assert clip.landmarks is not None and clip.layout is not None
    still = np.repeat(clip.landmarks[frame : frame + 1], _HELD_FRAMES, axis=0)
    return Clip.from_landmarks(still, clip.layout, fps=_HELD_FPS, aspect=clip.aspect, source=clip.source)
