"""Recipe → training → bundle → evaluation → prediction, on made pictures and clips, without a hand in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from deepsign import recipe as recipes
from deepsign.answer import Answerer
from deepsign.bundle import Bundle, find
from deepsign.cli import run
from deepsign.data import manifest
from deepsign.data.pixels import PixelStore
from deepsign.export.weights import restore
from deepsign.problems import DeepSignError, RecipeError
from deepsign.train.augment_pixels import PixelAugment
from deepsign.train.fit import train
from deepsign.train.joined import join
from deepsign.train.learner import Learner
from deepsign.train.pixels import PixelBatch, PixelBatches, gather_pixels
from deepsign.train.teachers import teachers
from made_pictures import MOVES, SHAPES, clips, moving, picture, pictures

IMAGES = """
name: tiny-pixels
task: handshape
sign_language: ase
pixels: {size: 32}
labels: {glosses: [A, B, C]}
data: {manifests: [images/manifest.csv], validation: {share: 0.25}}
model: {name: handshape_cnn, params: {width: 4, embedding: 16, dropout: 0.0}}
augment: {rotate: 5, brightness: 0.1}
optim: {lr: 0.01, epochs: 8, batch: 12}
"""
CLIPS = """
name: tiny-motion
task: isolated
sign_language: ase
pixels: {size: 32, frames: 6}
window: 1.0
labels: {glosses: [down, left, right]}
data: {manifests: [clips/manifest.csv], validation: {share: 0.25}}
model: {name: cnn_bilstm, params: {backbone: small, trainable: true, grid: 4, frame: 24, units: 16, dropout: 0.0}}
optim: {lr: 0.01, epochs: 12, batch: 9}
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ground")
    patch = pytest.MonkeyPatch()
    patch.setattr("deepsign.data.pixels.cache_folder", lambda: folder / "cache" / "assets")
    pictures(folder / "images")
    clips(folder / "clips")
    (folder / "tiny.yaml").write_text(IMAGES, "utf-8")
    (folder / "motion.yaml").write_text(CLIPS, "utf-8")
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def image_bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "tiny.yaml", out=ground / "run"))


@pytest.fixture(scope="module")
def clip_bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "motion.yaml", out=ground / "clip-run"))


def test_shapes_are_learnt_and_a_photo_is_answered(
    image_bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(9)
    for gloss in SHAPES:
        Image.fromarray(picture(gloss, rng, 97)).save(tmp_path / f"{gloss}.png")
    assert run(["predict", str(tmp_path), "--model", str(image_bundle.path), "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["predictions"][0]["gloss"] for one in said] == list("ABC")


def test_movements_are_learnt_and_a_folder_of_frames_is_answered(clip_bundle: Bundle, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    assert clip_bundle.manifest.input.kind == "clip"
    with Answerer(clip_bundle.path) as answerer:
        for gloss in MOVES:
            folder = tmp_path / gloss
            folder.mkdir()
            for at, frame in enumerate(moving(gloss, rng, frames=11)):
                Image.fromarray(frame).save(folder / f"frame_{at:03d}.png")
            best = answerer.answer(folder).prediction.candidates[0]
            assert best.gloss == gloss


def test_what_is_frozen_sees_each_clip_once_and_is_kept_for_the_next_run(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepsign.train.pixels import Kept

    seen: list[int] = []
    real = Kept._make
    monkeypatch.setattr(Kept, "_make", lambda self, at, view: (seen.append(len(at)), real(self, at, view))[1])
    changed = {"model.params": "{backbone: small, grid: 2, frame: 8, units: 4}", "optim.epochs": "3", "seed": "4"}
    train(ground / "motion.yaml", overrides=changed, out=ground / "kept")
    assert sum(seen) == 36, "each clip once, in three epochs"
    seen.clear()
    train(ground / "motion.yaml", overrides=changed | {"optim.lr": "0.02"}, out=ground / "kept-again")
    assert not seen, "what the frozen part made is kept between runs"


def test_a_pupil_learns_what_its_teachers_answer_and_not_its_labels(ground: Path, image_bundle: Bundle) -> None:
    taught = {"train.teachers": json.dumps([str(image_bundle.path)]), "train.taught": "1.0"}
    recipe = recipes.apply_overrides(recipes.load(ground / "tiny.yaml"), taught)
    network = restore(image_bundle)
    (teacher,) = teachers(recipe, ground / "tiny.yaml", network)
    rng = np.random.default_rng(5)
    shown = torch.from_numpy(np.stack([picture(gloss, rng, 32) for gloss in "ABC"]))
    with torch.no_grad():
        said = teacher(shown)[0].softmax(dim=1)
    learner = Learner(network, recipe, 10, None, [teacher])
    learner.log = lambda *_, **__: None  # type: ignore[method-assign]
    batches = [PixelBatch(shown, torch.tensor(target), made=False) for target in ([0, 1, 2], [2, 2, 0])]
    surprise = -(said * said.log()).sum(dim=1).mean().item()
    assert [learner.training_step(batch, 0).item() for batch in batches] == pytest.approx([surprise] * 2, abs=1e-5)
    out = ground / "pupil"
    pupil = Bundle.open(train(ground / "tiny.yaml", overrides=taught | {"optim.epochs": "1"}, out=out))
    plain = Bundle.open(train(ground / "tiny.yaml", overrides={"optim.epochs": "1"}, out=ground / "plain"))
    ours, without = (restore(one).head[1].weight for one in (pupil, plain))
    assert not torch.equal(ours, without), "a run learns from the teachers it names"


def test_what_sees_something_else_cannot_teach(ground: Path, image_bundle: Bundle) -> None:
    taught = {"train.teachers": json.dumps([str(image_bundle.path)]), "optim.epochs": "1"}
    digits = f"{{glosses: {list(find('digits').labels.glosses)}, rename: {{A: '0', B: '1', C: '2'}}}}"
    for changed, said in (
        ({"pixels.size": "40"}, "sees something else; it can't teach this"),
        ({"labels.glosses": "[A, B]"}, "learnt other labels"),
        ({"train.teachers": f"[{find('digits').path}]", "labels": digits}, "sees something else"),
    ):
        with pytest.raises(RecipeError, match=said):
            train(ground / "tiny.yaml", overrides={**taught, **changed}, out=ground / "untaught")
        shutil.rmtree(ground / "untaught")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"model.name": "handshape", "model.params": "{}"}, "takes landmarks, and the recipe has pixels"),
        ({"train.weights": "gone.pth"}, r"train\.weights: .*gone\.pth: there is no such file"),
        ({"train.devices": "2", "train.unfreeze": "{stages: 0.5}"}, r"train\.unfreeze needs one device"),
        ({"train.unfreeze": "{nothing: 0.5}"}, r"train\.unfreeze: the network has no part 'nothing'"),
        ({"augment": "{rotat: 3}"}, "rotat"),
        ({"pixels.size": "4"}, r"pixels\.size"),
        ({"labels.glosses": "[A]"}, r"one class only \(A\); a classifier needs two"),
    ],
)
def test_what_cannot_be_trained_is_said(ground: Path, overrides: dict[str, str], message: str) -> None:
    out = ground / f"bad-{abs(hash(message))}"
    with pytest.raises(DeepSignError, match=message) as caught:
        train(ground / "tiny.yaml", overrides=overrides, out=out)
    assert "\n" not in str(caught.value)


def test_a_last_batch_of_one_is_left_out_and_not_counted(ground: Path, tmp_path: Path) -> None:
    rows = manifest.read(ground / "images" / "manifest.csv").rows[:9]
    recipe = recipes.load(ground / "tiny.yaml")
    examples = gather_pixels(rows, PixelStore(ground / "images", tmp_path / "cache", size=32), recipe.labels)
    for balance, sizes in ((None, [4, 4, 1]), ({}, [4, 4]), ({"gloss": 0.5}, [4, 4])):
        batches = PixelBatches(examples, 4, balance=balance)
        assert [len(batch.target) for batch in batches] == sizes
        assert len(batches) == len(sizes), "or an epoch never comes to its end, and nothing validates"


def test_two_processes_share_each_batch_and_draw_their_own_changes(
    ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = manifest.read(ground / "images" / "manifest.csv").rows[:10]
    recipe = recipes.load(ground / "tiny.yaml")
    store = PixelStore(ground / "images", tmp_path / "cache", size=32)
    # One row four times: pictures differ by what is drawn for them alone.
    examples, same = (gather_pixels(some, store, recipe.labels) for some in (rows, [rows[0]] * 4))
    alone = list(PixelBatches(examples, 4, seed=3, balance={}))
    shares, changed = [], []
    for rank in (0, 1):
        monkeypatch.setattr("deepsign.train.pixels.processes", lambda rank=rank: (rank, 2))
        batches = PixelBatches(examples, 4, seed=3, balance={})
        shares.append(list(batches))
        assert len(batches) == 2, "two examples are left, too few for two"
        changed.append(next(iter(PixelBatches(same, 4, balance={}, augment=PixelAugment(noise=0.1)))).shown)
        assert sum(len(b.target) for b in PixelBatches(examples, 4)) == 10, "each validates on all"
    for whole, first, second in zip(alone, *shares, strict=False):
        assert torch.equal(whole.shown[0::2], first.shown)
        assert torch.equal(whole.shown[1::2], second.shown)
    assert not torch.equal(*changed)


def test_classes_without_a_row_to_learn_from_are_said(ground: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [r for r in manifest.read(ground / "images" / "manifest.csv").rows if r.gloss != "C" or "p0" in r.path]
    manifest.write(rows, ground / "images" / "few.csv")
    changed = {"labels.glosses": "[A, B, C, D]", "data.validation": "{signers: [made/0]}", "optim.epochs": "1"}
    train(ground / "tiny.yaml", data=ground / "images" / "few.csv", overrides=changed, out=ground / "few")
    said = capsys.readouterr().err
    assert "deepsign: C will never be answered: all its rows validate: one signer's, perhaps\n" in said
    assert "deepsign: D will never be answered: it has no rows\n" in said


@pytest.mark.parametrize(
    "error", [MemoryError("out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_where_memory_runs_out_is_said_what_to_lower(
    ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(Learner, "training_step", full)
    with pytest.raises(DeepSignError, match=r"out of memory; lower optim\.batch .* or pixels\.size") as caught:
        train(ground / "tiny.yaml", out=tmp_path / "full")
    assert "\n" not in str(caught.value)


def test_a_bundle_of_pixels_refuses_landmarks_and_a_video_gives_segments(
    image_bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "hand.npy", np.zeros((1, 21, 3), np.float32))
    assert run(["predict", str(tmp_path / "hand.npy"), "--model", str(image_bundle.path)]) == 1
    assert "takes pictures" in capsys.readouterr().err
    rng = np.random.default_rng(3)
    folder = tmp_path / "film"
    folder.mkdir()
    for at in range(40):
        Image.fromarray(picture("A" if at < 20 else "B", rng)).save(folder / f"frame_{at:03d}.png")
    assert run(["predict", str(folder), "--model", str(image_bundle.path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [s["gloss"] for s in said["segments"]] == ["A", "B"]


def test_golden_answers_and_exports_hold(image_bundle: Bundle, tmp_path: Path) -> None:
    for to in ("onnx", "int8"):
        assert run(["export", str(image_bundle.path), "--to", to, "--out", str(tmp_path / to)]) == 0
    assert image_bundle.golden_pictures[0].frames().shape == (1, 32, 32, 3)
    assert (image_bundle.path / "weights.safetensors").stat().st_size < 3 * image_bundle.manifest.model.params


def test_history_and_curves_are_written(image_bundle: Bundle, ground: Path) -> None:
    history = json.loads((ground / "run" / "history.json").read_text("utf-8"))
    assert [e["epoch"] for e in history] == list(range(8))
    assert {"train/loss", "train/top1", "val/loss", "val/top1"} <= set(history[0])
    assert history[-1]["train/loss"] < history[0]["train/loss"]


def test_joined_networks_answer_with_the_mean_of_their_probabilities(ground: Path, image_bundle: Bundle) -> None:
    keys = {"seed": "7", "optim.epochs": "8"}
    other = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "other"))
    store = PixelStore(ground / "images", ground / "cache" / "joined", size=32)
    rows = manifest.read(ground / "images" / "manifest.csv").rows
    longer = Bundle.open(train(ground / "tiny.yaml", overrides={"optim.epochs": "2"}, out=ground / "longer"))
    with pytest.raises(RecipeError, match="was trained by another recipe"):
        join([image_bundle, longer], rows, store, ground / "unlike")
    both = join([image_bundle, other], rows, store, ground / "joined")
    rng = np.random.default_rng(5)
    shown = torch.from_numpy(np.stack([picture(gloss, rng, 32) for gloss in "ABC"]))
    with torch.no_grad():
        alone = [restore(one)(shown)[0].softmax(dim=1) for one in (image_bundle, other)]
        network = restore(both)
        torch.testing.assert_close(network(shown)[0].softmax(dim=1), (alone[0] + alone[1]) / 2)
        network.train()
        torch.manual_seed(0)
        drawn = {network(shown)[1].shape[1] for _ in range(3)}
    assert drawn == {16}, "while training one of them is taught"


def test_several_networks_learn_as_one_does(ground: Path) -> None:
    several = {"model.name": "handshape_cnns", "optim.epochs": "2"}
    bundle = Bundle.open(train(ground / "tiny.yaml", overrides=several, out=ground / "several"))
    assert bundle.manifest.model.name == "handshape_cnns"
