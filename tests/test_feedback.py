"""Feedback names the finger that is off and says nothing of what is right; Python and the page say the same.

`python tests/test_feedback.py` writes tests/golden/feedback.json anew, after the rules were changed on purpose.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import made_bodies
import made_hands
from deepsign import bundle as bundles
from deepsign.clip import Clip
from deepsign.feedback import Hint, Reference, hint, reference_of, tip
from deepsign.feedback.features import FEATURES, NAMES, features
from deepsign.feedback.reference import read
from deepsign.feedback.seen import see
from deepsign.feedback.words import _SAID
from deepsign.landmarks import HANDS, HANDS_POSE, mirrored
from deepsign.problems import BundleError, DeepSignError
from deepsign.recognizer import Recognizer
from deepsign.serve.predict import judge
from deepsign.train.reference import attempts, limits_of, main
from toys import toy_bundle

GOLDEN = Path(__file__).parent / "golden" / "feedback.json"
PEOPLE = 6
LIMITS = {f.kind: 4.0 for f in FEATURES} | {"bend": 6.0, "opposite": 3.0}
Points = NDArray[np.float32]


def made(glosses: str, people: range, seed: int = 0, frames: int = 4) -> list[tuple[Clip, str, str]]:
    rng = np.random.default_rng(seed)
    return [(made_hands.clip(g, rng, p, frames), g, f"p{p}") for g in glosses for p in people for _ in range(3)]


def words(people: range) -> list[tuple[Clip, str, str]]:
    return [(made_bodies.take(w, p, n), w, f"p{p}") for w in made_bodies.SIGNS for p in people for n in range(3)]


@pytest.fixture(scope="module")
def shapes() -> Reference:
    return attempts(made("ABILVJ", range(PEOPLE)), {"J"}, still=True).reference(LIMITS)


@pytest.fixture(scope="module")
def moving() -> Reference:
    return attempts(words(range(4)), set(), still=False).reference(LIMITS)


def fresh(gloss: str, frames: int = 4, seed: int = 9) -> Clip:
    """An attempt by somebody whom the reference never saw."""
    return made_hands.clip(gloss, np.random.default_rng(seed), person=50, frames=frames)


def changed(clip: Clip, change) -> Clip:
    assert clip.landmarks is not None
    points = clip.landmarks.copy()
    change(points)
    return clip.with_landmarks(points, str(clip.layout))


def bent(clip: Clip, finger: int, turn: float, frames: slice = slice(None)) -> Clip:
    """The finger (1 index … 4 little) of the right hand bent by this angle (rad) at each of its outer joints."""
    layout = HANDS_POSE if clip.layout == HANDS_POSE.name else HANDS

    def bend(points: Points) -> None:
        hand = points[:, layout.part("right_hand")]
        for frame in hand[frames]:
            root = 1 + 4 * finger
            up = frame[root] - frame[0]
            up /= np.linalg.norm(up)
            bones = [np.linalg.norm(frame[root + 1 + i] - frame[root + i]) for i in range(3)]
            at = frame[root]
            for i in range(3):
                angle = turn * (i + 1)
                at = at + bones[i] * (np.cos(angle) * up + np.sin(angle) * np.array([0, 0, -1]))
                frame[root + 1 + i] = at

    return changed(clip, bend)


@pytest.mark.parametrize("gloss", "ABILVJ")
def test_nothing_is_said_of_a_right_attempt(shapes: Reference, gloss: str) -> None:
    found = [hint(shapes, gloss, fresh(gloss, 12, seed)) for seed in range(20)]
    assert found.count(None) >= 19, found


@pytest.mark.parametrize(("finger", "name"), [(1, "index"), (2, "middle"), (3, "ring"), (4, "little")])
def test_the_finger_that_is_bent_is_named_and_the_one_that_is_straight(
    shapes: Reference, finger: int, name: str
) -> None:
    found = hint(shapes, "B", bent(fresh("B"), finger, 1.2))
    assert found is not None
    assert (found.part, found.finger, found.change) == ("fingers", name, "straighten")
    assert tip(found) == f"Nearly: straighten your {name} finger."
    found = hint(shapes, "A", bent(fresh("A"), finger, 0.0))
    assert found is not None
    assert (found.part, found.finger, found.change) == ("fingers", name, "bend")


def test_many_fingers_are_told_together(shapes: Reference) -> None:
    found = hint(shapes, "A", fresh("B"))
    assert found is not None
    assert (found.finger, found.change, tip(found)) == (None, "bend", "Nearly: bend your fingers.")


def test_a_left_hand_is_told_the_same(shapes: Reference) -> None:
    right = bent(fresh("V"), 1, 1.2)
    assert right.landmarks is not None
    left = right.with_landmarks(mirrored(right.landmarks, HANDS.name), HANDS.name)
    assert hint(shapes, "V", left) == hint(shapes, "V", right)


def test_the_shape_of_the_picture_and_its_scale_change_nothing(shapes: Reference) -> None:
    clip = bent(fresh("V"), 2, 1.2)
    assert clip.landmarks is not None
    wide = Clip.from_landmarks(clip.landmarks / [16 / 9, 1, 16 / 9] * 0.5, HANDS.name, times=clip.times, aspect=16 / 9)
    one, other = hint(shapes, "V", wide), hint(shapes, "V", clip)
    assert one is not None
    assert other is not None
    assert (one.finger, one.change, one.z) == (other.finger, other.change, pytest.approx(other.z, abs=0.01))


def turned(clip: Clip, matrix: list[list[float]]) -> Clip:
    def turn(points: Points) -> None:
        middle = np.nanmean(points, axis=(0, 1))
        points[:] = (points - middle) @ np.array(matrix, dtype=np.float32).T + middle

    return changed(clip, turn)


def test_how_the_palm_is_turned_comes_before_fingers(shapes: Reference) -> None:
    away = turned(bent(fresh("V"), 1, 1.2), [[-1, 0, 0], [0, 1, 0], [0, 0, -1]])
    found = hint(shapes, "V", away)
    assert found is not None
    assert (found.part, tip(found)) == ("orientation", "Turn your palm towards the camera.")
    aside = turned(fresh("V"), [[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    found = hint(shapes, "V", aside)
    assert found is not None
    assert (found.part, found.change) == ("orientation", "up")


def test_a_fist_hides_its_thumb(shapes: Reference) -> None:
    def out(points: Points) -> None:
        points[:, 21 + 4, 0] += 0.2

    assert hint(shapes, "A", changed(fresh("A"), out)) is None
    found = hint(shapes, "B", changed(fresh("B"), out))
    assert found is not None
    assert found.part == "thumb"


def test_what_it_was_taken_for_is_looked_at_more_closely(shapes: Reference) -> None:
    half = bent(fresh("V"), 2, 0.75)
    assert hint(shapes, "V", half) is None
    found = hint(shapes, "V", half, taken_for="I")
    assert found is not None
    assert (found.finger, found.change) == ("middle", "straighten")


def test_a_movement_that_is_held_still_should_be_larger(shapes: Reference) -> None:
    found = hint(shapes, "J", fresh("I", 12))
    assert found is not None
    assert (found.part, found.change) == ("movement", "larger")
    assert hint(shapes, "J", fresh("I", 1)) is None, "a still says nothing of movements"


def test_no_hand_and_no_known_sign(shapes: Reference) -> None:
    empty = Clip.from_landmarks(np.full((5, len(HANDS), 3), np.nan), HANDS.name, fps=20)
    assert hint(shapes, "A", empty) == Hint("hand", None, "show", 0.0, 0)
    assert hint(shapes, "Q", fresh("A")) is None


@pytest.mark.parametrize("word", made_bodies.SIGNS)
def test_words_that_are_right_are_let_be(moving: Reference, word: str) -> None:
    assert hint(moving, word, made_bodies.take(word, 9, 1)) is None


def test_a_finger_that_was_right_for_a_part_of_the_sign_is_let_be(moving: Reference) -> None:
    word = next(iter(made_bodies.SIGNS))
    clip = made_bodies.take(word, 9, 1)
    throughout = hint(moving, word, bent(clip, 1, 1.2))
    assert throughout is not None
    assert (throughout.part, throughout.finger) == ("fingers", "index")
    assert hint(moving, word, bent(clip, 1, 1.2, slice(None, None, 2))) is None, "it opens and closes"


def moved(clip: Clip, by: float) -> Clip:
    """Both hands and wrists lowered by this share of the picture; the body stays."""

    def lower(points: Points) -> None:
        at = [i for i, name in enumerate(HANDS_POSE.points) if "_hand." in name or name.endswith("_wrist")]
        points[:, at, 1] += by

    return changed(clip, lower)


def test_another_place_is_named(moving: Reference) -> None:
    found = [hint(moving, word, moved(made_bodies.take(word, 9, 1), 0.35)) for word in made_bodies.SIGNS]
    assert {h.part for h in found if h} == {"place"}, found
    assert sum(h is not None for h in found) >= len(found) - 1


def test_the_frame_shows_the_hand(shapes: Reference) -> None:
    clip = bent(fresh("B", 9), 1, 1.2)

    def lose(points: Points) -> None:
        points[[0, 1, 4, 5]] = np.nan

    found = hint(shapes, "B", changed(clip, lose))
    assert found is not None
    assert found.frame in (2, 3, 6, 7, 8)


def test_limits_are_those_that_few_left_out_are_blamed_at() -> None:
    known = attempts(made("ABV", range(PEOPLE)), set(), still=True)
    limits = limits_of(known)
    assert limits["bend"] >= 4
    assert limits["opposite"] >= 2.5
    assert "size" not in limits, "what no clip shows has no limit"
    confused = attempts(
        [(c, "ABV"[("ABV".index(g) + int(s[1])) % 3], s) for c, g, s in made("ABV", range(PEOPLE))], set(), True
    )
    assert "opposite" not in limits_of(confused), "people who don't agree can't be a measure"


def test_every_hint_has_its_sentence(shapes: Reference, moving: Reference) -> None:
    for change in _SAID:
        assert tip(Hint("hand", None, change, 5.0, 0)).endswith(".")
    assert tip(Hint("place", None, "start_chin", 5.0, 0)) == "Start closer to your chin."


def test_a_reference_is_kept_with_its_bundle(tmp_path: Path, shapes: Reference) -> None:
    toy = toy_bundle(tmp_path / "toy")
    assert reference_of(toy) is None
    content = shapes.model_dump_json().encode()
    again = bundles.write(toy.path, toy.manifest, {**toy.contents, "reference.json": content})
    assert reference_of(again) == shapes
    with pytest.raises(BundleError, match=r"x/reference\.json: signs\.A"):
        read(content.replace(b'"A":{"signers":', b'"A":{"x":'), "x/reference.json")


def test_the_api_says_what_to_change(tmp_path: Path, shapes: Reference) -> None:
    toy = toy_bundle(tmp_path / "toy")
    kept = bundles.write(toy.path, toy.manifest, {**toy.contents, "reference.json": shapes.model_dump_json().encode()})
    # The toy reads where the wrist is: left is B.
    clip = changed(fresh("B", 1), lambda points: points.__isub__(np.float32([0.3, 0, 0])))
    accepted, _, said, told = judge(Recognizer(kept), clip, "A")
    assert (accepted, said) == (False, "this looks like B. Nearly: bend your fingers.")
    assert told is not None
    assert (told.part, told.change) == ("fingers", "bend")


@pytest.mark.parametrize("name", ["letters", "digits", "signs"])
def test_shipped_references_are_small_and_know_every_sign(name: str) -> None:
    bundle = bundles.find(name)
    reference = reference_of(bundle)
    assert reference is not None
    assert set(reference.signs) == set(bundle.labels.glosses) - {bundle.manifest.decision.none_gloss}
    assert (bundle.path / "reference.json").stat().st_size < 150_000


def test_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["reference", "letters", "--data", str(tmp_path / "none.csv")])
    assert main() == 1
    assert "none.csv" in capsys.readouterr().err
    with pytest.raises(DeepSignError, match="no clip shows a hand in depth"):
        attempts([], set(), still=True)


def golden_clips() -> list[tuple[str, str, str | None, Clip]]:
    """Name, gloss, what it was taken for, clip."""
    away = turned(fresh("V"), [[-1, 0, 0], [0, 1, 0], [0, 0, -1]])
    lost = changed(fresh("B", 9), lambda points: points.__setitem__([1, 4, 5], np.nan))
    flat = changed(fresh("L"), lambda points: points.__setitem__((..., 2), np.nan))
    found: list[tuple[str, str, str | None, Clip]] = [
        *((f"a good {g}", g, None, fresh(g, 6)) for g in "ABILVJ"),
        *((f"a B with finger {i} bent", "B", None, bent(fresh("B"), i, 1.2)) for i in (1, 4)),
        *((f"an A with finger {i} straight", "A", None, bent(fresh("A"), i, 0.0)) for i in (2, 3)),
        ("an open hand for an A", "A", None, fresh("B", 1)),
        ("a V half bent", "V", None, bent(fresh("V"), 2, 0.75)),
        ("a V half bent, taken for I", "V", "I", bent(fresh("V"), 2, 0.75)),
        ("a V from behind", "V", None, away),
        ("a J held still", "J", None, fresh("I", 6)),
        ("frames in which it was lost", "B", None, lost),
        ("no depth", "L", None, flat),
    ]
    sparse = [(w, made_bodies.take(w, 9, 1)) for w in list(made_bodies.SIGNS)[:3]]
    for word, clip in sparse:
        assert clip.landmarks is not None
        few = Clip.from_landmarks(clip.landmarks[::4], str(clip.layout), times=clip.times[::4], aspect=clip.aspect)
        found += [(f"a good {word}", word, None, few), (f"{word}, lower", word, None, moved(few, 0.35))]
        if word != "circle":  # whose frames are so alike that rounding decides which of them shows the hand best
            found += [
                (f"{word}, a finger bent", word, None, bent(few, 1, 1.2)),
                (f"{word}, a finger bent now and then", word, None, bent(few, 1, 1.2, slice(None, None, 2))),
            ]
    return found


def golden() -> dict[str, Any]:
    signs = attempts(made("ABILVJ", range(PEOPLE)), {"J"}, still=True).reference(LIMITS)
    others = attempts(words(range(4)), set(), still=False).reference(LIMITS)
    cases = []
    for name, gloss, taken_for, clip in golden_clips():
        assert clip.landmarks is not None
        landmarks = clip.landmarks.round(5)
        kept = Clip.from_landmarks(landmarks, str(clip.layout), times=clip.times.round(4), aspect=clip.aspect)
        seen = see(kept)
        assert seen is not None
        values, frame = features(seen)
        which = "moving" if kept.layout == HANDS_POSE.name else "shapes"
        told = hint(signs if which == "shapes" else others, gloss, kept, taken_for)
        cases.append(
            {
                "name": name,
                "reference": which,
                "gloss": gloss,
                "taken_for": taken_for,
                "aspect": kept.aspect,
                "times": kept.times.tolist(),
                "landmarks": [[plain(v) for v in frame_.reshape(-1)] for frame_ in landmarks],
                "features": [plain(v, 9) for v in values],
                "frame": frame,
                "hint": None if told is None else vars(told),
            }
        )
    references = {"shapes": signs.model_dump(), "moving": others.model_dump()}
    return {"references": references, "cases": cases}


def plain(value: float, digits: int = 5) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)


def test_golden_cases() -> None:
    kept = json.loads(GOLDEN.read_text("utf-8"))
    references = {name: Reference.model_validate(raw) for name, raw in kept["references"].items()}
    assert kept["cases"], "there are cases"
    for case in kept["cases"]:
        points = np.array([[np.nan if v is None else v for v in f] for f in case["landmarks"]], dtype=np.float32)
        layout = HANDS_POSE if case["reference"] == "moving" else HANDS
        clip = Clip.from_landmarks(
            points.reshape(-1, len(layout), 3), layout.name, times=case["times"], aspect=case["aspect"]
        )
        seen = see(clip)
        assert seen is not None
        values, frame = features(seen)
        expected = [np.nan if v is None else v for v in case["features"]]
        np.testing.assert_allclose(values, expected, atol=1e-6, err_msg=f"{case['name']}: {NAMES}")
        assert frame == case["frame"], case["name"]
        found = hint(references[case["reference"]], case["gloss"], clip, case["taken_for"])
        assert (None if found is None else vars(found)) == case["hint"], case["name"]
    assert len({json.dumps(c["hint"] and [c["hint"]["part"], c["hint"]["change"]]) for c in kept["cases"]}) >= 7


if __name__ == "__main__":
    text = golden()
    cases = ",\n".join(json.dumps(case) for case in text["cases"])
    GOLDEN.write_text(f'{{"references": {json.dumps(text["references"])},\n"cases": [\n{cases}\n]}}\n', "utf-8")
