"""From landmarks and sources to answers, with a toy bundle: A on the right, B on the left, none in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign.answer import Answerer
from deepsign.problems import BundleError, InputError
from toys import hand_clip, toy_bundle, toy_manifest


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return Answerer(toy_bundle(tmp_path_factory.mktemp("toy") / "toy").path)


def test_a_still_is_ranked_and_said_in_the_agreed_json(answerer: Answerer) -> None:
    found = answerer.answer_clip(hand_clip([0.9])).to_json()
    assert found["source"] == "made.npz"
    assert found["model"] == "toy"
    assert [p["gloss"] for p in found["predictions"]] == ["A", "B"]
    assert found["predictions"][0]["probability"] > 0.9
    assert found["known"] is True
    assert set(found) == {"source", "model", "predictions", "known", "ms"}


@pytest.mark.parametrize("clip", [hand_clip([0.5]), hand_clip([None])], ids=["a hand that is no sign", "no hand"])
def test_not_a_sign_i_know(answerer: Answerer, clip) -> None:
    assert answerer.answer_clip(clip).prediction.known is False
    assert answerer.answer_clip(clip).prediction.best is None


def test_a_spelled_video_gives_each_letter_with_its_times(answerer: Answerer) -> None:
    spelled = hand_clip([0.9] * 40 + [None] * 20 + [0.1] * 30 + [None] * 10)
    found = answerer.answer_clip(spelled).to_json()
    first, second = found["segments"]
    assert (first["gloss"], second["gloss"]) == ("A", "B")
    assert first["start"] == 0.0
    assert first["end"] == pytest.approx(1.95)
    assert second["start"] == pytest.approx(3.0, abs=0.3)
    assert found["predictions"][0]["gloss"] == "A", "the ranking is that of the longest sign"


def test_a_short_clip_is_answered_as_a_whole(answerer: Answerer) -> None:
    answer = answerer.answer_clip(hand_clip([0.1] * 15))
    assert answer.prediction.best is not None
    assert answer.prediction.best.gloss == "B"


def test_a_still_of_a_moving_sign_is_offered_as_such(tmp_path: Path) -> None:
    labels = [
        {"gloss": "I", "say": "I", "needs_motion": False, "still_as": None},
        {"gloss": "J", "say": "J", "needs_motion": True, "still_as": "I"},
        {"gloss": "none", "say": "none", "needs_motion": False, "still_as": None},
    ]
    decision = {**toy_manifest().decision.model_dump(), "per_sign_accept": {}}
    moving = Answerer(toy_bundle(tmp_path / "moving", labels=labels, decision=decision).path)
    assert moving.answer_clip(hand_clip([0.9])).to_json()["needs_motion"] == ["J"]
    assert "needs_motion" not in moving.answer_clip(hand_clip([0.9] * 10)).to_json()


def test_verify_keeps_to_the_signs_own_threshold(answerer: Answerer) -> None:
    recognizer = answerer.recognizer
    accepted, probability = recognizer.verify(hand_clip([0.9]), "A")
    assert accepted and probability > 0.9
    assert recognizer.verify(hand_clip([0.6]), "A")[0] is False
    assert recognizer.verify(hand_clip([None]), "A") == (False, 0.0)
    with pytest.raises(InputError, match="can't verify"):
        recognizer.verify(hand_clip([0.9]), "B")


def test_an_unknown_bundle_is_named_with_what_there_is() -> None:
    with pytest.raises(BundleError, match=r"^nowhere: no such bundle; installed: "):
        Answerer("nowhere")


def test_a_missing_file_is_named(answerer: Answerer, tmp_path: Path) -> None:
    for name in ("photo.jpg", "clip.mp4", "hand.npz"):
        with pytest.raises(InputError, match=name):
            answerer.answer(tmp_path / name)
