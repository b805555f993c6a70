"""J and Z drawn by hands that hold an I or a D."""

from __future__ import annotations

import numpy as np
import pytest

from deepsign.data.drawn import FRAMES, drawn
from deepsign.landmarks import HAND_POINTS
from made_hands import hand

_INDEX, _LITTLE = HAND_POINTS.index("index_tip"), HAND_POINTS.index("little_tip")


def _hands(flat: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    hands = np.stack([hand(("I", "L")[i % 2], rng) for i in range(8)]).astype(np.float32)
    if flat:
        hands[..., 2] = np.nan
    return hands, np.array(["I", "D"] * 4)


@pytest.mark.parametrize("flat", [False, True])
def test_each_letter_is_drawn_by_the_hands_that_hold_its_shape(flat: bool) -> None:
    clips, times, names = drawn(*_hands(flat), {"J": "I", "Z": "D"}, 200, seed=0)
    assert clips.shape == (200, FRAMES, 21, 3)
    assert times.shape == (200, FRAMES)
    assert (np.diff(times, axis=1) > 0).all()
    assert set(names) == {"J", "Z", "I", "D"}
    assert np.isnan(clips[..., 2]).all() == flat
    assert np.isfinite(clips[..., :2]).all()
    # Of each pair, more draw than are only carried.
    assert (names == "J").sum() > (names == "I").sum() > 10


def test_a_j_comes_round_to_the_signers_left_and_a_z_turns_twice() -> None:
    clips, _, names = drawn(*_hands(), {"J": "I", "Z": "D"}, 400, seed=1)
    hook = clips[names == "J"][:, -1, _LITTLE, 0] - clips[names == "J"][:, 0, _LITTLE, 0]
    assert (hook > 0).mean() > 0.9  # a right hand's left is the viewer's right
    tip = clips[names == "Z"][:, :, _INDEX, 0]
    third = tip[:, [0, FRAMES // 3, FRAMES // 2 + 1, -1]]
    turns = np.sign(np.diff(third, axis=1))
    assert (turns == [-1, 1, -1]).all(axis=1).mean() > 0.5


def test_the_same_seed_draws_the_same_and_missing_hands_draw_nothing() -> None:
    hands, glosses = _hands()
    a, b = (drawn(hands, glosses, {"J": "I"}, 20, seed=3)[0] for _ in range(2))
    np.testing.assert_array_equal(a, b)
    clips, times, names = drawn(hands, np.array(["A"] * 8), {"J": "I"}, 20, seed=3)
    assert clips.shape == (0, FRAMES, 21, 3)
    assert times.shape == (0, FRAMES)
    assert len(names) == 0
