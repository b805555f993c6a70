"""Networks that read lips, end to end: trained on landmark files with faces, exported, measured, asked; and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from deepsign import live, models
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.clip import Clip, stack
from deepsign.data.manifest import Row, digest
from deepsign.data.store import ClipStore
from deepsign.evaluate.altered import low_frame
from deepsign.export.graph import INPUTS, session_of
from deepsign.export.weights import restore
from deepsign.landmarks import HOLISTIC
from deepsign.models.lips import LIPS
from deepsign.perceive import open_clip, read_landmarks, write_landmarks
from deepsign.problems import BundleError, RecipeError
from deepsign.recognizer import Recognizer
from deepsign.serve.offer import Offer
from deepsign.train.fit import train
from glance import Glance
from made_bodies import body, collection, landmarks_of, take
from made_faces import FACE, spoken, with_face, without_face
from made_sequences import columns, write
from made_streams import ONE_SIGN, signer

RECIPE = """
name: spoken
task: isolated
sign_language: ase
layout: holistic
labels: {glosses: [open, shut, wave], none: none}
data: {manifests: [data/manifest.csv], spliced: 0.2, validation: {signers: [made/3]}}
model: {name: sign_parts, params: {size: 24, depth: 1, embedding: 16, dropout: 0.0, lips: true}}
augment: {jitter: 0.002, lips: 0.1}
optim: {lr: 0.01, epochs: 12, batch: 16}
train: {keep: last}
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ground")
    spoken(folder / "data")
    (folder / "spoken.yaml").write_text(RECIPE, "utf-8")
    models.MODELS["glance"] = Glance
    yield folder
    del models.MODELS["glance"]


@pytest.fixture(scope="module")
def bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "spoken.yaml", out=ground / "run"))


def clips() -> list[Clip]:
    made = [with_face(body(word, person=50), opens, 50) for word in ("push", "wave") for opens in (0.03, 0.0)]
    return [*made, without_face(made[0])]


def test_it_tells_mouths_of_unseen_people_apart(ground: Path, bundle: Bundle, tmp_path: Path) -> None:
    unseen = spoken(tmp_path / "unseen", people=7, takes=1)
    assert run(["evaluate", str(bundle.path), "--data", str(unseen), "--out", str(tmp_path / "e")]) == 0
    assert json.loads((tmp_path / "e" / "metrics.json").read_text("utf-8"))["top1"] >= 0.9
    assert "of the face the lips alone" in (bundle.path / "README.md").read_text("utf-8")


def test_the_graph_answers_as_torch_does_and_so_do_eight_bits(bundle: Bundle, tmp_path: Path) -> None:
    inputs = stack(clips())
    with torch.no_grad():
        expected, _ = restore(bundle)(*map(torch.from_numpy, inputs))
    np.testing.assert_allclose(Recognizer(bundle).logits(clips())[0], expected, atol=1e-4)
    assert run(["export", str(bundle.path), "--to", "int8", "--out", str(tmp_path / "small.onnx")]) == 0
    small = session_of((tmp_path / "small.onnx").read_bytes()).run(["logits"], dict(zip(INPUTS, inputs, strict=True)))
    assert (small[0].argmax(axis=1) == expected.numpy().argmax(axis=1)).all()


def test_a_file_is_asked_with_its_face_or_without(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for opens, gloss in ((0.03, "open"), (0.0, "shut")):
        write_landmarks(with_face(body("push", person=60), opens, 60), tmp_path / "a.npz")
        assert run(["predict", str(tmp_path / "a.npz"), "--model", str(bundle.path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["predictions"][0]["gloss"] == gloss
    write_landmarks(body("wave", person=60), tmp_path / "b.npz")  # hands_pose: there is no face in it
    assert run(["predict", str(tmp_path / "b.npz"), "--model", str(bundle.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["gloss"] == "wave"


def test_signs_are_found_in_a_recording_and_live_by_hands_and_body(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = signer(*ONE_SIGN, x=0.4)
    points = np.full((len(stream.landmarks), len(HOLISTIC), 3), 0.5, np.float32)
    points[:, FACE.stop :] = stream.landmarks
    recording = Clip.from_landmarks(points, HOLISTIC.name, fps=30, aspect=4 / 3)
    recognizer = Recognizer(bundle)
    found = live.recorded_signs(recognizer, recording)
    fed = live.live_signs(recognizer, recording.aspect)
    heard = [fed.feed(frame, float(at)) for frame, at in zip(points, recording.times, strict=True)]
    heard = [sign for sign in (*heard, fed.finish()) if sign]
    assert len(found) == 1 and len(heard) == 1
    assert heard[0].prediction.candidates == found[0].prediction.candidates
    assert low_frame(recording) == low_frame(Clip.from_landmarks(stream.landmarks, "hands_pose", fps=30, aspect=4 / 3))


def test_the_face_is_read_where_the_layout_asks_for_it(tmp_path: Path) -> None:
    table = columns(frames=4)
    path = write(tmp_path / "a.parquet", table)
    whole = np.stack([table[axis] for axis in "xyz"], axis=1).reshape(-1, 543, 3).astype(np.float32)
    np.testing.assert_array_equal(landmarks_of(open_clip(path, layout="holistic")), whole)
    iris = columns(frames=4, parts=(("face", 478), ("left_hand", 21), ("pose", 33), ("right_hand", 21)))
    points = landmarks_of(read_landmarks(write(tmp_path / "iris.parquet", iris), face=True))
    assert points.shape == (4, 543, 3) and np.isnan(points[:, HOLISTIC.part("left_hand")]).all()
    row = Row(path.name, "a", "p", "", "CC0-1.0", "made", digest(path))
    for layout, count in (("holistic", 543), ("hands_pose", 75)):
        with ClipStore(tmp_path, layout) as store:
            assert landmarks_of(store.clip(row)).shape == (4, count, 3)


def test_a_table_gives_what_it_has_of_a_face(tmp_path: Path) -> None:
    numbers = np.array([*LIPS, *range(468, 543)])
    frames = np.random.default_rng(0).random((7, len(numbers), 3), dtype=np.float32)
    frames[2, 3, 1] = np.nan
    arrays = {"frames": frames, "offsets": np.array([0, 3, 7]), "label": np.array(["a", "b"]), "points": numbers}
    np.savez(tmp_path / "t.npz", **arrays)
    expected = np.full((7, 543, 3), np.nan, np.float32)
    expected[:, numbers] = frames
    expected[2, LIPS[3]] = np.nan  # x without y places nothing
    rows = [Row(f"t.npz#{i}", "a", "p", "", "CC0-1.0", "made", "") for i in (0, 1)]
    with ClipStore(tmp_path, "holistic") as store:
        found = [landmarks_of(store.clip(row)) for row in rows]
    np.testing.assert_array_equal(np.concatenate(found), expected)
    with ClipStore(tmp_path, "hands_pose") as store:
        np.testing.assert_array_equal(landmarks_of(store.clip(rows[1])), expected[3:, FACE.stop :])


def test_what_cannot_be_learnt_or_served_is_said(ground: Path, bundle: Bundle, tmp_path: Path) -> None:
    collection(ground / "faceless", words=("wave", "push"))
    keys = {"data.manifests": "[faceless/manifest.csv]", "labels": "{glosses: [wave, push], none: none}"}
    with pytest.raises(RecipeError, match="no clip shows a face"):
        train(ground / "spoken.yaml", overrides=keys, out=tmp_path / "a")
    with pytest.raises(RecipeError, match="sign_net reads the layout hands_pose, not holistic"):
        train(ground / "spoken.yaml", overrides={"model": "{name: sign_net}"}, out=tmp_path / "b")
    taught = {"layout": "hands_pose", "model": "{name: glance}", "train.teachers": json.dumps([str(bundle.path)])}
    with pytest.raises(RecipeError, match="sees something else"):
        train(ground / "spoken.yaml", overrides=taught, out=tmp_path / "c")
    with pytest.raises(BundleError, match="reads faces, which is not served; use deepsign predict"):
        Offer((str(bundle.path),))


def test_made_clips_have_no_face(ground: Path, bundle: Bundle) -> None:
    """Trained with spliced ones, `bundle` still tells real clips that have lost theirs from no sign."""
    faceless = [without_face(with_face(take("wave", person, 0), 0.0, person)) for person in range(4)]
    assert all(p.best is not None and p.best.gloss == "wave" for p in Recognizer(bundle).predict_batch(faceless))
