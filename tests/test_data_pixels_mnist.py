"""Photos become rows of Sign MNIST's format, and their signers are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import OPEN_HAND
from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.data.pixels import PixelStore
from deepsign.data.pixels_mnist import grey_crop, hand_box, to_mnist
from deepsign.data.readers import CORPORA
from deepsign.landmarks import HANDS
from deepsign.perceive import Landmarker
from deepsign.problems import InputError


def with_hand(points: np.ndarray, aspect: float = 1.0) -> Clip:
    landmarks = np.full((1, len(HANDS), 3), np.nan)
    landmarks[0, HANDS.part("right_hand"), :2] = points
    landmarks[0, HANDS.part("right_hand"), 2] = 0
    return Clip.from_landmarks(landmarks, "hands", aspect=aspect)


def test_the_box_is_square_in_pixels() -> None:
    box = hand_box(with_hand(OPEN_HAND), margin=1.5)
    assert box == pytest.approx(((0.27 + 0.84) / 2, (0.18 + 0.92) / 2, 1.5 * 0.74))
    wide = hand_box(with_hand(OPEN_HAND / [2, 1], aspect=2.0), margin=1.5)
    assert wide is not None and wide[1:] == pytest.approx(box[1:]) and wide[0] == pytest.approx(box[0] / 2)
    assert hand_box(with_hand(np.full((21, 2), np.nan))) is None


def test_a_crop_is_the_mean_over_its_area() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, 50:] = 200
    picture[:] += 40
    crop = grey_crop(picture, (0.5, 0.5, 0.28))
    assert crop.shape == (28, 28) and crop.dtype == np.uint8
    assert (crop[:, :13] == 40).all() and (crop[:, 15:] == 240).all()
    outside = grey_crop(picture, (1.0, 0.5, 1.0))
    assert (outside[:, 15:] == 240).all(), "beyond the picture its edge goes on"


def test_a_cut_out_hand_stands_before_a_wall() -> None:
    picture = np.zeros((80, 80, 3), np.uint8)
    picture[20:60, 30:50] = 120
    crop = grey_crop(picture, (0.5, 0.5, 1.0))
    assert crop[14, 14] == 120 and crop[[0, 0, -1, -1], [0, -1, 0, -1]].min() > 60


def test_photos_become_a_corpus(tmp_path: Path, hand_picture: np.ndarray, still_tracker: Landmarker) -> None:
    Image.fromarray(hand_picture).save(tmp_path / "hand.png")
    Image.fromarray(hand_picture[::2, ::2]).save(tmp_path / "small.png")
    Image.new("RGB", (90, 90), "white").save(tmp_path / "wall.png")
    (tmp_path / "cut.jpg").write_bytes(b"cut")
    rows = [
        Row(path, gloss, signer, "", "MIT", "own", digest(tmp_path / path))
        for path, gloss, signer in (
            ("hand.png", "B", "own/ana"),
            ("small.png", "J", "own/ana"),
            ("wall.png", "A", "own/ben"),
            ("cut.jpg", "A", "own/ben"),
        )
    ]
    manifest.write(rows, tmp_path / "own.csv")
    found = to_mnist(tmp_path / "own.csv", tmp_path / "out", cache=tmp_path / "seen")
    assert [(r.gloss, r.signer) for r in found.rows] == [("B", "own/ana")]
    assert found.left_out == {"a sign that Sign MNIST has not": 1, "no photo, or no hand is found in it": 1}
    assert [path for path, _ in found.failed] == ["cut.jpg"]
    again = manifest.read(tmp_path / "out" / "manifest.csv")
    assert again.rows == found.rows
    pixels = PixelStore(again.root, tmp_path / "cache", size=28).read(again.rows[0])[0]
    assert pixels[14, 14].mean() < 215 < pixels[0, 0].mean(), "a hand in the middle, the wall around it"
    assert CORPORA["sign_mnist"](tmp_path, "out", "mine", "MIT", {})[0].gloss == "B"


def test_nothing_to_convert_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"cut")
    manifest.write([Row("cut.jpg", "hello", "own", "", "", "own", "")], tmp_path / "own.csv")
    assert run(["data", "to-mnist", str(tmp_path / "own.csv"), "--out", str(tmp_path / "out")]) == 1
    assert "lists no photo of a letter in which a hand is found" in capsys.readouterr().err
    with pytest.raises(InputError):
        to_mnist(tmp_path / "own.csv", tmp_path / "out")
