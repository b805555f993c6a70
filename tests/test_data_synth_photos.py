"""Synthetic photos: hands lie where their points are, in other places each time; a photo's own hand can be moved."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepsign.clip import Clip
from deepsign.data import manifest
from deepsign.data.pixels import PixelStore
from deepsign.data.readers import CORPORA
from deepsign.data.synth_album import Anywhere, write_album
from deepsign.data.synth_hand import SHAPES, Build, skeleton
from deepsign.data.synth_photos import aspect_of, background, drawn, hand_of, moved
from deepsign.landmarks import HANDS
from deepsign.problems import InputError

SIDE = 64
RIGHT, LEFT = HANDS.part("right_hand"), HANDS.part("left_hand")


def hand(gloss: str = "B") -> np.ndarray:
    """A right hand in the middle of a square picture, a third of it high."""
    return skeleton(SHAPES[gloss], Build()) * 0.2 + [0.5, 0.6, 0.0]


def clip(frames: list[dict[str, np.ndarray]], aspect: float = 1.0) -> Clip:
    points = np.full((len(frames), len(HANDS), 3), np.nan, np.float32)
    for at, hands in enumerate(frames):
        for side, found in hands.items():
            points[at, HANDS.part(side)] = found
    return Clip.from_landmarks(points, HANDS.name, fps=25, aspect=aspect)


def test_the_larger_hand_of_the_middle_frame_is_taken_in_square_units() -> None:
    near, far = hand(), hand() * [0.5, 0.5, 0.5]
    found = hand_of(clip([{}, {"left_hand": far, "right_hand": near}, {}], aspect=2.0))
    np.testing.assert_allclose(found, near * [2, 1, 2], rtol=1e-5)
    assert hand_of(clip([{}])) is None
    flat = hand()
    flat[:, 2] = np.nan
    assert hand_of(clip([{"right_hand": flat}])) is None


@pytest.mark.parametrize("aspect", [1.0, 4 / 3, 16 / 9])
def test_how_wide_the_pictures_were_is_told_by_palms(aspect: float) -> None:
    shapes = [skeleton(SHAPES[gloss], Build.any(np.random.default_rng(at))) for at, gloss in enumerate("ABDFIY")]
    assert aspect_of([shape / [aspect, 1, aspect] for shape in shapes]) == aspect


def test_hands_of_a_table_of_wide_pictures_are_drawn_as_wide_as_they_were(tmp_path: Path) -> None:
    seen: list[np.ndarray] = []

    class Watched(Anywhere):
        def drawn(self, gloss: str, hand: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            seen.append(hand)
            return super().drawn(gloss, hand, rng)

    slim = (hand("B") / [16 / 9, 1, 16 / 9]).astype(np.float32)
    np.savez(tmp_path / "table.npz", landmarks=np.stack([slim] * 3), label=["B"] * 3, signer=["ann"] * 3)
    rows = CORPORA["landmark_table"](tmp_path, "table.npz", "table", "MIT", {})
    write_album(rows, tmp_path, tmp_path / "album", each=1, look=Watched(SIDE))
    np.testing.assert_allclose(seen[0], hand("B"), atol=1e-5)


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    one, again, other = (drawn(hand(), np.random.default_rng(seed), SIDE) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert one.shape == (SIDE, SIDE, 3) and one.dtype == np.uint8


def test_letters_look_different_and_every_hand_is_in_the_picture() -> None:
    for seed in range(12):
        # The same draw, two handshapes: what differs is the hand.
        b, y = (drawn(hand(g), np.random.default_rng(seed), SIDE).astype(int) for g in ("B", "Y"))
        assert (np.abs(b - y).max(axis=2) > 12).mean() > 0.02


def test_a_moved_hand_keeps_its_own_pixels_and_leaves_its_place() -> None:
    picture = np.full((120, 120, 3), [0, 0, 250], np.uint8)
    points = hand()
    low, high = ((points[:, :2].min(0) - 0.06) * 120).astype(int), ((points[:, :2].max(0) + 0.06) * 120).astype(int)
    picture[low[1] : high[1], low[0] : high[0]] = [10, 240, 10]
    for seed in range(6):
        found = moved(picture, points, np.random.default_rng(seed), SIDE).astype(int)
        green = (found[..., 1] - found[..., [0, 2]].max(axis=2)) > 60
        blue = (found[..., 2] - found[..., :2].max(axis=2)) > 100
        assert 0.02 < green.mean() < 0.6, "the hand is there"
        assert blue.mean() < green.mean(), "and what was behind it is not"


def test_backgrounds_are_of_every_kind() -> None:
    found = [background(np.random.default_rng(seed), SIDE) for seed in range(40)]
    assert all(b.shape == (SIDE, SIDE, 3) and b.min() >= 0 and b.max() <= 255 for b in found)
    assert any(b.max() < 13 for b in found) and any(b.std() > 40 for b in found)


def test_an_album_holds_each_photo_and_its_moved_hand_and_drawn_ones_of_every_source(tmp_path: Path) -> None:
    hands = np.stack([hand("B"), hand("Y")]).astype(np.float32)
    np.savez(tmp_path / "table.npz", landmarks=hands, label=["B", "Y"], signer=["ann", "bob"])
    rows = CORPORA["landmark_table"](tmp_path, "table.npz", "table", "MIT", {})
    album = tmp_path / "album"
    made = write_album(rows, tmp_path, album, each=3, look=Anywhere(SIDE))
    assert Counter((row.gloss, row.source) for row in made) == {("B", "drawn-table"): 3, ("Y", "drawn-table"): 3}
    assert {(row.gloss, row.signer) for row in made} == {(row.gloss, row.signer) for row in rows}
    pictures, glosses = (np.load(album / name, allow_pickle=False) for name in ("X.npy", "Y.npy"))
    assert pictures.shape == (6, SIDE, SIDE, 3) and glosses.tolist() == [row.gloss for row in made]
    listed = manifest.read(album / "manifest.csv")
    np.testing.assert_array_equal(PixelStore(album, tmp_path / "cache", size=SIDE).read(listed.rows[4])[0], pictures[4])
    with pytest.raises(InputError, match="no hand"):
        write_album([replace(row, split="validation") for row in rows], tmp_path, album, each=3, look=Anywhere(SIDE))
