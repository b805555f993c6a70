"""Synthetic studio: hands fill grey pictures of 28 px before a wall; a photo's hand keeps its pixels, not its room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.data.readers import CORPORA
from deepsign.data.synth_album import Studio, write_album
from deepsign.data.synth_hand import SHAPES, Build, skeleton
from deepsign.data.synth_studio import (
    Alone,
    cut_out,
    drawn_alone,
    middle_forward,
    mirrored,
    pictured,
    thumb_up,
    to_mirror,
)


def hand(gloss: str = "B") -> np.ndarray:
    """A right hand in the middle of a square picture, a third of it high."""
    return skeleton(SHAPES[gloss], Build()) * 0.2 + [0.5, 0.6, 0.0]


def photo(wall: int, skin: int) -> np.ndarray:
    """(120, 120, 3): a box of skin where the hand is, and stripes behind it."""
    picture = np.full((120, 120, 3), wall, np.uint8)
    picture[::4] = wall // 2
    points = hand()
    low, high = ((points[:, :2].min(0) - 0.1) * 120).astype(int), ((points[:, :2].max(0) + 0.1) * 120).astype(int)
    picture[low[1] : high[1], low[0] : high[0]] = skin
    return picture


def test_a_drawn_hand_fills_the_picture_and_letters_look_different() -> None:
    for seed in range(8):
        b, y = (pictured(drawn_alone(hand(g), np.random.default_rng(seed)), np.random.default_rng(9)) for g in "BY")
        assert b.shape == (28, 28) and b.dtype == np.uint8
        assert (np.abs(b.astype(int) - y) > 12).mean() > 0.1


def test_a_hand_is_cut_out_of_its_room() -> None:
    alone = cut_out(photo(wall=60, skin=200), hand(), np.random.default_rng(0))
    own = alone.cover > 0.9
    assert 0.05 < own.mean() < 0.5
    # The arm goes on beyond the box of skin, and shows the photo.
    assert (np.abs(alone.grey[own] - 200) < 20).mean() > 0.6
    assert (alone.grey[alone.cover < 0.01] < 100).mean() > 0.4, "the room is not covered"


def test_a_hand_before_black_is_covered_where_it_is_lit_and_gets_a_sleeve() -> None:
    alone = cut_out(photo(wall=0, skin=200), hand(), np.random.default_rng(0))
    assert alone.grey[alone.cover > 0.9].min() > 15
    assert alone.gone.any() and not alone.gone[alone.cover > 0.9].any()


def test_the_same_seed_makes_the_same_and_another_another() -> None:
    alone = drawn_alone(hand(), np.random.default_rng(0))
    one, again, other = (pictured(alone, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_light_of_a_photo_does_not_decide_how_bright_the_picture_is() -> None:
    alone = drawn_alone(hand(), np.random.default_rng(0))
    dim = Alone(alone.grey * 0.4, alone.cover, alone.gone, alone.joints, alone.palm, alone.tilts)
    one, other = (pictured(a, np.random.default_rng(3)).astype(int) for a in (alone, dim))
    assert np.abs(one - other).mean() < 4


def test_hands_are_turned_as_the_corpus_shows_them() -> None:
    rng = np.random.default_rng(0)
    right = hand() * [1 if hand()[5, 0] > hand()[17, 0] else -1, 1, 1]
    left, picture = mirrored(right, np.arange(24, dtype=np.uint8).reshape(2, 4, 3))
    assert not to_mirror("B", right, rng) and to_mirror("B", left, rng)
    np.testing.assert_allclose(left[:, 0], 2.0 - right[:, 0])
    np.testing.assert_array_equal(picture[:, 0], np.arange(24).reshape(2, 4, 3)[:, 3])
    pointing = right.copy()
    pointing[8, 0] = pointing[0, 0] + 1
    assert to_mirror("P", pointing, rng) and not to_mirror("G", pointing, rng)


def test_a_thumb_goes_up_from_a_pointing_hand() -> None:
    pointing = hand("D") @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]).T
    up = thumb_up(pointing)
    np.testing.assert_array_equal(np.delete(up, (3, 4), axis=0), np.delete(pointing, (3, 4), axis=0))
    assert up[4, 1] < min(up[5:9, 1]) - 0.05 and up[5:9, 0].min() < up[4, 0] < up[5:9, 0].max()


def test_a_k_points_its_middle_finger_away_from_its_palm_whichever_hand_it_is() -> None:
    # An F's other way round: index and middle finger straight, the others folded.
    shape = replace(SHAPES["D"], fingers=((4.0, 6.0, 4.0), (4.0, 6.0, 4.0), *SHAPES["D"].fingers[2:]))
    right = skeleton(shape, Build()) * 0.2 + [0.5, 0.6, 0.0]
    for side in (1, -1):
        k = middle_forward(right * [side, 1, 1], np.random.default_rng(1))
        kept = [at for at in range(21) if at not in (3, 4, 10, 11, 12)]
        np.testing.assert_array_equal(k[kept], (right * [side, 1, 1])[kept])
        # A palm that faces the camera: its own side has the smaller depth.
        assert k[12, 2] < k[9, 2] - 0.05 and k[12, 1] > k[8, 1] + 0.02
        assert np.linalg.norm(k[4] - k[10]) < 0.5 * np.linalg.norm(k[4] - k[12])


def test_a_k_is_drawn_from_the_thumbs_side_too() -> None:
    turned_by = [
        np.degrees(np.arctan2(joints[17, 2] - joints[5, 2], abs(joints[5, 0] - joints[17, 0])))
        for joints in (drawn_alone(hand(), np.random.default_rng(seed), "K").joints for seed in range(40))
    ]
    assert max(turned_by) > 60 and min(turned_by) > -30


def test_an_album_of_the_studio_holds_copies_of_photos_learnt_from_and_one_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "B").mkdir()
    for name in ("learnt", "checks", "empty"):
        Image.fromarray(photo(60, 200)).save(tmp_path / "B" / f"{name}.png")
    rows = CORPORA["image_folder"](tmp_path, ".", "mine", "CC0-1.0", {})
    assert len(rows) == 3
    rows = [replace(row, split="validation" if "checks" in row.path else "train") for row in rows]
    seen = iter([hand() if "empty" not in row.path else None for row in rows])
    monkeypatch.setattr("deepsign.data.synth_album.hand_of", lambda clip: next(seen))
    monkeypatch.setattr("deepsign.data.store.ClipStore.clip", lambda self, row: None)
    made = write_album(rows, tmp_path, tmp_path / "album", each=0, look=Studio(copies=3))
    assert [row.split for row in made].count("train") == 3
    assert [row.split for row in made].count("validation") == 1
    assert np.load(tmp_path / "album" / "X.npy", allow_pickle=False).shape == (4, 28, 28)
