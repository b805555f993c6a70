"""Runtimes: which file runs, what is refused, and clips brought to a fixed number of frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign.bundle import shipped
from deepsign.cli import run
from deepsign.perceive import write_landmarks
from deepsign.problems import BundleError, DeepSignError, InputError
from deepsign.recognizer import Recognizer, load
from deepsign.runtime import fit_frames, open_runtime
from toys import hand_clip, toy_bundle


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return Recognizer(toy_bundle(tmp_path_factory.mktemp("toy") / "toy"))


@given(frames=st.integers(1, 40), padding=st.integers(0, 20), wanted=st.integers(1, 40))
def test_a_clip_in_a_fixed_number_of_frames_keeps_its_ends_and_its_order(
    frames: int, padding: int, wanted: int
) -> None:
    landmarks = np.full((frames + padding, 2, 3), np.nan, dtype=np.float32)
    landmarks[:frames] = np.arange(frames, dtype=np.float32)[:, None, None]
    times = np.minimum(np.arange(frames + padding), frames - 1).astype(np.float32) / 30
    points, at = fit_frames(landmarks, times, wanted)
    assert points.shape == (wanted, 2, 3)
    assert at.shape == (wanted,)
    kept = points[:, 0, 0][~np.isnan(points[:, 0, 0])]
    assert len(kept) == min(frames, wanted)
    assert kept[0] == 0
    assert (np.diff(kept) > 0).all()
    assert kept[-1] == frames - 1 or wanted == 1
    np.testing.assert_allclose(at[: len(kept)], kept / 30, atol=1e-6)


def test_an_exported_graph_answers_for_the_bundle(toy: Recognizer, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(toy.bundle.model_path.read_bytes())
    clip = hand_clip([0.9])
    assert load(toy.bundle.path, str(path)).predict(clip).candidates == toy.predict(clip).candidates


@pytest.mark.parametrize(
    ("runtime", "said"),
    [
        ("litert", r"toy\.tflite: is not there; make it with `deepsign export toy --to litert"),
        ("gone.onnx", r"gone\.onnx: is not there; make it with `deepsign export toy --to int8"),
        ("tensorrt", "give onnx, litert, or an exported file"),
    ],
)
def test_a_runtime_that_is_not_there_says_how_to_make_it(
    toy: Recognizer, runtime: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        open_runtime(toy.bundle.model_path, "toy", runtime)


def test_files_that_are_no_networks_are_refused_by_name(toy: Recognizer, tmp_path: Path) -> None:
    for name in ("broken.onnx", "broken.tflite"):
        (tmp_path / name).write_bytes(b"no network")
        with pytest.raises(DeepSignError, match=r"broken\.onnx: onnxruntime can't open it|ai-edge-litert|LiteRT can't"):
            open_runtime(toy.bundle.model_path, "toy", str(tmp_path / name))


def test_a_graph_of_other_signs_is_refused(toy: Recognizer, tmp_path: Path) -> None:
    if "letters" not in shipped():
        pytest.skip("no letters bundle is installed")
    letters = load("letters").bundle.model_path
    with pytest.raises(BundleError, match="gives 27 logits, and toy has 3 labels"):
        load(toy.bundle.path, str(letters)).predict(hand_clip([0.9]))


def test_predict_names_the_runtime_that_is_missing(
    toy: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_landmarks(hand_clip([0.9]), "hand.npz")
    assert run(["predict", "hand.npz", "--model", str(toy.bundle.path), "--runtime", "litert"]) == 1
    assert "toy.tflite: is not there" in capsys.readouterr().err
