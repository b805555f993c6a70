"""Clip → answer: the ranking, what is not known, batches, and hands that are the same hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign import bundle as bundles
from deepsign.clip import Clip
from deepsign.landmarks import HAND, HANDS, HANDS_POSE, mirrored
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer, load
from made_hands import clip as made_clip
from toys import hand_clip, in_hands, toy_bundle, toy_manifest

wrists = st.lists(st.one_of(st.none(), st.floats(0, 1, width=32)), min_size=1, max_size=9)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer(toy_bundle(tmp_path_factory.mktemp("toy") / "toy"))


@pytest.fixture(scope="module")
def letters() -> Recognizer:
    if "letters" not in bundles.shipped():
        pytest.skip("no letters bundle is installed")
    return load("letters")


def test_signs_are_ranked_with_probabilities_and_none_is_no_sign(toy: Recognizer) -> None:
    found = toy.predict(hand_clip([0.9]))
    assert [c.gloss for c in found.candidates] == ["A", "B"]
    # softmax of 20 (x − ½), 20 (½ − x), 1.5
    weights = np.exp([8.0, -8.0, 1.5])
    assert found.candidates[0].probability == pytest.approx(weights[0] / weights.sum(), abs=1e-5)
    assert found.known
    assert toy.predict(hand_clip([0.9]), top_k=1).candidates == found.candidates[:1]


def test_an_unsure_answer_and_a_strangers_hand_are_not_known(tmp_path: Path) -> None:
    strict = toy_manifest().decision.model_dump() | {"reject_below": 0.999, "none_gloss": None}
    unsure = Recognizer(toy_bundle(tmp_path / "strict", decision=strict))
    assert not unsure.predict(hand_clip([0.6])).known
    assert unsure.predict(hand_clip([1.0])).known


def test_no_sign_is_not_known_however_sure_the_next_is(tmp_path: Path) -> None:
    gentle = toy_manifest().decision.model_dump() | {"reject_below": 0.2}
    found = Recognizer(toy_bundle(tmp_path / "gentle", decision=gentle)).predict(hand_clip([0.55]))
    # softmax of 1, −1, 1.5: "none" leads, and A is above the threshold all the same.
    assert found.candidates[0].probability > 0.3
    assert not found.known and found.best is None


def test_a_probability_that_equals_the_threshold_is_known(toy: Recognizer, tmp_path: Path) -> None:
    at = toy.predict(hand_clip([0.75])).candidates[0].probability
    just = toy_manifest().decision.model_dump() | {"reject_below": at}
    assert Recognizer(toy_bundle(tmp_path / "just", decision=just)).predict(hand_clip([0.75])).known


def test_a_temperature_divides_the_logits(tmp_path: Path) -> None:
    warm = toy_manifest().decision.model_dump() | {"temperature": 2.0}
    found = Recognizer(toy_bundle(tmp_path / "warm", decision=warm)).predict(hand_clip([0.6]))
    weights = np.exp(np.array([2.0, -2.0, 1.5]) / 2)
    assert found.candidates[0].probability == pytest.approx(weights[0] / weights.sum(), abs=1e-5)


def test_only_a_still_needs_motion(tmp_path: Path) -> None:
    names = ({"gloss": "I"}, {"gloss": "J", "needs_motion": True, "still_as": "I"}, {"gloss": "none"})
    labels = [{"say": n["gloss"], "needs_motion": False, "still_as": None, **n} for n in names]
    decision = toy_manifest().decision.model_dump() | {"per_sign_accept": {"I": 0.9}}
    moving = Recognizer(toy_bundle(tmp_path / "moving", labels=labels, decision=decision))
    assert moving.predict(hand_clip([0.9])).needs_motion == ("J",)
    assert moving.predict(hand_clip([0.1])).needs_motion == ("J",)
    assert moving.predict(hand_clip([0.9, 0.9])).needs_motion == ()


@given(st.lists(wrists, min_size=1, max_size=6))
def test_a_batch_answers_as_single_clips_do(toy: Recognizer, many: list[list[float | None]]) -> None:
    clips = [hand_clip(xs) for xs in many]
    for clip, together in zip(clips, toy.predict_batch(clips), strict=True):
        alone = toy.predict(clip)
        assert (together.known, [c.gloss for c in together.candidates]) == (
            alone.known,
            [c.gloss for c in alone.candidates],
        )
        assert [c.probability for c in together.candidates] == pytest.approx(
            [c.probability for c in alone.candidates], abs=1e-5
        )


@given(st.integers(1, 5))
def test_where_nothing_is_seen_nothing_is_known(toy: Recognizer, frames: int) -> None:
    found = toy.predict(hand_clip([None] * frames))
    assert (found.candidates, found.known, found.best) == ((), False, None)


def test_other_layouts_are_read_in_the_bundles_own(toy: Recognizer) -> None:
    hands = in_hands(hand_clip([0.9, 0.9]))
    assert hands.landmarks is not None
    points = np.full((2, len(HANDS_POSE), 3), np.nan, dtype=np.float32)
    points[:, HANDS_POSE.part("right_hand")] = hands.landmarks[:, HANDS.part("right_hand")]
    whole = Clip.from_landmarks(points, HANDS_POSE.name, fps=20)
    assert (
        toy.predict(whole).candidates == toy.predict(hands).candidates == toy.predict(hand_clip([0.9] * 2)).candidates
    )


def test_pictures_are_refused_by_name(toy: Recognizer) -> None:
    photo = Clip.from_frames(np.zeros((4, 4, 3), np.uint8), source="photo.jpg")
    with pytest.raises(InputError, match=r"photo\.jpg: holds pictures, not landmarks"):
        toy.logits([photo])


def test_verify_says_yes_only_above_the_signs_own_threshold(toy: Recognizer) -> None:
    assert toy.verify(hand_clip([0.9]), "A")[0]
    accepted, probability = toy.verify(hand_clip([0.6]), "A")
    assert not accepted
    assert 0.5 < probability < 0.9
    assert toy.verify(hand_clip([None]), "A") == (False, 0.0)
    with pytest.raises(InputError, match="B: toy can't verify it; it can verify A"):
        toy.verify(hand_clip([0.1]), "B")


@given(
    gloss=st.sampled_from("BLV"),
    seed=st.integers(0, 50),
    shift=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    size=st.floats(0.6, 1.6),
    mirror=st.booleans(),
)
def test_place_size_and_side_of_a_hand_do_not_matter(
    letters: Recognizer, gloss: str, seed: int, shift: tuple[float, float], size: float, mirror: bool
) -> None:
    still = made_clip(gloss, np.random.default_rng(seed), person=seed, frames=1)
    assert still.landmarks is not None
    moved = still.landmarks * np.float32(size) + np.array([*shift, 0], np.float32)
    moved = mirrored(moved, HANDS.name) if mirror else moved
    logits, _ = letters.logits([still, still.with_landmarks(moved, HANDS.name)])
    np.testing.assert_allclose(logits[0], logits[1], atol=2e-2)


def test_a_still_is_never_a_letter_that_moves(letters: Recognizer) -> None:
    rng = np.random.default_rng(0)
    for person in range(20):
        still = made_clip("I", rng, person, frames=1)
        found = letters.predict(still, top_k=1)
        assert found.candidates[0].gloss not in ("J", "Z")
        if found.candidates[0].gloss == "I":
            assert found.needs_motion == ("J",)


def test_a_single_hand_of_unknown_side_is_enough(letters: Recognizer) -> None:
    still = made_clip("B", np.random.default_rng(1), frames=1)
    assert still.landmarks is not None
    alone = Clip.from_landmarks(still.landmarks[:, HANDS.part("right_hand")], HAND.name)
    assert letters.predict(alone).candidates == letters.predict(still).candidates
