"""Hands that are no signs: as many as asked for, the same each time, still hands, and unlike the signs."""

from __future__ import annotations

import numpy as np

from deepsign.data.non_signs import non_signs
from made_hands import hand


def signs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    glosses = np.array([("A", "B", "L")[i % 3] for i in range(count)])
    return np.stack([hand(gloss, rng) for gloss in glosses]), glosses


def test_as_many_as_asked_for_and_the_same_again() -> None:
    hands, glosses = signs(30)
    made = non_signs(hands, glosses, 31, seed=4)
    assert made.shape == (31, 21, 3)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()
    np.testing.assert_array_equal(made, non_signs(hands, glosses, 31, seed=4))
    assert not np.array_equal(made, non_signs(hands, glosses, 31, seed=5))
    assert non_signs(hands, glosses, 0, seed=4).shape == (0, 21, 3)


def test_flat_hands_stay_flat() -> None:
    hands, glosses = signs(9)
    hands[..., 2] = np.nan
    made = non_signs(hands, glosses, 9, seed=0)
    assert np.isnan(made[:, 1:, 2]).all()
    assert not np.isnan(made[..., :2]).any()


def test_a_third_hang_down_with_their_handshape_kept() -> None:
    hands, glosses = signs(30)
    hanging = non_signs(hands, glosses, 30, seed=0)[:10]
    pointing = hanging[:, 9, 1] - hanging[:, 0, 1]  # wrist to the middle knuckle; y runs down
    assert (pointing > -0.2 * np.linalg.norm(hanging[:, 9, :2] - hanging[:, 0, :2], axis=-1)).all()
    spans = np.linalg.norm(hanging[:, 9] - hanging[:, 0], axis=-1)
    known = np.linalg.norm(hands[:, 9] - hands[:, 0], axis=-1)
    assert np.abs(spans[:, None] - known).min(axis=1).max() < 1e-5
