"""Spliced movements: one sign's beginning, another one's end, on one body."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign.data.spliced import Points, spliced
from deepsign.landmarks import HANDS_POSE
from made_bodies import SIGNS, body, landmarks_of

SHOULDERS = [HANDS_POSE.index[f"pose.{side}_shoulder"] for side in ("left", "right")]


def signed(people: int = 3, fps: float = 20) -> tuple[list[Points], list[Points], np.ndarray]:
    """Every word by every person, x and y in equal units, with the times and glosses."""
    clips = [(word, body(word, person=person, fps=fps)) for word in SIGNS for person in range(people)]
    return (
        [landmarks_of(clip) * np.float32([clip.aspect, 1, clip.aspect]) for _, clip in clips],
        [clip.times.astype(np.float32) for _, clip in clips],
        np.array([word for word, _ in clips]),
    )


@given(seed=st.integers(0, 10_000), fps=st.sampled_from([10, 20, 30]))
@settings(max_examples=20, deadline=None)
def test_one_beginning_goes_on_as_another_end(seed: int, fps: int) -> None:
    clips, times, glosses = signed(fps=fps)
    made, told = spliced(clips, times, glosses, 12, seed)
    assert len(made) == len(told) == 12
    for clip, at in zip(made, told, strict=True):
        assert clip.shape == (len(at), len(HANDS_POSE), 3) and clip.dtype == at.dtype == np.float32
        assert at[0] == 0 and (np.diff(at) > 0).all() and np.diff(at).max() < 1.5 / fps
        owners = [i for i, c in enumerate(clips) if np.array_equal(c[:2], clip[:2], equal_nan=True)]
        assert len(owners) == 1
        first = clips[owners[0]]
        kept = 0
        while kept < min(len(first), len(clip)) and np.array_equal(first[kept], clip[kept], equal_nan=True):
            kept += 1
        assert 0.3 * len(first) < kept < 0.7 * len(first), "neither sign is there whole"
        own, after = (np.nanmean(part[:, SHOULDERS, :2], axis=0) for part in (first, clip[kept:]))
        np.testing.assert_allclose(after, own, atol=1e-4, err_msg="the second body stands where the first one did")


def test_the_seed_decides() -> None:
    clips, times, glosses = signed()
    one, same, other = (spliced(clips, times, glosses, 5, seed)[0] for seed in (1, 1, 2))
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(a.shape != b.shape or not np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("lacking", ["another sign", "shoulders"])
def test_without_two_signs_or_shoulders_nothing_is_made(lacking: str) -> None:
    clips, times, glosses = signed()
    if lacking == "shoulders":
        clips = [clip.copy() for clip in clips]
        for clip in clips:
            clip[:, SHOULDERS] = np.nan
    else:
        glosses = np.full(len(glosses), "wave")
    assert spliced(clips, times, glosses, 5, 0) == ([], [])


def test_a_still_is_never_spliced() -> None:
    clips, times, glosses = signed()
    stills = [clip[:1] for clip in clips], [at[:1] for at in times]
    assert spliced(*stills, glosses, 5, 0) == ([], [])
