"""Hands turned into their letter's sister, hands between two letters, and pictures that stood for every letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from conftest import OPEN_HAND
from deepsign.data.placeholders import placeholders
from deepsign.data.tables import open_table
from deepsign.data.transitions import FRAMES, transitions
from deepsign.data.turned import turned

FAMILY = {"G": (-25.0, 30.0), "Q": (-125.0, -50.0)}


def hands(count: int, spread: float = 0.03) -> np.ndarray:
    rng = np.random.default_rng(0)
    flat = np.concatenate([OPEN_HAND, np.zeros((21, 1))], axis=1)
    return (flat + rng.normal(0, spread, (count, 21, 3))).astype(np.float32)


def elevation(points: np.ndarray) -> np.ndarray:
    finger = points[:, 8, :2] - points[:, 5, :2]
    return np.rad2deg(np.arctan2(-finger[:, 1], np.abs(finger[:, 0])))


def test_turned_hands_point_as_their_gloss_does_and_keep_their_shape() -> None:
    real = hands(60)
    glosses = np.array(["G", "Q", "A"] * 20)
    sources = np.array(["one"] * 50 + ["few"] * 10)
    made, named = turned(real, glosses, sources, [FAMILY], 400, seed=3)
    assert len(made) == len(named) == 400
    assert set(named) == {"G", "Q"}
    up = elevation(made)
    assert ((up > -26) & (up < 31))[named == "G"].all()
    assert (up < -49)[named == "Q"].all()  # past straight down, a finger's elevation comes back up
    lengths = np.linalg.norm(made[:, 8] - made[:, 5], axis=-1)
    known = np.linalg.norm(real[:, 8] - real[:, 5], axis=-1)[glosses != "A"]
    assert np.abs(lengths[:, None] - known).min(axis=1).max() < 1e-5
    again, _ = turned(real, glosses, sources, [FAMILY], 400, seed=3)
    np.testing.assert_array_equal(again, made)


def test_flat_hands_stay_flat_and_nothing_comes_of_no_such_gloss() -> None:
    real = hands(6)
    real[..., 2] = np.nan
    made, _ = turned(real, np.array(["G"] * 6), np.array(["one"] * 6), [FAMILY], 10, seed=0)
    assert np.isnan(made[..., 2]).all()
    assert not np.isnan(made[..., :2]).any()
    assert len(turned(real, np.array(["A"] * 6), np.array(["one"] * 6), [FAMILY], 10, seed=0)[0]) == 0


def test_a_transition_leads_from_one_handshape_to_another() -> None:
    fist = OPEN_HAND.copy()
    fist[[4, 8, 12, 16, 20]] = OPEN_HAND[[5, 5, 9, 13, 17]]
    two = np.stack([np.concatenate([p, np.zeros((21, 1))], axis=1) for p in (OPEN_HAND, fist)])
    real = np.repeat(two, 5, axis=0).astype(np.float32)
    clips, times = transitions(real, np.array(["B"] * 5 + ["S"] * 5), 30, seed=1)
    assert clips.shape == (30, FRAMES, 21, 3)
    assert (np.diff(times, axis=1) > 0).all()
    assert times[:, 0].max() == 0
    assert 0.25 < times[:, -1].min() < times[:, -1].max() < 0.95
    shape = clips - clips[:, :, :1]
    reach = np.linalg.norm(shape[:, :, 12, :2], axis=-1)
    assert (np.abs(reach[:, 0] - reach[:, -1]) > 0.3).all()
    assert np.linalg.norm(np.diff(clips, axis=1), axis=-1).max() < 0.5  # a way, not a jump
    alike, _ = transitions(real[:5], np.array(list("MNMNM")), 30, seed=1)
    assert len(alike) == 0


def test_a_picture_under_many_letters_is_a_placeholder_wherever_it_stands(tmp_path: Path) -> None:
    real = hands(20)
    same = np.repeat(hands(21)[20:], 6, axis=0) * np.linspace(0.5, 2, 6, dtype=np.float32)[:, None, None] + 0.1
    same[::2, :, 0] *= -1  # a mirrored copy is a copy
    named = np.array([*"ABCDE" * 4, *"ABCDEA"])
    np.savez(tmp_path / "table.npz", landmarks=np.concatenate([real, same]).astype(np.float32), label=named)
    found = placeholders(open_table(tmp_path / "table.npz"))
    np.testing.assert_array_equal(found, [False] * 20 + [True] * 6)
    np.savez(tmp_path / "alike.npz", landmarks=same, label=np.array(list("AAAABB")))
    assert not placeholders(open_table(tmp_path / "alike.npz")).any()
