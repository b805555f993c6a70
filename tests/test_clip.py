"""Clips refuse what is no clip, and batches of them pad with nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign.clip import Clip, stack
from deepsign.problems import InputError


def points(frames: int) -> np.ndarray:
    return np.random.default_rng(frames).random((frames, 42, 3), dtype=np.float32)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), fps=st.floats(1, 120))
def test_a_batch_holds_every_clip_and_nothing_else(lengths: list[int], fps: float) -> None:
    clips = [Clip.from_landmarks(points(n), "hands", fps=fps, aspect=1 + n) for n in lengths]
    landmarks, times, aspect = stack(clips)
    assert landmarks.shape == (len(lengths), max(lengths), 42, 3)
    for row, clip in enumerate(clips):
        np.testing.assert_array_equal(landmarks[row, : len(clip)], clip.landmarks)
        assert np.isnan(landmarks[row, len(clip) :]).all()
        np.testing.assert_allclose(times[row, : len(clip)], np.arange(len(clip)) / fps, rtol=1e-5)
        assert (np.diff(times[row]) >= 0).all()
        assert aspect[row] == 1 + len(clip)


def test_a_still_needs_no_time() -> None:
    clip = Clip.from_landmarks(points(1)[0], "hands")
    assert (len(clip), clip.duration) == (1, 0.0)


def test_a_photo_brings_its_aspect() -> None:
    clip = Clip.from_frames(np.zeros((30, 40, 3), np.uint8))
    assert (len(clip), clip.aspect) == (1, pytest.approx(4 / 3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Clip.from_landmarks(points(3), "hands", source="x.npz"), "x.npz: 3 frames need times or a frame rate"),
        (lambda: Clip.from_landmarks(points(3)[..., :2], "hands", fps=9), r"landmarks must be \(T, P, 3\)"),
        (lambda: Clip.from_landmarks(points(3) * np.inf, "hands", fps=9), "infinite values"),
        (lambda: Clip.from_landmarks(points(3), "hands", fps=0), "frame rate must be a positive number"),
        (lambda: Clip.from_landmarks(points(3), "hands", fps=float("nan")), "frame rate must be a positive number"),
        (lambda: Clip.from_landmarks(points(2), "hands", times=[1.0, 1.0]), "must be finite and increase"),
        (lambda: Clip.from_landmarks(points(2), "hands", times=[0.0]), "2 landmark frames but 1 times"),
        (lambda: Clip.from_landmarks(points(1), "hands", aspect=0), "aspect must be a positive number"),
        (lambda: Clip.from_landmarks(np.empty((0, 42, 3)), "hands"), "holds no frames"),
        (lambda: Clip.from_frames(np.zeros((2, 4, 4), np.uint8), fps=9), r"frames must be \(T, H, W, 3\)"),
        (lambda: Clip.from_frames(np.zeros((4, 4, 3))), "frames must be uint8"),
        (lambda: Clip(times=np.zeros(1)), "needs frames or landmarks"),
        (lambda: stack([]), "an empty batch"),
    ],
)
def test_what_is_no_clip_is_said(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
