"""Layouts name their points; converting and mirroring keep every point where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from deepsign.landmarks import HAND, HANDS, HANDS_POSE, HOLISTIC, LAYOUTS, POSE_POINTS, convert, layout_named, mirrored
from deepsign.problems import InputError


def test_points_stand_where_mediapipe_has_them() -> None:
    assert [len(LAYOUTS[n]) for n in ("hand", "hands", "hands_pose", "holistic")] == [21, 42, 75, 543]
    assert HAND.index["hand.index_tip"] == 8
    assert HAND.index["hand.little_mcp"] == 17
    assert (POSE_POINTS.index("left_shoulder"), POSE_POINTS.index("right_wrist")) == (11, 16)
    assert HANDS_POSE.index["pose.nose"] == 21
    assert (HOLISTIC.index["face.467"], HOLISTIC.index["pose.nose"]) == (467, 489)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda x: x.name)
def test_a_mirror_twice_is_nothing_and_swaps_sides(layout) -> None:
    points = np.random.default_rng(0).random((2, len(layout), 3), dtype=np.float32)
    once = mirrored(points, layout.name)
    np.testing.assert_allclose(mirrored(once, layout.name), points, atol=1e-6)
    for name, at in layout.index.items():
        if name.startswith("face."):
            continue  # numbered: the next test
        other = name.replace("left", "R").replace("right", "left").replace("R", "right")
        assert once[0, layout.index[other], 0] == pytest.approx(1 - points[0, at, 0])


def test_a_mirrored_face_has_its_eyes_and_the_mouths_corners_swapped_and_its_nose_in_place() -> None:
    for one, other in ((33, 263), (61, 291), (1, 1), (152, 152)):
        assert HOLISTIC.mirror[one] == other and HOLISTIC.mirror[other] == one


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda x: x.name)
def test_edges_join_points_of_one_part(layout) -> None:
    assert all(layout.points[a].split(".")[0] == layout.points[b].split(".")[0] for a, b in layout.edges)


def test_converting_keeps_points_by_name_and_leaves_the_rest_unseen() -> None:
    body = np.random.default_rng(0).random((3, 75, 3), dtype=np.float32)
    hands = convert(body, "hands_pose", "hands")
    np.testing.assert_array_equal(hands[:, HANDS.part("right_hand")], body[:, HANDS_POSE.part("right_hand")])
    back = convert(hands, "hands", "hands_pose")
    np.testing.assert_array_equal(back[:, HANDS_POSE.part("left_hand")], body[:, HANDS_POSE.part("left_hand")])
    assert np.isnan(back[:, HANDS_POSE.part("pose")]).all()


def test_a_hand_of_unknown_side_goes_to_the_rights_place() -> None:
    hand = np.random.default_rng(0).random((1, 21, 3), dtype=np.float32)
    hands = convert(hand, "hand", "hands")
    np.testing.assert_array_equal(hands[:, 21:], hand)
    assert np.isnan(hands[:, :21]).all()


@pytest.mark.parametrize(
    ("source", "target", "count", "message"),
    [("hands", "hand", 42, "can't be read as hand"), ("hand", "hands", 20, "has 21 points, the landmarks have 20")],
)
def test_what_cannot_be_converted_is_said(source: str, target: str, count: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        convert(np.zeros((1, count, 3), np.float32), source, target)


def test_an_unknown_layout_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="unknown landmark layout 'feet'; known: hand, hands, hands_pose"):
        layout_named("feet")
