"""Faces made by formula for made bodies: a mouth that opens, on the head of whoever signs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepsign.clip import Clip
from deepsign.data.manifest import Row, write
from deepsign.face_points import MIRROR
from deepsign.landmarks import HANDS_POSE, HOLISTIC, convert
from deepsign.models.lips import LIPS
from deepsign.perceive import write_landmarks
from made_bodies import landmarks_of, take

FACE = HOLISTIC.part("face")
# Both outlines of the lower lip without the mouth's corners, as LIPS goes round.
LOWER = [*LIPS[1:10], *LIPS[21:30]]
_WIDE = 0.03  # half a face, in picture heights: of shoulders of 0.22


def with_face(clip: Clip, opens: float, person: int = 0) -> Clip:
    """The clip in the layout holistic: with a face, whose mouth opens by so many picture heights and closes again."""
    half = np.random.default_rng(1000 + person).normal(0, _WIDE, (FACE.stop, 2))
    half[list(LIPS)] = [0, 0.5 * _WIDE] + 0.4 * np.random.default_rng(7).normal(0, _WIDE, (len(LIPS), 2))
    face = (half + half[list(MIRROR)] * [-1, 1]) / 2
    nose = landmarks_of(clip)[:, HANDS_POSE.index["pose.nose"], :2] * [clip.aspect, 1]
    points = nose[:, None] + face
    share = (clip.times - clip.times[0]) / (clip.times[-1] - clip.times[0])
    points[:, LOWER, 1] += opens * np.sin(np.pi * share)[:, None]
    out = convert(landmarks_of(clip), HANDS_POSE.name, HOLISTIC.name)
    out[:, FACE, :2] = points / [clip.aspect, 1]
    out[:, FACE, 2] = -0.1
    return clip.with_landmarks(out, HOLISTIC.name)


def without_face(clip: Clip) -> Clip:
    """The same, its face not seen."""
    points = landmarks_of(clip).copy()
    points[:, FACE] = np.nan
    return clip.with_landmarks(points, HOLISTIC.name)


def spoken(folder: Path, people: int = 4, takes: int = 2) -> Path:
    """Landmark files with faces, and their manifest: "open" and "shut" are one movement of one hand, "wave" another."""
    rows = []
    for person in range(people):
        for number in range(takes):
            for gloss, word, opens in (("open", "push", 0.03), ("shut", "push", 0.0), ("wave", "wave", 0.0)):
                path = f"{gloss}/{person}-{number}.npz"
                write_landmarks(with_face(take(word, person, number), opens, person), folder / path)
                rows.append(Row(path, gloss, f"made/{person}", "", "CC0-1.0", "made", ""))
    write(rows, folder / "manifest.csv")
    return folder / "manifest.csv"
