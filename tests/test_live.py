"""Signs that move, in recordings and live: a toy bundle that answers A for a hand on the right, B on the left."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from deepsign import answer as answers
from deepsign.answer import Answerer
from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.landmarks import HANDS, HANDS_POSE
from deepsign.live import live_signs
from deepsign.perceive import write_landmarks
from deepsign.recognizer import Recognizer
from made_streams import HELD, ONE_SIGN, REST, Stream, signer
from toys import hand_clip, moving_bundle, toy_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_bundle(tmp_path_factory.mktemp("moving") / "moving").path


@pytest.fixture(scope="module")
def answerer(model: Path) -> Answerer:
    return Answerer(model)


def clip(*streams: Stream) -> Clip:
    """Streams one after another, 30 frames a second."""
    points = np.concatenate([s.landmarks for s in streams])
    return Clip.from_landmarks(points, HANDS_POSE.name, fps=30, aspect=4 / 3, source="made.npz")


RIGHT, LEFT, MIDDLE = (signer(*ONE_SIGN, x=x) for x in (0.8, 0.3, 0.59))


def test_each_sign_of_a_video_has_its_times(answerer: Answerer) -> None:
    found = answerer.answer_clip(clip(RIGHT, LEFT)).to_json()
    assert [s["gloss"] for s in found["segments"]] == ["A", "B"]
    times = [t for s in found["segments"] for t in (s["start"], s["end"])]
    length = len(RIGHT.times) / 30
    assert times == pytest.approx([1.0, 2.6, length + 1.0, length + 2.6], abs=0.15)
    assert found["predictions"][0]["gloss"] == "B", "the surer of the two leads: the left hand is farther out"


def test_a_sign_that_is_not_known_has_no_segment(answerer: Answerer) -> None:
    found = answerer.answer_clip(clip(MIDDLE)).to_json()
    assert found["known"] is False
    assert "segments" not in found


def test_a_hand_seen_for_too_short_a_time_is_said(
    answerer: Answerer, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = clip(MIDDLE)
    assert whole.landmarks is not None
    for frames, seconds in ((1, 0.0), (6, 0.1)):
        points = whole.landmarks[30 : 30 + frames].copy()
        points[4:, 54:] = np.nan  # lost after a tenth of a second, as in asl_signs' shortest files
        few = Clip.from_landmarks(points, HANDS_POSE.name, fps=30, aspect=4 / 3)
        assert answerer.answer_clip(few).to_json()["glimpsed"] == pytest.approx(seconds)
    write_landmarks(few, tmp_path / "few.npz")
    assert run(["predict", str(tmp_path / "few.npz"), "--model", str(model)]) == 0
    assert "not a sign I know (a hand is seen for 0.10 s, too short for a sign that moves; " in capsys.readouterr().out
    assert "glimpsed" not in answerer.answer_clip(whole).to_json()
    assert "glimpsed" not in answerer.answer_clip(clip(RIGHT)).to_json()


def test_a_short_clip_cut_within_a_sign_is_answered_as_a_whole(answerer: Answerer) -> None:
    still = signer((0.0, 0.1), (0.0, 1.0), x=0.8)
    inside = clip(Stream(still.landmarks[3:], still.times[3:], still.aspect, ()))
    found = answerer.answer_clip(inside)
    assert found.prediction.best is not None and found.prediction.best.gloss == "A"
    assert found.segments == ()


def test_a_long_recording_without_a_sign_is_none(answerer: Answerer) -> None:
    resting = answerer.answer_clip(clip(signer((REST, 6.0), x=0.8)))
    assert resting.prediction.known is False
    assert resting.segments == ()


def test_a_clip_without_a_body_is_answered_as_a_whole(answerer: Answerer) -> None:
    assert answerer.answer_clip(hand_clip([0.9] * 30)).prediction.best is not None


def test_a_sign_is_answered_live_as_soon_as_the_hands_stop(answerer: Answerer) -> None:
    for way, stopped in ((ONE_SIGN, 2.6), (HELD, 1.4)):
        s = signer(*way, x=0.8)
        live = live_signs(answerer.recognizer, s.aspect, top_k=1)
        signs = [(t, x) for points, t in zip(s.landmarks, s.times, strict=True) if (x := live.feed(points, t))]
        ((at, sign),) = signs
        assert at - stopped <= 0.3
        assert sign.segment is not None and sign.segment.gloss == "A"
        assert len(sign.prediction.candidates) == 1


def test_a_sign_still_going_on_at_the_end_of_a_stream_is_answered(answerer: Answerer) -> None:
    live = live_signs(answerer.recognizer, RIGHT.aspect)
    middle = RIGHT.times < 2.0
    pairs = zip(RIGHT.landmarks[middle], RIGHT.times[middle], strict=True)
    assert not any(live.feed(points, t) for points, t in pairs)
    sign = live.finish()
    assert sign is not None and sign.segment is not None
    assert live.finish() is None


@dataclass
class FakeCamera:
    """Frames that hold their own number, and a tracker that reads it."""

    stream: Stream
    aspect: float = 4 / 3

    def __iter__(self) -> Iterator[tuple[float, int]]:
        return iter((float(t), i) for i, t in enumerate(self.stream.times))

    def see(self, frame: int, at: float) -> np.ndarray:
        return self.stream.landmarks[frame]


def test_a_sign_that_is_held_for_long_takes_no_more_memory(tmp_path: Path) -> None:
    live = live_signs(Recognizer(toy_bundle(tmp_path / "toy")), 1.0)
    points = np.full((len(HANDS), 3), 0.9, np.float32)

    def hold(first: int, last: int) -> int:
        for frame in range(first, last):
            live.feed(points, frame / 15)
        return tracemalloc.get_traced_memory()[0]

    hold(0, 100)
    tracemalloc.start()
    try:
        before = hold(100, 200)
        assert hold(200, 1200) - before < 200_000  # kept whole, 1,000 moments take 600,000
    finally:
        tracemalloc.stop()
    sign = live.finish()
    assert sign
    assert sign.segment
    assert (sign.segment.start, sign.segment.end) == (0.0, 1199 / 15)


def test_the_camera_prints_each_sign(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    both = clip(RIGHT, LEFT)
    assert both.landmarks is not None
    camera = FakeCamera(Stream(both.landmarks, both.times, 4 / 3, ()))

    @contextmanager
    def opened(_: object) -> Iterator[FakeCamera]:
        yield camera

    monkeypatch.setattr(answers, "open_camera", opened)
    monkeypatch.setattr(answers, "Landmarker", opened)
    assert run(["predict", "camera:0", "--model", str(model), "--json"]) == 0
    out, err = capsys.readouterr()
    said = [json.loads(line) for line in out.splitlines()]
    assert [s["segments"][0]["gloss"] for s in said] == ["A", "B"]
    assert "rest your hands, then sign" in err


def test_the_command_line_finds_signs_in_a_file(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_landmarks(clip(RIGHT, LEFT), tmp_path / "two.npz")
    assert run(["predict", str(tmp_path / "two.npz"), "--model", str(model)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-2] for line in lines[1:]] == ["A", "B"]
