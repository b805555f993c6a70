"""The networks: what must change nothing (place, size, mirror, padding), what must (movement), the exported graph."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from conftest import OPEN_HAND
from deepsign.export.graph import check_parity, to_onnx
from deepsign.landmarks import HANDS, mirrored
from deepsign.models import MODELS

CLASSES = 27
J, Z = 9, 25


def network(name: str = "handshape") -> nn.Module:
    torch.manual_seed(0)
    made = MODELS[name](classes=CLASSES, moving=(J, Z))
    # Statistics as after some training: batch normalisation that still has none would hide a wrong scale.
    made.train()
    for _ in range(3):
        made(*stills(np.stack([hand(seed=s) for s in range(32)])))
    return made.eval()


@pytest.fixture(scope="module")
def net() -> nn.Module:
    return network()


def hand(seed: int = 0, depth: bool = True) -> NDArray[np.float32]:
    """(21, 3): an open hand whose points are each off a little, as fractions of a square picture."""
    rng = np.random.default_rng(seed)
    points = np.concatenate([OPEN_HAND, rng.normal(0, 0.05, (21, 1))], axis=1) + rng.normal(0, 0.02, (21, 3))
    return np.asarray(points if depth else np.where([True, True, False], points, np.nan), np.float32)


def placed(points: NDArray[np.float32], part: str = "right_hand") -> NDArray[np.float32]:
    """(…, 21, 3) → (…, 42, 3) with the other hand not seen."""
    out = np.full((*points.shape[:-2], len(HANDS), 3), np.nan, np.float32)
    out[..., HANDS.part(part), :] = points
    return out


def stills(points: NDArray[np.float32], aspect: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    count = len(points)
    return torch.from_numpy(placed(points))[:, None], torch.zeros(count, 1), torch.full((count,), aspect)


def clip(
    frames: NDArray[np.float32], times: NDArray[np.float64] | None = None, aspect: float = 1.0
) -> tuple[Tensor, Tensor, Tensor]:
    """(T, 42, 3), times (T,) s → a batch of one."""
    at = np.arange(len(frames)) / 20 if times is None else times
    return torch.from_numpy(frames)[None], torch.from_numpy(at.astype(np.float32))[None], torch.tensor([aspect])


def answer(net: nn.Module, inputs: tuple[Tensor, Tensor, Tensor]) -> NDArray[np.float32]:
    with torch.no_grad():
        logits, embedding = net(*inputs)
    assert torch.isfinite(logits).all()
    assert torch.isfinite(embedding).all()
    return np.asarray(logits.numpy())


def drawn(way: NDArray[np.float64], seed: int = 0) -> NDArray[np.float32]:
    """A hand carried along (T, 2), in picture fractions; (T, 42, 3)."""
    steps = np.concatenate([way, np.zeros((len(way), 1))], axis=1)[:, None]
    return placed((hand(seed)[None] + steps).astype(np.float32))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    dx=st.floats(-2, 2),
    dy=st.floats(-2, 2),
    size=st.floats(0.05, 20),
    depth=st.booleans(),
)
def test_place_and_size_of_a_hand_change_nothing(
    net: nn.Module, seed: int, dx: float, dy: float, size: float, depth: bool
) -> None:
    points = hand(seed, depth)
    moved = ((points + np.float32([dx, dy, 0])) * np.float32(size)).astype(np.float32)
    np.testing.assert_allclose(answer(net, stills(moved[None])), answer(net, stills(points[None])), atol=2e-3)


@pytest.mark.parametrize("depth", [True, False])
def test_a_mirror_changes_nothing_in_stills_and_clips(net: nn.Module, depth: bool) -> None:
    for seed in range(20):
        still = placed(hand(seed, depth))[None]
        np.testing.assert_allclose(
            answer(net, clip(mirrored(still, "hands"))), answer(net, clip(still)), atol=1e-3, rtol=1e-3
        )
    way = drawn(np.linspace([-0.3, 0], [0.4, 0.3], 20) ** 3)
    np.testing.assert_allclose(answer(net, clip(mirrored(way, "hands"))), answer(net, clip(way)), atol=1e-3, rtol=1e-3)


def test_left_and_right_hands_places_are_alike(net: nn.Module) -> None:
    points = hand(3)[None]
    left = clip(placed(points, "left_hand"))
    np.testing.assert_array_equal(answer(net, left), answer(net, clip(placed(points))))


def test_the_aspect_undoes_a_wide_picture(net: nn.Module) -> None:
    square = hand(5)
    wide = (square / np.float32([16 / 9, 1, 16 / 9])).astype(np.float32)
    expected = answer(net, stills(square[None]))
    np.testing.assert_allclose(answer(net, stills(wide[None], aspect=16 / 9)), expected, atol=1e-3)


def test_of_two_hands_the_one_seen_longer_answers_then_the_raised_one(net: nn.Module) -> None:
    one, other = hand(1), hand(2)
    both = placed(one[None].repeat(4, 0))
    both[:, HANDS.part("left_hand")] = other
    shorter = both.copy()
    shorter[0, HANDS.part("left_hand")] = np.nan
    alone = answer(net, clip(placed(one[None].repeat(4, 0))))
    np.testing.assert_array_equal(answer(net, clip(shorter)), alone)
    lowered = both.copy()
    lowered[:, HANDS.part("left_hand"), 1] += 0.5
    np.testing.assert_array_equal(answer(net, clip(lowered)), alone)
    raised = both.copy()
    raised[:, HANDS.part("left_hand"), 1] -= 0.5
    assert np.abs(answer(net, clip(raised)) - alone).max() > 1e-3


def test_a_padded_batch_equals_single_clips(net: nn.Module) -> None:
    rng = np.random.default_rng(0)
    clips = [drawn(np.cumsum(rng.normal(0, 0.05, (n, 2)), axis=0), seed=n) for n in (1, 4, 9, 20)]
    clips[2][3:5] = np.nan
    singles = np.concatenate([answer(net, clip(c)) for c in clips])
    longest = max(map(len, clips))
    landmarks = np.full((len(clips), longest, len(HANDS), 3), np.nan, np.float32)
    times = np.zeros((len(clips), longest), np.float32)
    for i, c in enumerate(clips):
        landmarks[i, : len(c)] = c
        times[i] = np.arange(longest) / 20
    batch = (torch.from_numpy(landmarks), torch.from_numpy(times), torch.ones(len(clips)))
    np.testing.assert_allclose(answer(net, batch), singles, atol=1e-4)


def test_nothing_seen_gives_finite_logits(net: nn.Module) -> None:
    answer(net, clip(np.full((3, len(HANDS), 3), np.nan, np.float32)))
    answer(net, clip(np.full((1, len(HANDS), 3), 0.5, np.float32)))


@pytest.mark.parametrize("depth", [True, False])
def test_no_still_and_no_held_hand_is_a_movement(net: nn.Module, depth: bool) -> None:
    points = np.stack([hand(seed, depth) for seed in range(50)])
    assert not np.isin(answer(net, stills(points)).argmax(1), (J, Z)).any()
    trembling = np.random.default_rng(1).normal(0, 0.004, (20, 21, 3)).astype(np.float32)
    for still in points[:10]:
        assert answer(net, clip(placed(still + trembling))).argmax() not in (J, Z)


def test_a_movement_has_a_say(net: nn.Module) -> None:
    zigzag = np.array([[0, 0], [0.5, 0], [0.1, 0.4], [0.6, 0.4]])
    at = np.linspace(0, 3, 20)
    way = np.stack([np.interp(at, range(4), zigzag[:, k]) for k in range(2)], axis=1)
    held = answer(net, clip(drawn(way * 0)))[0, [J, Z]]
    assert (answer(net, clip(drawn(way)))[0, [J, Z]] > held + 5).all()


def test_the_frame_rate_hardly_matters(net: nn.Module) -> None:
    def circle(fps: int) -> tuple[Tensor, Tensor, Tensor]:
        times = np.arange(fps + 1) / fps
        way = 0.2 * np.stack([np.cos(2 * np.pi * times), np.sin(2 * np.pi * times)], axis=1)
        return clip(drawn(way), times)

    slow, fast = answer(net, circle(15)), answer(net, circle(30))
    still = answer(net, stills(hand()[None]))
    assert np.abs(slow - fast).max() < 0.1 * np.abs(slow - still)[:, [J, Z]].max()


@pytest.mark.parametrize("name", sorted(n for n in MODELS if not n.startswith("sign_")))  # those: test_models_signs
def test_the_exported_graph_gives_the_same(name: str) -> None:
    made = network(name)
    content = to_onnx(made, "hands")
    assert len(content) <= 1_000_000
    assert check_parity(made, content, "hands") <= 1e-5 * 10  # of logits around 10: float32 in another order
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["landmarks", "times", "aspect"]
    inputs = stills(np.stack([hand(s, depth=s % 2 == 0) for s in range(8)]))
    names = ("landmarks", "times", "aspect")
    logits, _ = session.run(None, {n: x.numpy() for n, x in zip(names, inputs, strict=True)})
    np.testing.assert_allclose(logits, answer(made, inputs), atol=1e-5)
