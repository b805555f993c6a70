"""Few-shot episodes on made embeddings whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from deepsign.evaluate.few_shot import few_shot
from deepsign.problems import InputError


def cloud(
    signs: int, people: int, noise: float, person: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.str_]]:
    """12 clips of each sign of each person: a direction a sign, moved by who signs and by chance."""
    rng = np.random.default_rng(0)
    middle, own = rng.normal(size=(signs, 32)), rng.normal(size=(people, signs, 32)) * person
    rows = [(s, p) for s in range(signs) for p in range(people) for _ in range(12)]
    points = np.stack([middle[s] + own[p, s] + noise * rng.normal(size=32) for s, p in rows])
    return points, np.array([f"S{s}" for s, _ in rows]), np.array([f"p{p}" for _, p in rows])


def test_signs_that_lie_apart_are_told_apart_and_strangers_refused() -> None:
    found = few_shot(*cloud(8, 2, 0.1), episodes=40)
    assert found.top1 > 0.99
    assert found.answered > 0.95
    assert found.refused > 0.95
    assert found.auroc > 0.99
    assert found.low <= found.top1 <= found.high


def test_chance_is_a_fifth() -> None:
    points, glosses, signers = cloud(8, 2, 0.1)
    shuffled = np.random.default_rng(1).permutation(points)
    assert few_shot(shuffled, glosses, signers, episodes=150).top1 == pytest.approx(0.2, abs=0.04)


def test_other_signers_are_harder_than_the_one_who_taught() -> None:
    ground = cloud(8, 3, 0.3, person=1.5)
    same, other = (few_shot(*ground, who=who, episodes=60) for who in ("same", "other"))  # type: ignore[arg-type]
    assert same.top1 > other.top1 + 0.05


def test_an_episode_that_cannot_be_drawn_is_said() -> None:
    with pytest.raises(InputError, match="no 9 signs"):
        few_shot(*cloud(8, 2, 0.1), ways=9)
