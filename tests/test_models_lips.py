"""Lips: what they tell a network of signs, and what must change nothing (where the face is, its side, frame rate).

The export, and what stands around the network: test_train_lips.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mediapipe.tasks.python.vision import FaceLandmarksConnections
from numpy.typing import NDArray
from torch.nn import functional as F

from deepsign import recipe as recipes
from deepsign.clip import Clip, stack
from deepsign.export.weights import check_layout
from deepsign.landmarks import HANDS_POSE, HOLISTIC, mirrored
from deepsign.models.body import MOMENTS, Body
from deepsign.models.lips import LIPS, Lips
from deepsign.models.sign_net import SignParts
from deepsign.problems import RecipeError
from made_bodies import SIGNS, body, landmarks_of
from made_faces import FACE, with_face, without_face

Floats = NDArray[np.float32]
WIDE = 0.03


def answer(net: SignParts, *clips: Clip) -> Floats:
    """(B, C) logits, all of them finite."""
    with torch.no_grad():
        logits, _ = net(*map(torch.from_numpy, stack(clips)))
    assert torch.isfinite(logits).all()
    return np.asarray(logits.numpy())


def lips_of(*clips: Clip) -> tuple[Floats, Floats]:
    """(B, M, Lips.size) what is read of the lips, and the share in which they are seen (B, M)."""
    landmarks, times, aspect = map(torch.from_numpy, stack(clips))
    _, view = Body().look(landmarks, times, aspect)
    shape, shown = Lips()(landmarks[:, :, FACE], aspect, view)
    return np.asarray(shape.numpy()), np.asarray(shown[..., 0].numpy())


def people(count: int, first: int = 0) -> tuple[list[Clip], torch.Tensor]:
    """Clips of one movement, every second one with an open mouth (1)."""
    opens = [person % 2 for person in range(count)]
    clips = [with_face(body("push", person=first + p, fps=15), WIDE * o, first + p) for p, o in enumerate(opens)]
    return clips, torch.tensor(opens)


@pytest.fixture(scope="module")
def net() -> SignParts:
    """Taught for some seconds that an open mouth is another sign than a closed one."""
    torch.manual_seed(0)
    made = SignParts(2, size=32, depth=1, dropout=0.0, lips=True)
    clips, target = people(16)
    inputs = [torch.from_numpy(part) for part in stack(clips)]
    optimiser = torch.optim.AdamW(made.parameters(), lr=0.003)
    for _ in range(40):
        loss = F.cross_entropy(made(*inputs)[0], target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return made.eval()


def test_the_points_are_mediapipe_s_and_each_has_its_mirror_image() -> None:
    ends = FaceLandmarksConnections.FACE_LANDMARKS_LIPS
    assert set(LIPS) == {point for edge in ends for point in (edge.start, edge.end)} and len(set(LIPS)) == len(LIPS)


def test_a_mouth_tells_two_signs_of_one_movement_apart(net: SignParts) -> None:
    clips, target = people(20, first=100)
    assert (answer(net, *clips).argmax(axis=1) == target.numpy()).mean() >= 0.9
    blind = answer(net, *(without_face(with_face(body("push", person=1), o, 1)) for o in (0.0, WIDE)))
    np.testing.assert_array_equal(blind[0], blind[1])


def test_how_far_a_mouth_opens_is_read_in_mouths() -> None:
    """From the lips' middle, at each moment: the lower lip goes down by what the upper one goes up."""
    (shut, wide), shown = lips_of(with_face(body("push"), 0.0), with_face(body("push"), WIDE))
    assert shut.shape == (MOMENTS, Lips.size)
    np.testing.assert_allclose(shown, 1, atol=1e-5)
    moved = (wide - shut)[:, 1::2]
    upper, lower = moved[:, LIPS.index(0)], moved[:, LIPS.index(17)]
    shoulders = body("push")
    apart = HANDS_POSE.index["pose.left_shoulder"], HANDS_POSE.index["pose.right_shoulder"]
    unit = np.diff(landmarks_of(shoulders)[0, apart, 0]).item() * shoulders.aspect
    assert (lower - upper)[MOMENTS // 2] == pytest.approx(5.6 * WIDE / abs(unit), rel=0.02)
    assert abs((lower - upper)[0]) < 0.1 * (lower - upper).max()


def test_without_a_face_the_rest_is_as_it_is_without_lips(net: SignParts) -> None:
    clips = [body(word, person=3, two_hands=True) for word in SIGNS]
    faceless = [without_face(with_face(clip, WIDE)) for clip in clips]
    for own, other in zip(Body()(*map(torch.from_numpy, stack(clips))),
                          Body()(*map(torch.from_numpy, stack(faceless))), strict=True):  # fmt: skip
        torch.testing.assert_close(own, other, rtol=0, atol=0)
    assert all((part == 0).all() for part in lips_of(*faceless))
    # The other parts are weighed as if there were no lips: what their layers would say has no say.
    plain = SignParts(2, size=32, depth=1, dropout=0.0)
    state = {k: v for k, v in net.state_dict().items() if not k.startswith("parts.3.")}
    plain.load_state_dict({**state, "weigh": state["weigh"][:3]})
    np.testing.assert_allclose(answer(net, *faceless), answer(plain.eval(), *clips), atol=1e-3)


def test_a_face_that_is_lost_for_a_while_is_read_from_the_frames_around(net: SignParts) -> None:
    clip = with_face(body("push"), WIDE)
    points = landmarks_of(clip).copy()
    points[10:13, FACE] = np.nan
    points[20, LIPS[5]] = np.nan
    gaps = clip.with_landmarks(points, HOLISTIC.name)
    np.testing.assert_allclose(answer(net, gaps), answer(net, clip), atol=0.5)
    assert 0 < lips_of(gaps)[1].min() < 0.5


@pytest.mark.parametrize("two", [True, False])
def test_a_mirrored_signer_is_the_same_signer(net: SignParts, two: bool) -> None:
    for opens in (0.0, WIDE):
        clip = with_face(body("push", two_hands=two, person=3), opens)
        raised = landmarks_of(clip).copy()
        if two:  # two hands alike lead by turns; the left one goes a little higher
            raised[:, HOLISTIC.part("left_hand"), 1] -= 0.02
        raised[:, LIPS[0], 1] += 0.01  # a crooked mouth
        clip = clip.with_landmarks(raised, HOLISTIC.name)
        other = clip.with_landmarks(mirrored(raised, HOLISTIC.name), HOLISTIC.name)
        np.testing.assert_allclose(lips_of(other)[0], lips_of(clip)[0], atol=2e-3)
        np.testing.assert_allclose(answer(net, other), answer(net, clip), atol=2e-2)


def test_where_and_how_large_the_signer_is_and_where_the_face_is_change_nothing(net: SignParts) -> None:
    clip = with_face(body("push"), WIDE)
    points = landmarks_of(clip)
    smaller = points * np.float32(0.6) + np.float32([0.3, 0.1, 0])
    nodding = points.copy()
    nodding[:, FACE, 1] += np.linspace(0, 0.05, len(points))[:, None]
    for other in (smaller, nodding):
        changed = clip.with_landmarks(other.astype(np.float32), HOLISTIC.name)
        np.testing.assert_allclose(answer(net, changed), answer(net, clip), atol=2e-2)


def test_a_slow_camera_answers_as_a_fast_one(net: SignParts) -> None:
    shut, wide = (answer(net, with_face(body("push", fps=30), opens)) for opens in (0.0, WIDE))
    for fast, opens in ((shut, 0.0), (wide, WIDE)):
        slow = answer(net, with_face(body("push", fps=15), opens))
        assert np.abs(slow - fast).max() < 0.03 * np.abs(wide - shut).max()


def test_lips_keep_a_network_small() -> None:
    assert sum(p.numel() for p in SignParts(250, lips=True).parameters()) <= 2_000_000


@pytest.mark.parametrize(
    ("name", "params", "layout", "said"),
    [
        ("sign_net", {}, "holistic", "sign_net reads the layout hands_pose, not holistic; lips are read by sign_parts"),
        ("sign_tiny", {}, "holistic", "sign_tiny reads the layout hands_pose, not holistic; lips are"),
        ("sign_parts", {"lips": False}, "holistic", "sign_parts reads the layout hands_pose, not holistic; lips are"),
        ("sign_parts", {"lips": True}, "hands_pose", "sign_parts with lips reads the layout holistic, not hands_pose$"),
        ("sign_net", {}, "hands", "sign_net reads the layout hands_pose, not hands$"),
    ],
)
def test_a_layout_that_a_network_does_not_read_is_said(
    name: str, params: dict[str, bool], layout: str, said: str
) -> None:
    raw = {"name": "t", "task": "isolated", "sign_language": "ase", "labels": {"glosses": ["a", "b"]}}
    with pytest.raises(RecipeError, match=f"^t: model {said}"):
        check_layout(recipes.check({**raw, "layout": layout, "model": {"name": name, "params": params}}, "t"))
    for fits, params in (("holistic", {"lips": True}), ("hands_pose", {})):
        check_layout(recipes.check({**raw, "layout": fits, "model": {"name": "sign_parts", "params": params}}, "t"))
