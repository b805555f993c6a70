"""Smooth: a tracked clip → a diagram's: cut to the sign, one-sided, gaps filled, evenly timed, smoothed, framed alike.

Landmarks in here are hands_pose (T, 75, 3) in picture heights (x and z times the aspect), NaN = not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.landmarks import HANDS as HANDS_ALONE
from deepsign.landmarks import HANDS_POSE, convert, mirrored
from deepsign.problems import InputError

Floats = NDArray[np.float64]

# Frames a second of a tutorial: what the webcam collections have, and smooth enough to draw between.
RATE = 20.0
# The common framing, in fractions of a square picture: the shoulders' width, their middle's height. Room for arms
# stretched to both sides (1.7 shoulder widths from the middle), and from above the head to the hips.
SHOULDERS_WIDE, SHOULDERS_AT = 0.28, 0.46
# Standard deviations in s of the Gaussian that smooths; a hand's quickest moves last 0.2 s, a body hardly moves.
_HAND_BLUR, _ARM_BLUR, _BODY_BLUR = 0.045, 0.09, 0.25
# A hand that is seen in less of the frames than this, or that is never lifted this near to the shoulders (in shoulder
# widths below them), rests.
_SEEN_LEAST = 0.45
_LIFTED = 1.0
# Webcam collections begin many clips with a frame or two of the clip before: a leap of more than this, in shoulder
# widths, of a wrist, a fingertip or the head within the first frames.
_LEAP, _LEAP_WITHIN = 0.15, 3
# A head is about as high as 0.62 shoulder widths and as wide as 0.42; ears are 0.16 m apart, shoulders 0.41 m
# (NASA-STD-3000, volume I, section 3). A circle between both.
HEAD = 0.27

HANDS = {side: HANDS_POSE.part(f"{side}_hand") for side in ("left", "right")}
_AT = {point: HANDS_POSE.index[f"pose.{point}"] for point in ("nose", "left_shoulder", "right_shoulder")}
_WRIST = {side: HANDS_POSE.index[f"pose.{side}_wrist"] for side in HANDS}


@dataclass(frozen=True)
class Diagram:
    """What is drawn.

    clip   hands_pose, in the common framing, evenly timed; hands that rest are NaN throughout.
    hands  which hands sign, "left" or "right" or both; the right one leads.
    head   the head's radius, as a fraction of the picture's width; None where only a hand is drawn.
    """

    clip: Clip
    hands: tuple[str, ...]
    head: float | None


def diagram(clip: Clip, aspect: float | None = None, tempo: float = 1.0) -> Diagram:
    """The clip of one sign as a diagram; InputError where shoulders or a lifted hand are hardly ever seen.

    aspect  the picture's width / height where the clip doesn't know it.
    tempo   the clip's seconds are multiplied by it: collections without times may have been slower than they say.
    """
    points = in_heights(clip, aspect or clip.aspect)
    times = clip.times * tempo
    unit = _shoulder_width(points, clip.source)
    points, times = without_leap(points, times, unit)
    hands = _signing(points, unit)
    if not hands:
        raise InputError(f"{clip.source}: no hand is seen signing in it; take another clip, with both hands in view")
    if "right" not in hands or (len(hands) == 2 and _way(points, "left") > 1.6 * _way(points, "right")):
        points = _mirrored(points)
        hands = tuple(sorted({"left": "right", "right": "left"}[side] for side in hands))
    points, times = span(points, times, hands)
    points = evenly(points, times, hands)
    return replace(_framed(points, clip.source), hands=hands)


def seen_share(clip: Clip) -> float:
    """How much of the clip between a hand's first and last sighting shows one, 0 to 1."""
    assert clip.landmarks is not None and clip.layout is not None
    hands = convert(clip.landmarks, clip.layout, HANDS_ALONE.name)
    there = np.asarray(~np.isnan(hands[..., 0]).all(axis=1))
    at = np.flatnonzero(there)
    return float(there[at[0] : at[-1] + 1].mean()) if len(at) else 0.0


def in_heights(clip: Clip, aspect: float) -> Floats:
    """A clip's landmarks as hands_pose (T, 75, 3) in picture heights."""
    assert clip.landmarks is not None and clip.layout is not None
    points = convert(clip.landmarks, clip.layout, HANDS_POSE.name).astype(np.float64)
    points[..., [0, 2]] *= aspect
    return points


def _shoulder_width(points: Floats, source: str) -> float:
    apart = points[:, _AT["left_shoulder"], :2] - points[:, _AT["right_shoulder"], :2]
    if np.isnan(apart).any(axis=1).mean() > 0.5:
        raise InputError(f"{source}: both shoulders are hardly ever seen in it; take a clip that shows the upper body")
    return float(np.nanmedian(np.linalg.norm(apart, axis=1)))


def without_leap(points: Floats, times: Floats, unit: float) -> tuple[Floats, Floats]:
    """Without the frames of the clip before: those up to a leap that the hands or the body make early on."""
    hands = [part.start + point for part in HANDS.values() for point in (0, 8, 20)]
    tracked = points[:, [*hands, _AT["nose"], *_WRIST.values()], :2]
    step = np.linalg.norm(np.diff(tracked[: _LEAP_WITHIN + 1], axis=0), axis=2) / unit
    leaps = np.flatnonzero(np.nan_to_num(step).max(axis=1) > _LEAP)
    begin = int(leaps[-1]) + 1 if len(leaps) else 0
    return points[begin:], times[begin:]


def _signing(points: Floats, unit: float) -> tuple[str, ...]:
    shoulders = np.nanmean(points[:, [_AT["left_shoulder"], _AT["right_shoulder"]], 1])
    found = []
    for side, part in HANDS.items():
        height = points[:, part.start, 1]
        if np.mean(~np.isnan(height)) >= _SEEN_LEAST and np.nanmin(height) < shoulders + _LIFTED * unit:
            found.append(side)
    return tuple(found)


def _way(points: Floats, side: str) -> float:
    """How far a hand's points go, all their steps together."""
    hand = points[:, HANDS[side], :2]
    return float(np.nansum(np.linalg.norm(np.diff(hand, axis=0), axis=-1)))


def _mirrored(points: Floats) -> Floats:
    return mirrored(points.astype(np.float32), HANDS_POSE.name).astype(np.float64)


def span(points: Floats, times: Floats, hands: tuple[str, ...]) -> tuple[Floats, Floats]:
    """From the first to the last frame that shows a signing hand; hands that rest are NaN."""
    for side in HANDS.keys() - set(hands):
        points[:, HANDS[side]] = np.nan
    there = np.flatnonzero(np.any([~np.isnan(points[:, HANDS[side].start, 0]) for side in hands], axis=0))
    cut = slice(there[0], there[-1] + 1)
    return points[cut], times[cut] - times[there[0]]


def evenly(points: Floats, times: Floats, hands: tuple[str, ...]) -> Floats:
    """At RATE frames a second, every gap filled and the tracker's tremble taken out."""
    even = np.arange(0, times[-1] + 1e-6, 1 / RATE)
    out = np.full((len(even), len(HANDS_POSE), 3), np.nan)
    for at in range(HANDS_POSE.part("pose").start, HANDS_POSE.part("pose").stop):
        slow = _ARM_BLUR if any(word in HANDS_POSE.points[at] for word in ("elbow", "wrist")) else _BODY_BLUR
        out[:, at] = _smooth(_between(points[:, at], times, even), slow)
    for side in hands:
        # A hand that is lost goes where the body's wrist goes, and changes its shape evenly meanwhile.
        wrist, body = points[:, HANDS[side].start], points[:, _WRIST[side]]
        apart = _between(wrist - body, times, times)
        path = np.where(np.isnan(wrist), body + apart, wrist)
        shape = points[:, HANDS[side]] - wrist[:, None]
        even_path = _smooth(_between(path, times, even), _HAND_BLUR)
        flat = _between(shape.reshape(len(times), -1), times, even)
        out[:, HANDS[side]] = even_path[:, None] + _smooth(flat, _HAND_BLUR).reshape(len(even), -1, 3)
        out[:, _WRIST[side]] = even_path
    return out


def _between(values: Floats, times: Floats, at: Floats) -> Floats:
    """Values (T, …) at other times, on straight lines between those that were seen; NaN where none ever was."""
    flat = values.reshape(len(values), -1)
    out = np.full((len(at), flat.shape[1]), np.nan)
    for column in range(flat.shape[1]):
        seen = ~np.isnan(flat[:, column])
        if seen.any():
            out[:, column] = np.interp(at, times[seen], flat[seen, column])
    return out.reshape(len(at), *values.shape[1:])


def _smooth(values: Floats, blur: float) -> Floats:
    """Values (T, C) blurred over time; the ends are held."""
    reach = max(1, int(np.ceil(3 * blur * RATE)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (blur * RATE)) ** 2)
    padded = np.concatenate([np.repeat(values[:1], reach, 0), values, np.repeat(values[-1:], reach, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
    return np.asarray(windows @ (weights / weights.sum()))


def _framed(points: Floats, source: str) -> Diagram:
    """Shoulders level on average, of one width and at one place; the steadier the body, the clearer the sign."""
    left, right = points[:, _AT["left_shoulder"], :2], points[:, _AT["right_shoulder"], :2]
    middle, across = ((left + right) / 2).mean(axis=0), (left - right).mean(axis=0)
    width, angle = float(np.hypot(*across)), float(np.arctan2(across[1], across[0]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    out = points * (SHOULDERS_WIDE / width)
    out[..., :2] = (points[..., :2] - middle) @ turn.T * (SHOULDERS_WIDE / width) + (0.5, SHOULDERS_AT)
    times = np.arange(len(out)) / RATE
    clip = Clip.from_landmarks(out.astype(np.float32), HANDS_POSE.name, times=times, aspect=1.0, source=source)
    return Diagram(clip, (), HEAD * SHOULDERS_WIDE)
