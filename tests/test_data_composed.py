"""Composed signs: made from hands and bodies, at the place, with the movement and the shape that a form tells."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from deepsign.data.composed import Composer
from deepsign.data.composed_forms import forms_of
from deepsign.data.composed_moves import PLACES
from deepsign.landmarks import HAND_POINTS, HANDS_POSE
from deepsign.recipe_composed import Composed, Form
from made_bodies import body, landmarks_of
from made_hands import hand

RIGHT, LEFT, POSE = (HANDS_POSE.part(name) for name in ("right_hand", "left_hand", "pose"))
NOSE = HANDS_POSE.index["pose.nose"]
SHOULDERS = [HANDS_POSE.index[f"pose.{side}_shoulder"] for side in ("left", "right")]


def composer(seed: int = 0, letters: str = "ABILV") -> Composer:
    hands = {c: np.stack([hand(c, np.random.default_rng(i), i) for i in range(6)]).astype(np.float32) for c in letters}
    return Composer(
        hands, [landmarks_of(body("wave", person=i)) * np.float32([4 / 3, 1, 4 / 3]) for i in range(4)], seed
    )


def with_bodies(made: Composer, form: Form, count: int) -> list[np.ndarray]:
    """Clips in which more than hands is seen."""
    clips = (made.clip(form)[0] for _ in range(10 * count))
    return [clip for clip in clips if not np.isnan(clip[:, NOSE, 0]).any()][:count]


def in_shoulder_widths(clip: np.ndarray, point: int, from_nose: bool) -> np.ndarray:
    """Where a point is over the clip (T, 2), from the nose or from the shoulders' middle."""
    shoulders = clip[:, SHOULDERS, :2].mean(axis=0)
    start = clip[:, NOSE, :2].mean(axis=0) if from_nose else shoulders.mean(axis=0)
    return (clip[:, point, :2] - start) / np.linalg.norm(shoulders[0] - shoulders[1])


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("touch", ["index", "thumb", "palm"])
def test_the_part_that_touches_comes_to_be_where_the_sign_is_made(place: str, touch: str) -> None:
    point = {"index": "index_tip", "thumb": "thumb_tip", "palm": "middle_mcp"}[touch]
    from_nose, right, down = PLACES[place]  # type: ignore[index]
    form = Form(shape="B", at=place, touch=touch)  # type: ignore[arg-type]
    found = [
        np.median(in_shoulder_widths(clip[-3:], RIGHT.start + HAND_POINTS.index(point), from_nose), axis=0)
        for clip in with_bodies(composer(), form, 12)
    ]
    assert np.abs(np.mean(found, axis=0) - [right, down]).max() < 0.08, "people place it otherwise by .06"


def test_movements_are_told_apart() -> None:
    def ways(move: str) -> np.ndarray:
        form = Form(shape="B", at="chest", move=move, to="chin" if move == "to" else None)  # type: ignore[arg-type]
        clips = with_bodies(composer(1), form, 12)
        ends = [in_shoulder_widths(clip, RIGHT.start, False)[[len(clip) // 2, -1]] for clip in clips]
        return np.mean([end[-1] for end in ends], axis=0)

    still = ways("still")
    assert ways("down")[1] - still[1] > 0.3 and still[1] - ways("up")[1] > 0.3
    assert still[0] - ways("aside")[0] > 0.3
    assert still[1] - ways("to")[1] > 0.5, "from the chest to the chin"


def test_a_flapping_hand_bends_at_its_knuckles_and_waves_stay_straight() -> None:
    def length(move: str) -> float:
        spans = []
        for clip in with_bodies(composer(2), Form(shape="B", at="high", move=move), 10):  # type: ignore[arg-type]
            tip, knuckle = (clip[:, RIGHT.start + HAND_POINTS.index(f"middle_{p}"), :2] for p in ("tip", "mcp"))
            seen = np.linalg.norm(tip - knuckle, axis=1)
            spans.append(seen.min() / seen.max())
        return float(np.median(spans))

    assert length("flap") < 0.75 < 0.85 < length("wave")


def test_both_hands_mirror_each_other_and_one_leaves_the_other_unseen() -> None:
    for hands in ("one", "both", "base"):
        for clip in with_bodies(composer(3), Form(shape="V", at="before", hands=hands), 4):  # type: ignore[arg-type]
            left = ~np.isnan(clip[:, LEFT, 0]).any()
            assert left == (hands != "one") and not np.isnan(clip[:, RIGHT, :2]).any()
            if hands == "both":
                own, other = (in_shoulder_widths(clip, part.start, False) for part in (RIGHT, LEFT))
                np.testing.assert_allclose(own * [-1, 1], other, atol=0.1)


def test_a_hand_takes_another_ones_index_finger_and_becomes_another_shape() -> None:
    def index(**given: str) -> list[float]:
        """How far the index finger's tip is from its knuckle, in palms, at the end of each clip."""
        found = []
        for clip in with_bodies(composer(4), Form(shape="A", at="chest", **given), 8):  # type: ignore[arg-type]
            points = {n: clip[-1, RIGHT.start + HAND_POINTS.index(n)] for n in ("index_tip", "index_mcp", "wrist")}
            palm = np.linalg.norm(points["index_mcp"] - points["wrist"])
            found.append(float(np.linalg.norm(points["index_tip"] - points["index_mcp"]) / palm))
        return found

    fist, pointing, opened = np.median(index()), np.median(index(index="L")), np.median(index(becomes="B"))
    assert fist < 0.7 * pointing and fist < 0.7 * opened


def test_the_seed_decides() -> None:
    form = Form(shape="V", at="temple", move="circle")
    one, same, other = (composer(seed).clip(form)[0] for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or not np.array_equal(one, other, equal_nan=True)


def test_times_begin_at_0_and_increase() -> None:
    clip, times = composer(7).clip(Form(shape="B", at="chin", move="tap"))
    assert clip.shape == (len(times), len(HANDS_POSE), 3) and clip.dtype == times.dtype == np.float32
    assert times[0] == 0 and (np.diff(times) > 0).all() and 0.5 < times[-1] < 2.3


def asked(others: int = 30) -> Composed:
    signs = {"father": [{"shape": "5", "turned": [75, 0, 0], "at": "forehead", "touch": "thumb"}]}
    pairs = {"father": {"shapes": ["Y"], "places": ["chin"], "moves": ["circle"], "turned": [[180, 0, 0]]}}
    return Composed.model_validate({"hands": ["hands.csv"], "signs": signs, "pairs": pairs, "others": others})


def test_a_minimal_pair_differs_in_one_part() -> None:
    forms = forms_of(asked())
    (father,) = forms["father"]
    changed = {
        "father, shape Y": {"shape": "Y"},
        "father, at chin": {"at": "chin"},
        "father, move circle": {"move": "circle"},
        "father, turned 180/0/0": {"turned": (180.0, 0.0, 0.0)},
    }
    for gloss, parts in changed.items():
        assert forms[gloss] == [father.model_copy(update=parts)]


def test_signs_drawn_at_random_are_the_same_each_time_and_differ_from_known_ones_in_two_parts() -> None:
    forms = forms_of(asked())
    assert forms == forms_of(asked()) and len(forms) == 5 + 30
    # Where every hand at every place is a sign already, what is drawn must differ in two of the other parts.
    known = [Form(shape=shape, at=place) for shape in "ABCDEFGHIKLOPQRSUVWXY3578" for place in PLACES]
    told = {"hands": ["hands.csv"], "signs": {"all": known}, "others": 60}
    for gloss, (form, *_) in forms_of(Composed.model_validate(told)).items():
        others = (form.becomes is not None, form.move != "still", form.hands != "one", form.turned != (0.0, 0.0, 0.0))
        assert gloss == "all" or sum(others) > 1


def test_strangers_are_one_label_of_as_many_signs() -> None:
    forms = forms_of(asked().model_copy(update={"strangers": 50}))
    assert len(forms["strangers"]) == 50 and len({str(form) for form in forms["strangers"]}) > 45
    assert "strangers" not in forms_of(asked())


def test_a_form_that_goes_nowhere_and_a_pair_of_nothing_are_refused() -> None:
    with pytest.raises(ValidationError, match="`to` goes with the movement to"):
        Form(shape="B", at="chin", move="to")
    told = asked().model_dump() | {"pairs": {"mother": {"shapes": ["A"]}}}
    with pytest.raises(ValidationError, match="mother: no such sign"):
        Composed.model_validate(told)
