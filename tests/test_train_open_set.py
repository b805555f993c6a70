"""Open set: how near a sign must lie and how likely no sign is, fitted; centres of embeddings."""

from __future__ import annotations

import numpy as np
import pytest

from deepsign import recipe as recipes
from deepsign.problems import RecipeError
from deepsign.train.decide import softmax, stranger
from deepsign.train.open_set import Judged, alike, centres_of, decided, fit

RECIPE = {"name": "t", "task": "isolated", "sign_language": "ase", "model": {"name": "sign_net"}}
SIGNS = 3


def drawn(clips: int, seed: int = 0) -> Judged:
    """Answers twice as sure as they should be, and e² times as fond of "no sign"; far from a sign's centre, wrong."""
    rng = np.random.default_rng(seed)
    logits, near = rng.normal(0, 2, (clips, SIGNS + 1)), rng.uniform(0, 1, (clips, SIGNS))
    true = np.concatenate([logits[:, :-1] + 5 * (near - 1), logits[:, -1:]], axis=1)
    target = (softmax(true).cumsum(axis=1) > rng.random((clips, 1))).argmax(axis=1)
    return Judged(2 * (logits + np.array([0, 0, 0, 2.0])), near, target, [""] * clips)


def test_sharpness_nearness_and_offset_are_found_again() -> None:
    judged = drawn(20000)
    found = fit(judged)
    assert found.sharpness == pytest.approx(0.5, rel=0.1)
    assert found.nearness == pytest.approx(5, rel=0.1)
    # Every label weighs the same: what is left is how much likelier a clip of no sign was than one of a sign.
    counts = np.bincount(judged.target)
    assert found.offset == pytest.approx(-2 - np.log(counts[-1] / counts[:-1].mean()), abs=0.2)


def test_how_many_clips_of_no_sign_there_are_says_nothing() -> None:
    judged = drawn(4000)
    often = np.concatenate([np.arange(4000), *[np.flatnonzero(judged.target == SIGNS)] * 9])
    again = fit(Judged(judged.logits[often], judged.alike[often], judged.target[often], [""] * len(often)))
    once = fit(judged)
    assert [again.sharpness, again.nearness, again.offset] == pytest.approx(
        [once.sharpness, once.nearness, once.offset], abs=1e-3
    )


def test_strangers_far_from_every_sign_make_nearness_count() -> None:
    judged = drawn(4000)
    rng = np.random.default_rng(5)
    # As sure as clips of a sign, and far away.
    sure = rng.normal(0, 0.3, (400, SIGNS + 1)) + np.array([8.0, 0, 0, 0])
    strangers = Judged(
        np.concatenate([judged.logits, sure]),
        np.concatenate([judged.alike, np.full((400, SIGNS), 0.1)]),
        np.concatenate([judged.target, np.full(400, stranger(1))]),
        [""] * 4400,
    )
    found = fit(strangers)
    assert found.nearness > 1.2 * fit(judged).nearness
    before, after = (softmax(placing.of(strangers))[-400:, 0].mean() for placing in (fit(judged), found))
    assert after < before - 0.15


def test_centres_are_the_mean_directions_of_signs() -> None:
    embedding = np.array([[2.0, 0], [0, 3], [0, -1], [5, 5]])
    centres = centres_of(embedding, np.array([0, 0, 3, 4]), SIGNS)
    assert centres == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0, 0], [0, 0]]))
    assert alike(embedding, centres)[:, 0] == pytest.approx([0.5**0.5, 0.5**0.5, -(0.5**0.5), 1])
    assert (alike(embedding, centres)[:, 1:] == 0).all(), "a sign that nobody showed is near to nothing"


def test_thresholds_are_those_of_the_placed_network() -> None:
    judged = drawn(4000)
    raw = {**RECIPE, "labels": {"glosses": ["a", "b", "c"], "none": "none"}, "decide": {"open_set": True}}
    found = decided(judged, recipes.check(raw, "t"))
    assert found.placing is not None
    assert found.decision.temperature == 1
    probabilities = softmax(found.placing.of(judged))
    for at, gloss in enumerate(("a", "b", "c")):
        passed = [(probabilities[judged.target == other, at] >= found.decision.per_sign_accept[gloss]).mean()
                  for other in range(4) if other != at]  # fmt: skip
        assert np.mean(passed) <= 0.06
    plain = decided(judged, recipes.check({**raw, "decide": {}}, "t"))
    assert plain.placing is None
    assert plain.decision.temperature == pytest.approx(2, rel=0.6)


def test_without_no_sign_it_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"decide\.open_set: needs labels\.none"):
        recipes.check({**RECIPE, "labels": {"glosses": ["a", "b"]}, "decide": {"open_set": True}}, "t")
