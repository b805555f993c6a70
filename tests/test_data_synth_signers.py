"""Drawn signers: the same for the same seed, labelled, with known landmarks, and real enough to be tracked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.data import manifest
from deepsign.data.store import ClipStore
from deepsign.data.synth_hand import SHAPES, Build, skeleton, turned
from deepsign.data.synth_scene import HEIGHT, WIDTH
from deepsign.data.synth_signers import LETTERS, WORDS, signer_clip
from deepsign.landmarks import HANDS_POSE
from deepsign.perceive import Landmarker
from deepsign.recognizer import Recognizer, load

LEFT_HANDED = 3  # person and clip number 3


def hand_of(known: Clip, side: str = "right_hand") -> np.ndarray:
    assert known.landmarks is not None
    return known.landmarks[:, HANDS_POSE.part(side)]


@pytest.fixture(scope="module")
def letters() -> Recognizer:
    return load("letters")


def test_bones_keep_their_length_in_every_shape() -> None:
    fingers = {name: skeleton(shape, Build())[5:].reshape(4, 4, 3) for name, shape in SHAPES.items()}
    lengths = {name: np.linalg.norm(np.diff(points, axis=1), axis=2) for name, points in fingers.items()}
    for found in lengths.values():
        np.testing.assert_allclose(found, lengths["open"])
    np.testing.assert_allclose(turned((0, 0, 90)) @ [1, 0, 0], [0, 1, 0], atol=1e-9)


def test_the_same_number_and_seed_draw_the_same_pixels() -> None:
    one, again, other = (next(iter(signer_clip(1, seed)[0].frames)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert one.shape == (HEIGHT, WIDTH, 3) and one.dtype == np.uint8


def test_the_hand_is_painted_where_its_landmarks_are() -> None:
    drawn, known = signer_clip(LETTERS.index("B"), 0)
    frames = list(drawn.frames)
    middle = len(frames) // 2
    changed = np.abs(frames[middle].astype(int) - frames[0]).max(axis=2) > 40
    points = hand_of(known)[middle, :, :2] * [WIDTH, HEIGHT]
    rows, columns = np.nonzero(changed[: int(points[:, 1].max())])
    assert abs(rows.min() - points[:, 1].min()) < 12 and abs(columns.min() - points[:, 0].min()) < 25
    assert np.isnan(hand_of(known)[0]).all(), "at first the hand is below the picture"


def test_left_handers_are_mirrored_whole() -> None:
    _, known = signer_clip(LEFT_HANDED, 0)
    middle = len(known) // 2
    assert np.isnan(hand_of(known, "right_hand")).all()
    wrist = hand_of(known, "left_hand")[middle, 0]
    assert wrist[0] > 0.5, "their left hand is on the picture's right"
    assert known.landmarks is not None
    shoulders = (known.landmarks[middle, HANDS_POSE.index[f"pose.{s}_shoulder"], 0] for s in ("left", "right"))
    left, right = shoulders
    assert left > right


def test_what_was_drawn_is_read_as_what_it_shows(letters: Recognizer) -> None:
    for number, gloss in enumerate(LETTERS):
        drawn, known = signer_clip(number, 1, "letters")
        assert drawn.gloss == gloss
        middle, points = len(known) // 2, known.landmarks
        assert points is not None
        held = Clip.from_landmarks(points[middle - 5 : middle + 5], "hands_pose", fps=25, aspect=known.aspect)
        best = letters.predict(letters.in_layout(held)).candidates[0]
        assert best.gloss == gloss and best.probability > 0.5, (gloss, best)


def test_hello_is_accepted_as_hello() -> None:
    signs = load("signs")
    for number in range(4):
        drawn, known = signer_clip(number, 2, "hello")
        assert drawn.gloss == WORDS[0]
        assert signs.verify(signs.in_layout(known), "hello")[0]


def test_the_tracker_finds_the_drawn_hand(still_tracker: Landmarker) -> None:
    assert still_tracker.layout.name == "hands"
    with Landmarker("hands") as tracker:
        for number in (LETTERS.index("L"), LEFT_HANDED):
            drawn, known = signer_clip(number, 0, "letters")
            side = "left_hand" if number == LEFT_HANDED else "right_hand"
            real, seen = hand_of(known, side), []
            for at, frame in enumerate(drawn.frames):
                if len(known) // 3 <= at < len(known) // 2:
                    points = tracker.see(frame, number + at / 25)
                    seen.append((at, points[tracker.layout.part(side)]))
            found = [(at, points) for at, points in seen if not np.isnan(points).any()]
            assert len(found) >= 0.7 * len(seen)
            size = np.linalg.norm((real[found[-1][0], 9] - real[found[-1][0], 0])[:2] * [WIDTH, HEIGHT])
            off = [(points - real[at])[:, :2] * [WIDTH, HEIGHT] for at, points in found]
            assert np.median(np.linalg.norm(off, axis=2)) < 0.15 * size


def test_clips_and_landmarks_are_written_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import deepsign.data.synth_signers as made

    monkeypatch.setattr(made, "FPS", 5)
    command = ["data", "synth", "signers", "--out", str(tmp_path), "--count", "3", "--show", "hello", "--jobs", "1"]
    assert run(command) == 0
    clips = manifest.read(tmp_path / "clips" / "manifest.csv")
    known = manifest.read(tmp_path / "landmarks" / "manifest.csv")
    assert [(r.gloss, r.signer) for r in clips.rows] == [("hello", f"synth-signers/person{i}") for i in range(3)]
    assert [r.path for r in clips.rows] == [f"hello/0000{i}.mp4" for i in range(3)]
    with ClipStore(known.root, "hands_pose", tmp_path / "cache") as store:
        assert not np.isnan(hand_of(store.clip(known.rows[0]))).all()
    assert run(command) == 1, "nothing is written over"
