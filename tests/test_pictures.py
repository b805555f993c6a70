"""Photos, films and cameras answered by a toy that takes pixels: "light" or "dark", by how bright a picture is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from deepsign import bundle as bundles
from deepsign import cli_predict, pictures
from deepsign.answer import Answerer
from deepsign.bundle import Bundle
from deepsign.bundle_inputs import golden_picture_of
from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.perceive.frames import FrameSource
from deepsign.perceive.window import drawn
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer
from toys import toy_manifest

SIZE = 8


def _graph(frames: int | None) -> bytes:
    """logits = (m, −m) / 8 with m the mean brightness less 128; embedding = m."""
    shape = ["batch", *([frames] if frames else []), SIZE, SIZE, 3]
    axes = numpy_helper.from_array(np.arange(1, len(shape), dtype=np.int64), "axes")
    constants = [
        axes,
        numpy_helper.from_array(np.array(128.0, np.float32), "middle"),
        numpy_helper.from_array(np.array([[0.125, -0.125]], np.float32), "steep"),
        numpy_helper.from_array(np.array([-1, 1], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Cast", ["frames"], ["values"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["values", "axes"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "middle"], ["off"]),
        helper.make_node("Reshape", ["off", "flat"], ["embedding"]),
        helper.make_node("Mul", ["embedding", "steep"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, shape)],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 1]),
        ],
        constants,
    )
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    ).SerializeToString()
    onnx.checker.check_model(onnx.load_from_string(made))
    return made


def toy(folder: Path, frames: int | None = None) -> Bundle:
    labels = [{"gloss": g, "say": g, "needs_motion": False, "still_as": None} for g in ("light", "dark")]
    given = {"kind": "clip" if frames else "image", "size": SIZE, "fit": "squash", "frames": frames, "window": 0.5}
    manifest = toy_manifest(
        name="toy-pixels",
        input=given,
        labels=labels,
        decision={
            "temperature": 1.0,
            "reject_below": 0.9,
            "none_gloss": None,
            "per_sign_accept": {"light": 0.9},
            "false_accept": 0.05,
            "top_k": 2,
        },
    )
    blank = np.zeros((*([frames] if frames else []), SIZE, SIZE, 3), np.uint8)
    golden = golden_picture_of(blank, np.array([-16.0, 16.0], np.float32)).model_dump()
    files = {
        "model.onnx": _graph(frames),
        "weights.safetensors": b"{}",
        "golden.json": json.dumps([golden]).encode(),
        "metrics.json": b"{}",
        "README.md": b"# toy\n",
    }
    return bundles.write(folder / "toy", manifest, files)


def shade(value: int, side: int = 30) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def test_a_photo_is_answered_and_a_doubtful_one_is_not_known(tmp_path: Path) -> None:
    for name, value in (("a", 250), ("b", 5), ("c", 129)):
        Image.fromarray(shade(value)).save(tmp_path / f"{name}.png")
    with Answerer(toy(tmp_path).path) as answerer:
        said = [answerer.answer(tmp_path / f"{name}.png").prediction for name in "abc"]
    assert [p.candidates[0].gloss for p in said] == ["light", "dark", "light"]
    assert [p.known for p in said] == [True, True, False]


def test_batches_answer_as_single_clips_do_and_landmarks_are_refused(tmp_path: Path) -> None:
    recognizer = Recognizer(toy(tmp_path))
    clips = [Clip.from_frames(shade(v)) for v in (0, 100, 160, 255)] * 20
    together = recognizer.predict_batch(clips)
    assert [p.candidates for p in together] == [recognizer.predict(c).candidates for c in clips]
    hand = Clip.from_landmarks(np.zeros((21, 3)), "hand")
    assert recognizer.predict(hand).candidates == ()
    with pytest.raises(InputError, match="holds landmarks"):
        recognizer.logits([hand])


def test_a_film_gives_a_segment_for_each_that_stood(tmp_path: Path) -> None:
    folder = tmp_path / "film"
    folder.mkdir()
    for at in range(60):
        Image.fromarray(shade(250 if at < 35 else 5)).save(folder / f"frame_{at:03d}.png")
    with Answerer(toy(tmp_path).path) as answerer:
        answer = answerer.answer(folder)
    assert [s.gloss for s in answer.segments] == ["light", "dark"]
    assert answer.prediction.candidates[0].gloss == "light", "what stood longest"


def test_a_clip_bundle_takes_a_film_for_one_sign(tmp_path: Path) -> None:
    folder = tmp_path / "film"
    folder.mkdir()
    for at in range(9):
        Image.fromarray(shade(250)).save(folder / f"frame_{at:03d}.png")
    with Answerer(toy(tmp_path, frames=4).path) as answerer:
        answer = answerer.answer(folder)
    assert answer.prediction.best is not None and answer.prediction.best.gloss == "light"
    assert answer.segments == ()


@pytest.mark.parametrize("frames", [None, 4])
def test_before_a_camera_what_is_held_is_said_and_the_window_ends_it(
    tmp_path: Path, frames: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def film() -> Iterator[tuple[float, np.ndarray]]:
        for at in range(90):
            yield at / 30, shade(250 if at < 45 else 5)

    camera = FrameSource("camera:0", False, 1.0, film, live=True)
    monkeypatch.setattr(pictures, "open_camera", lambda _: camera)
    shown: list[float] = []

    def show(picture: np.ndarray, prediction: object, rate: float) -> bool:
        shown.append(rate)
        return len(shown) < 85

    with Answerer(toy(tmp_path, frames).path) as answerer:
        said = [answer.prediction.candidates[0].gloss for answer in answerer.watch(0, show)]
    assert said == ["light"]
    assert len(shown) == 85
    assert shown[-1] == pytest.approx(30, rel=0.1)


def test_what_stands_over_the_cameras_picture(tmp_path: Path) -> None:
    prediction = Recognizer(toy(tmp_path)).predict(Clip.from_frames(shade(129)))
    lines = cli_predict._lines(prediction, 29.6)
    assert lines[0] == "not a sign I know" and lines[-1] == "30 frames/s"
    wall = shade(90, 200)
    over = drawn(wall, lines)
    assert (wall == 90).all() and (over != 90).any()


def test_landmark_files_are_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = toy(tmp_path)
    np.save(tmp_path / "hand.npy", np.zeros((1, 21, 3), np.float32))
    assert run(["predict", str(tmp_path / "hand.npy"), "--model", str(bundle.path)]) == 1
    assert "hand.npy: holds landmarks, and toy-pixels takes pictures" in capsys.readouterr().err


def test_a_bundle_of_pixels_is_timed_by_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for frames in (None, 4):
        bundle = toy(tmp_path / str(frames), frames)
        assert run(["benchmark", str(bundle.path), "--seq-len", "6", "--runs", "2", "--json"]) == 0
        assert set(json.loads(capsys.readouterr().out)["stages"]) == {"decode", "network"}


def test_on_a_terminal_without_a_source_paths_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(shade(250)).save(tmp_path / "a.png")
    typed = iter([str(tmp_path / "a.png"), "x"])
    monkeypatch.setattr("builtins.input", lambda: next(typed))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert run(["predict", "--model", str(toy(tmp_path).path)]) == 0
    assert "light 100%" in capsys.readouterr().out
