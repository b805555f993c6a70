"""Networks of signs that move: what must change nothing (place, size, mirror, frame rate, padding), and the export."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from deepsign.clip import Clip, stack
from deepsign.export.graph import check_parity, to_onnx
from deepsign.landmarks import HANDS_POSE, mirrored
from deepsign.models import MODELS
from deepsign.models.body import MOMENTS, Body
from deepsign.models.moments import moments
from made_bodies import SIGNS, body, landmarks_of

NAMES = tuple(name for name in MODELS if name.startswith("sign_"))
# An export takes as long as a network has layers, not as these are wide: one round says as much as two. sign_tiny is
# exported, and compared in the same way, by test_train_signs.
SHALLOW = {"sign_net": {"rounds": 1}, "sign_parts": {"depth": 1}}
CLASSES = 5
Floats = NDArray[np.float32]


def network(name: str, **params: int) -> nn.Module:
    torch.manual_seed(0)
    made = MODELS[name](classes=CLASSES, **params)
    # Statistics as after some training: batch normalisation that still has none would hide a wrong scale.
    made.train()
    clips = [body(word, person=person, two_hands=person % 2 == 0) for word in SIGNS for person in range(4)]
    with torch.no_grad():
        for _ in range(8):
            made(*map(torch.from_numpy, stack(clips)))
    return made.eval()


@pytest.fixture(scope="module", params=NAMES)
def net(request: pytest.FixtureRequest) -> nn.Module:
    return network(request.param)


@pytest.fixture(scope="module")
def nets() -> list[nn.Module]:
    return [network(name) for name in NAMES]


def answer(net: nn.Module, *clips: Clip) -> Floats:
    """(B, C) logits; finite, and so is the embedding, whose length is 1."""
    with torch.no_grad():
        logits, embedding = net(*map(torch.from_numpy, stack(clips)))
    assert torch.isfinite(logits).all()
    np.testing.assert_allclose(embedding.norm(dim=1), 1, atol=1e-5)
    return np.asarray(logits.numpy())


def chosen(clip: Clip, frames: list[int]) -> Clip:
    """The clip's frames with these numbers."""
    return replace(clip, landmarks=landmarks_of(clip)[frames], times=clip.times[frames])


def moved(clip: Clip, points: Floats) -> Clip:
    return clip.with_landmarks(points.astype(np.float32), HANDS_POSE.name)


@settings(max_examples=15, deadline=None)
@given(
    word=st.sampled_from(sorted(SIGNS)),
    person=st.integers(0, 50),
    dx=st.floats(-0.3, 0.3),
    dy=st.floats(-0.3, 0.3),
    size=st.floats(0.3, 3),
    two=st.booleans(),
)
def test_place_and_size_of_a_signer_change_nothing(
    nets: list[nn.Module], word: str, person: int, dx: float, dy: float, size: float, two: bool
) -> None:
    clip = body(word, person=person, two_hands=two, fps=15)
    other = moved(clip, (landmarks_of(clip) + np.float32([dx, dy, 0])) * np.float32(size))
    for net in nets:
        np.testing.assert_allclose(answer(net, other), answer(net, clip), atol=5e-3)


@pytest.mark.parametrize("two", [True, False])
def test_a_mirrored_signer_is_the_same_signer(net: nn.Module, two: bool) -> None:
    for word in SIGNS:
        clip = body(word, two_hands=two, person=3)
        if two:  # two hands alike lead by turns; the left one goes a little higher
            raised = landmarks_of(clip).copy()
            raised[:, HANDS_POSE.part("left_hand"), 1] -= 0.02
            clip = moved(clip, raised)
        other = moved(clip, mirrored(landmarks_of(clip), HANDS_POSE.name))
        np.testing.assert_allclose(answer(net, other), answer(net, clip), atol=2e-3)


def test_the_aspect_undoes_a_wide_picture(net: nn.Module) -> None:
    clip = body("wave")
    points = landmarks_of(clip) * np.float32([clip.aspect, 1, clip.aspect])
    square = replace(clip, landmarks=points, aspect=1.0)
    np.testing.assert_allclose(answer(net, square), answer(net, clip), atol=1e-3)


def test_a_slow_camera_answers_as_a_fast_one(net: nn.Module) -> None:
    """Logits at 15 and 10 frames a second, and of a camera that slows down, against how far words are apart."""
    words = sorted(SIGNS)
    fast = np.concatenate([answer(net, body(word, fps=30)) for word in words])
    apart = np.median([np.abs(a - b).max() for i, a in enumerate(fast) for b in fast[:i]])
    slowing = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]
    for share, clips in (
        (0.03, [body(word, fps=15) for word in words]),
        (0.08, [body(word, fps=10) for word in words]),
        (0.03, [chosen(body(word, fps=30), slowing) for word in words]),
    ):
        slow = np.concatenate([answer(net, clip) for clip in clips])
        assert np.abs(slow - fast).max() < share * apart
        assert (slow.argmax(axis=1) == fast.argmax(axis=1)).all()


def rising(seconds: float, fps: int, jump: float = 0.0) -> Floats:
    """How fast the leading wrist goes down at each moment, (MOMENTS,), as `Body` reads it, in shoulder widths a second.

    It rises by two shoulder widths in so many s; half way it also jumps by `jump` of the picture.
    """
    frames = round(seconds * fps) + 1
    points = torch.full((1, frames, len(HANDS_POSE), 3), torch.nan)
    for side, x in (("left", 0.6), ("right", 0.4)):
        points[:, :, HANDS_POSE.index[f"pose.{side}_shoulder"]] = torch.tensor([x, 0.4, 0.0])
    hand = torch.rand(21, 3, generator=torch.Generator().manual_seed(0)) * 0.1
    way = torch.linspace(0.8, 0.4, frames) - jump * (torch.arange(frames) >= frames // 2)
    points[0, :, HANDS_POSE.part("right_hand")] = hand + torch.stack([0.35 + 0 * way, way, 0 * way], 1)[:, None]
    read = Body()(points, torch.linspace(0, seconds, frames)[None], torch.ones(1))
    # After where 7 points of each hand and 4 of the arms are (x, y), and the hands' points against the nose.
    return np.asarray(4 * read.places[0, :, (2 * 7 + 4) * 2 + 2 * 7 * 2 + 1].numpy())


@pytest.mark.parametrize("fps", [15, 30])
def test_speed_is_a_second_s_and_no_jump_is_faster_than_a_hand(fps: int) -> None:
    for seconds in (1.0, 2.0):
        np.testing.assert_allclose(rising(seconds, fps)[5:-5], -2 / seconds, rtol=0.05)
    assert rising(1.0, fps, jump=0.9).min() == -12


def test_the_way_of_a_movement_has_a_say(net: nn.Module) -> None:
    clip = body("rise")
    back = moved(clip, landmarks_of(clip)[::-1])
    assert np.abs(answer(net, back) - answer(net, clip)).max() > 0.05


def test_a_padded_batch_equals_single_clips(net: nn.Module) -> None:
    clips = [body("circle", seconds=0.3), body("wave", seconds=2), body("push", fps=12), body("rise", two_hands=True)]
    gaps = landmarks_of(clips[1]).copy()
    gaps[5:9] = np.nan
    clips[1] = moved(clips[1], gaps)
    np.testing.assert_allclose(answer(net, *clips), np.concatenate([answer(net, c) for c in clips]), atol=1e-4)


def test_frames_in_which_nothing_is_seen_change_nothing(net: nn.Module) -> None:
    clip = body("push")
    times = np.concatenate([[-2.0, -1.0], clip.times, [clip.times[-1] + 1.5]]) + 2.0
    blank = np.full((1, len(HANDS_POSE), 3), np.nan, np.float32)
    padded = np.concatenate([blank, blank, landmarks_of(clip), blank])
    np.testing.assert_allclose(
        answer(net, Clip.from_landmarks(padded, HANDS_POSE.name, times=times, aspect=clip.aspect)),
        answer(net, clip),
        atol=1e-4,
    )


def test_hands_that_are_never_seen_give_finite_logits(net: nn.Module) -> None:
    clip = body("push", two_hands=True)
    handless, nothing, flat = (landmarks_of(clip).copy() for _ in range(3))
    for part in ("left_hand", "right_hand"):
        handless[:, HANDS_POSE.part(part)] = np.nan
    nothing[:] = np.nan
    flat[..., 2] = np.nan
    hands_alone = landmarks_of(clip).copy()
    hands_alone[:, HANDS_POSE.part("pose")] = np.nan
    one_place = np.full_like(handless, 0.5)
    for points in (handless, nothing, flat, hands_alone, one_place):
        answer(net, moved(clip, points))


def test_without_a_body_the_hands_give_place_and_size(net: nn.Module) -> None:
    clip = body("push", two_hands=True)
    points = landmarks_of(clip).copy()
    points[:, HANDS_POSE.part("pose")] = np.nan
    smaller = points * 0.6 + np.array([0.3, 0.1, 0.0])
    np.testing.assert_allclose(answer(net, moved(clip, smaller)), answer(net, moved(clip, points)), atol=2e-3)


@pytest.mark.parametrize("frames", [1, 2, 2000])
def test_clips_of_any_length_are_answered(net: nn.Module, frames: int) -> None:
    clip = body("circle", fps=100, seconds=(frames - 1) / 100 or 1)
    answer(net, chosen(clip, list(range(frames))))


@given(
    fps=st.integers(5, 60),
    lost=st.lists(st.integers(1, 18), max_size=6),
    late=st.floats(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_moments_read_a_straight_line_as_it_is(fps: int, lost: list[int], late: float) -> None:
    """Each moment's own time, read by its weights, is off by at most a frame and a moment's width."""
    times = torch.arange(20)[None] / fps + late
    seen = torch.ones(1, 20)
    seen[0, lost] = 0
    weights, span = moments(times, seen, MOMENTS)
    assert weights.shape == (1, MOMENTS, 20)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(1, MOMENTS))
    assert (weights[:, :, seen[0] == 0] == 0).all()
    assert span.item() == pytest.approx(19 / fps, abs=1e-4)
    read = (weights @ times[0]) - late
    gap = (max(np.diff([i for i in range(20) if seen[0, i]])) + 1) / fps
    at = torch.linspace(0, 19 / fps, MOMENTS)
    assert (read[0] - at).abs().max() <= gap + 0.08
    assert (read[0].diff() >= -1e-5).all()


@pytest.mark.parametrize("name", SHALLOW)
def test_the_exported_graph_gives_the_same(name: str) -> None:
    made = network(name, **SHALLOW[name])
    content = to_onnx(made, HANDS_POSE.name)  # which refuses a graph that answers otherwise
    assert len(content) < 2_500_000
    assert check_parity(made, content, HANDS_POSE.name) <= 1e-4
