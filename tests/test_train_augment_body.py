"""Augmentation of whole signers: nothing unseen appears, zero changes nothing, each option does something."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from deepsign.clip import stack
from deepsign.landmarks import HANDS_POSE, HOLISTIC
from deepsign.train.augment_body import AugmentBody
from made_bodies import SIGNS, body

FACE, NOSE = HOLISTIC.part("face"), HANDS_POSE.index["pose.nose"]
LEFT, POSE, RIGHT = (HANDS_POSE.part(name) for name in ("left_hand", "pose", "right_hand"))
# Each option at a strength that must be seen; those that make points unseen stand apart.
TIME: dict[str, Any] = {"frames": 8, "crop": 0.3, "rate": 1.0, "tempo": 0.5}
LOSS: dict[str, Any] = {"span": 0.8, "hand": 1.0, "arms": 1.0, "lips": 1.0, "drop": 0.5}
SPACE: dict[str, Any] = {
    "finger": 1.0,
    "nose": 0.3,
    "mirror": 1.0,
    "rotate": 30,
    "stretch": 0.3,
    "shear": 0.3,
    "tilt": 30,
    "size": 0.3,
    "reach": 0.3,
    "shift": 0.3,
    "breadth": 0.3,
    "jitter": 0.05,
}


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor]:
    """Eight signers of different lengths, half of them with two hands, the left one seen for a while alone."""
    clips = [body(w, person=p, two_hands=p > 3, seconds=0.5 + 0.1 * p) for p, w in enumerate(list(SIGNS) * 2)]
    landmarks, times, aspect = (torch.from_numpy(part) for part in stack(clips))
    landmarks[:, ::3, LEFT] = torch.nan
    return landmarks, times, aspect


@pytest.fixture
def faces(batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """The same with a face each, which stands where the nose is."""
    landmarks, times, aspect = batch
    face = landmarks[:, :, NOSE : NOSE + 1] + 0.02 * torch.rand(1, 1, FACE.stop, 3)
    return torch.cat([face, landmarks], dim=2), times, aspect


def done(batch: tuple[Tensor, Tensor, Tensor], seed: int = 0, **options: Any) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(seed)
    return AugmentBody(**options)(*(part.clone() for part in batch))


def test_every_option_is_tried() -> None:
    assert {f.name for f in fields(AugmentBody)} == {*TIME, *LOSS, *SPACE}


def test_zero_strengths_change_nothing_but_the_units(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    landmarks, times, aspect = batch
    points, told, square = done(batch)
    seen = ~landmarks[..., 0].isnan().all(dim=2)
    equal = landmarks * torch.stack([aspect, torch.ones_like(aspect), aspect], -1)[:, None, None]
    torch.testing.assert_close(points, equal, atol=1e-6, rtol=1e-5, equal_nan=True)
    torch.testing.assert_close(told[seen], times[seen])
    assert (square == 1).all()


@pytest.mark.parametrize("name", sorted({*TIME, *LOSS, *SPACE}))
def test_each_option_changes_something(faces: tuple[Tensor, Tensor, Tensor], name: str) -> None:
    plain, option = done(faces), done(faces, **{name: {**TIME, **LOSS, **SPACE}[name]})
    assert plain[0].shape != option[0].shape or not all(
        torch.allclose(a, b, equal_nan=True) for a, b in zip(plain, option, strict=True)
    )
    if name == "frames":
        assert option[0].shape[1] == 8


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_what_is_never_seen_stays_unseen(seed: int) -> None:
    clips = [body(word, person=seed) for word in SIGNS]
    landmarks, times, aspect = (torch.from_numpy(part) for part in stack(clips))
    points, told, _ = done((landmarks, times, aspect), seed, **{**TIME, **LOSS, **SPACE, "mirror": 0.0})
    never = landmarks.isnan().all(dim=1)
    assert points.isnan().all(dim=1)[never].all()
    assert told.isfinite().all() and (told.diff(dim=1) >= 0).all() and (told[:, 0] == 0).all()
    assert not points.isinf().any()


@pytest.mark.parametrize("flat", [False, True])
def test_what_is_seen_stays_seen_where_nothing_is_lost(batch: tuple[Tensor, Tensor, Tensor], flat: bool) -> None:
    """Frame by frame and point by point, 2-D data too."""
    landmarks, times, aspect = batch
    if flat:
        landmarks[..., 2] = torch.nan
    points, _, _ = done((landmarks, times, aspect), **{**SPACE, "mirror": 0.0})
    assert (points.isnan() == landmarks.isnan()).all()


def test_a_mirrored_signer_has_the_hands_swapped(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    plain, mirrored = done(batch)[0], done(batch, mirror=1.0)[0]
    other = plain * torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(mirrored[:, :, LEFT], other[:, :, RIGHT], equal_nan=True)
    torch.testing.assert_close(mirrored[:, :, RIGHT], other[:, :, LEFT], equal_nan=True)
    shoulders = [HANDS_POSE.index[f"pose.{side}_shoulder"] for side in ("left", "right")]
    torch.testing.assert_close(mirrored[:, :, shoulders], other[:, :, shoulders[::-1]], equal_nan=True)


def test_the_leading_hand_is_never_taken_away(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    points, _, _ = done(batch, hand=1.0)
    assert points[:, :, LEFT].isnan().all()
    torch.testing.assert_close(points[:, :, RIGHT], done(batch)[0][:, :, RIGHT], equal_nan=True)


def test_torch_s_seed_decides(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    everything = {**TIME, **LOSS, **SPACE, "mirror": 0.5, "span": 0.2, "arms": 0.5}
    one, same, other = (done(batch, seed, **everything) for seed in (1, 1, 2))
    for a, b in zip(one, same, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    assert one[0].shape != other[0].shape or not torch.allclose(one[0], other[0], equal_nan=True)


def test_one_draw_serves_the_whole_clip(batch: tuple[Tensor, Tensor, Tensor]) -> None:
    """A held hand stays held: what is drawn for a clip is the same in each of its frames."""
    landmarks, times, aspect = batch
    still = landmarks[:, :1].expand_as(landmarks).clone()
    points, _, _ = done((still, times, aspect), **{**SPACE, "jitter": 0.0})
    np.testing.assert_allclose(points[:, 1:], points[:, :1].expand_as(points[:, 1:]), atol=1e-5)


# A face, where there is one


def test_a_face_takes_nothing_from_the_body(
    batch: tuple[Tensor, Tensor, Tensor], faces: tuple[Tensor, Tensor, Tensor]
) -> None:
    """The same draws give the same body, whether a face stands before it or not (the tremble apart)."""
    options = {**TIME, **LOSS, **SPACE, "span": 0.2, "mirror": 0.5, "jitter": 0.0, "lips": 0.0}
    body_alone, with_face = done(batch, 3, **options), done(faces, 3, **options)
    torch.testing.assert_close(with_face[0][:, :, FACE.stop :], body_alone[0], rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(with_face[1], body_alone[1], rtol=0, atol=0)


def test_a_face_goes_where_the_head_goes(faces: tuple[Tensor, Tensor, Tensor]) -> None:
    """It stays on the nose, whatever happens to the picture and the body; mirrored, its own sides change places."""
    for options in (SPACE, {**SPACE, "mirror": 0.0}):
        points, _, _ = done(faces, **{**options, "jitter": 0.0, "rotate": 0, "stretch": 0.0, "shear": 0.0})
        plain, _, _ = done(faces)
        if options["mirror"]:
            plain = plain[:, :, list(HOLISTIC.mirror)] * torch.tensor([-1.0, 1.0, 1.0])
        on_nose, before = (p[:, :, FACE] - p[:, :, FACE.stop + NOSE, None] for p in (points, plain))
        torch.testing.assert_close(on_nose, before, atol=1e-5, rtol=0, equal_nan=True)


def test_a_lost_face_is_lost_for_the_whole_clip(faces: tuple[Tensor, Tensor, Tensor]) -> None:
    points, _, _ = done(faces, lips=0.5)
    gone = points[:, :, FACE].isnan().all(dim=3).all(dim=2)
    seen = ~faces[0][..., 0].isnan().all(dim=2)
    lost = [bool(gone[i][seen[i]].all()) for i in range(len(gone))]
    assert {True, False} == set(lost)
    assert all(bool(gone[i][seen[i]].any()) == lost[i] for i in range(len(gone)))
    torch.testing.assert_close(points[:, :, FACE.stop :], done(faces)[0][:, :, FACE.stop :], equal_nan=True)
