"""Recipe → training → bundle → evaluation → export → prediction, on made hands; and a run that was stopped."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from deepsign import recipe as recipes
from deepsign.answer import Answerer
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.landmarks import HANDS, mirrored
from deepsign.problems import DeepSignError, InputError, RecipeError
from deepsign.recipe import Decide
from deepsign.train import decide as decisions
from deepsign.train.fit import train
from deepsign.train.held_out import divide
from deepsign.train.start import keep_recipe
from made_hands import clip, collection

RECIPE = """
name: tiny
task: handshape
sign_language: ase
labels: {glosses: [A, B, L], none: none}
data: {manifests: [data/manifest.csv], non_signs: 0.2, validation: {share: 0.3}}
model: {name: handshape, params: {width: 32, embedding: 16, dropout: 0.0}}
augment: {rotate: 15, jitter: 0.01}
optim: {lr: 0.01, epochs: 6, batch: 32}
train: {ema: 0.9, balance: {gloss: 0.5}}
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ground")
    collection(folder / "data")
    (folder / "tiny.yaml").write_text(RECIPE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def bundle(ground: Path) -> Bundle:
    return Bundle.open(train(ground / "tiny.yaml", out=ground / "run"))


def test_made_hands_are_learnt_and_told_apart(bundle: Bundle) -> None:
    rng = np.random.default_rng(5)
    with Answerer(bundle.path) as answerer:
        for gloss in "ABL":
            still = clip(gloss, rng, person=77, frames=1)
            best = answerer.answer_clip(still).prediction.best
            assert best is not None and best.gloss == gloss
            left_hander = still.with_landmarks(mirrored(still.landmarks, HANDS.name), HANDS.name)
            assert answerer.answer_clip(left_hander).prediction.best.gloss == gloss


def test_the_bundle_says_where_it_came_from(bundle: Bundle, ground: Path) -> None:
    origin = bundle.manifest.provenance
    assert origin.signer_disjoint
    assert origin.recipe["optim"]["lr"] == 0.01
    assert {c.licence for c in origin.data} == {"CC0-1.0"}
    assert sum(c.clips for c in origin.data) < 120, "validation signers are no training data"
    card = (bundle.path / "README.md").read_text("utf-8")
    assert "learning aid" in card
    assert f"{bundle.metrics['top1']:.1%}" in card


def test_a_run_keeps_its_logs_and_checkpoints(bundle: Bundle, ground: Path) -> None:
    with next((ground / "run").rglob("metrics.csv")).open(encoding="utf-8") as file:
        losses = [float(row["train/loss"]) for row in csv.DictReader(file) if row["train/loss"]]
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    assert {p.name for p in (ground / "run" / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert list((ground / "run").rglob("events.out.tfevents*"))


def test_evaluating_writes_what_was_measured(
    bundle: Bundle, ground: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "e"
    manifest = collection(tmp_path / "unseen", people=3, each=4, seed=9)
    assert run(["evaluate", str(bundle.path), "--data", str(manifest), "--out", str(out)]) == 0
    assert "top-1" in capsys.readouterr().out
    wanted = {"metrics.json", "metrics_report.csv", "confusion_matrix.png", "reliability.png", "README.md"}
    assert wanted <= {p.name for p in out.iterdir()}
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    assert metrics["clips"] == 36
    assert metrics["top1"] > 0.9
    assert 0 <= metrics["ece"] <= 1
    low, high = metrics["top1_interval"]
    assert low <= metrics["top1"] <= high
    with (out / "metrics_report.csv").open(encoding="utf-8") as file:
        report = list(csv.DictReader(file))
    assert {"precision", "recall", "f1", "support"} <= set(report[0])
    assert (out / "confusion_matrix.png").read_bytes().startswith(b"\x89PNG")


def test_a_clip_without_a_hand_counts_as_wrong(bundle: Bundle, tmp_path: Path) -> None:
    manifest = collection(tmp_path / "unseen", glosses=("A",), people=2, each=2)
    table = tmp_path / "unseen" / "hands.npz"
    with np.load(table) as file:
        landmarks, label = file["landmarks"], file["label"]
    landmarks[0] = np.nan
    np.savez(table, landmarks=landmarks, label=label)
    assert run(["evaluate", str(bundle.path), "--data", str(manifest), "--out", str(tmp_path / "e")]) == 0
    metrics = json.loads((tmp_path / "e" / "metrics.json").read_text("utf-8"))
    assert (metrics["clips"], metrics["seen"]) == (4, 0.75)
    assert metrics["top1"] <= 0.75


def test_the_exported_graph_answers_the_golden_cases(bundle: Bundle, tmp_path: Path) -> None:
    assert run(["export", str(bundle.path), "--to", "onnx", "--out", str(tmp_path / "tiny.onnx")]) == 0
    session = ort.InferenceSession(str(tmp_path / "tiny.onnx"), providers=["CPUExecutionProvider"])
    for case in bundle.golden:
        landmarks, times, aspect = case.arrays()
        (logits,) = session.run(["logits"], {"landmarks": landmarks, "times": times, "aspect": aspect})
        np.testing.assert_allclose(logits[0], case.logits, atol=1e-4)


def test_the_graph_holds_no_path_of_the_machine(bundle: Bundle) -> None:
    content = bundle.model_path.read_bytes()
    assert str(Path.home()).encode() not in content
    assert b".py" not in content


def test_a_stopped_run_goes_on_to_the_same_weights(
    ground: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deepsign.train.learner import Learner

    real = Learner.on_train_epoch_start

    def pull_the_plug(self: Learner) -> None:
        if self.current_epoch == 3:
            raise KeyboardInterrupt
        real(self)

    stopped = ground / "stopped"
    monkeypatch.setattr(Learner, "on_train_epoch_start", pull_the_plug)
    with pytest.raises(KeyboardInterrupt):
        train(ground / "tiny.yaml", out=stopped)
    monkeypatch.undo()
    assert f"go on with --resume {stopped}" in capsys.readouterr().err
    assert not (stopped / "bundle").exists()
    again = Bundle.open(train(ground / "tiny.yaml", resume=stopped))
    assert (again.path / "weights.safetensors").read_bytes() == (bundle.path / "weights.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resume": "nowhere"}, "holds no checkpoint to go on from"),
        ({"out": "run"}, "holds a run already"),
        ({"overrides": {"model.name": "handshap"}}, "handshap"),
        ({"overrides": {"model.params": "{widht: 3}"}}, "widht"),
        ({"overrides": {"augment": "{rotat: 3}"}}, "rotat"),
        ({"overrides": {"data.manifests": "[gone.csv]"}}, "gone.csv: there is no such manifest"),
        ({"overrides": {"data.validation": "{signers: [made/0, made/1, made/2, made/3, made/4]}"}}, "leaves 0 rows"),
    ],
)
def test_what_cannot_be_trained_is_said(bundle: Bundle, ground: Path, arguments: dict, message: str) -> None:
    given = {k: (ground / v if k in ("resume", "out") else v) for k, v in arguments.items()}
    given.setdefault("out", ground / f"bad-{abs(hash(message))}")
    if "resume" in given:
        del given["out"]
    with pytest.raises(DeepSignError, match=message) as caught:
        train(ground / "tiny.yaml", **given)
    assert "\n" not in str(caught.value)


def test_a_start_that_was_refused_is_no_run(tmp_path: Path) -> None:
    raw = {"name": "n", "task": "handshape", "sign_language": "ase", "labels": {"glosses": ["A", "B"]}}
    recipe = recipes.check({**raw, "layout": "hands", "model": {"name": "handshape"}}, "r")
    other = recipe.model_copy(update={"seed": 7})
    run = tmp_path / "run"
    keep_recipe(recipe, run, resume=False)
    keep_recipe(other, run, resume=False)
    with pytest.raises(InputError, match="holds no checkpoint to go on from"):
        keep_recipe(other, run, resume=True)
    (run / "checkpoints" / "last.ckpt").write_bytes(b"weights")
    keep_recipe(other, run, resume=True)
    with pytest.raises(InputError, match="holds a run already"):
        keep_recipe(other, run, resume=False)
    with pytest.raises(RecipeError, match="had another recipe"):
        keep_recipe(recipe, run, resume=True)
    (run / "recipe.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"recipe\.json: can't be read .*; start anew without --resume"):
        keep_recipe(other, run, resume=True)


def test_a_signer_on_both_sides_is_refused(ground: Path) -> None:
    from deepsign.data import manifest

    rows = manifest.read(ground / "data" / "manifest.csv").rows
    rule = recipes.Validation(sources=["made0"], signers=["made/1"])
    train_rows, held = divide(rows, rule, 0, "r.yaml")
    assert not {r.signer for r in train_rows} & {r.signer for r in held}
    with pytest.raises(RecipeError, match="on both sides"):
        divide([*rows, *(r.__class__(**{**r.__dict__, "source": "x"}) for r in rows[:1])], rule, 0, "r.yaml")
    alone = [row for row in rows if row.signer == rows[0].signer]
    with pytest.raises(RecipeError, match=r"of one signer .*nobody is left to validate on; .*shared: true"):
        divide(alone, recipes.Validation(), 0, "r.yaml")
    assert all(divide(alone, recipes.Validation(shared=True), 0, "r.yaml"))


def test_thresholds_are_fitted_to_what_was_asked() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (3000, 4))
    drawn = decisions.softmax(logits).cumsum(axis=1) > rng.random((3000, 1))
    target = drawn.argmax(axis=1)
    labels = recipes.check({**MINIMAL, "labels": {"glosses": ["A", "B", "C"], "none": "none"}}, "t").labels
    found = decisions.decide(
        logits * 4, target, [""] * 3000, labels.label_map(), "none", Decide(reject_below=0.4, false_accept=0.05)
    )
    assert found.temperature == pytest.approx(4, rel=0.15), "logits four times too sure are cooled by four"
    probabilities = decisions.softmax(logits * 4 / found.temperature)
    assert found.reject_below == 0.4
    for gloss, least in found.per_sign_accept.items():
        index = labels.index_of(gloss)
        own = probabilities[target == index, index]
        others = [(probabilities[target == h, index] >= least).mean() for h in {0, 1, 2, 3} - {index}]
        assert 0.04 <= np.mean(others) <= 0.05 or least == pytest.approx(np.median(own), rel=0.01)


def test_one_person_s_many_clips_do_not_decide_what_passes() -> None:
    labels = recipes.check({**MINIMAL, "labels": {"glosses": ["D", "X"]}}, "t").labels.label_map()
    # Of six people one makes an X like a D, four hundred times; the others ten times each, unlike one.
    target = np.array([0] * 60 + [1] * 450)
    people = [f"p{i % 6}" for i in range(60)] + ["p0"] * 400 + [f"p{1 + i % 5}" for i in range(50)]
    d = np.concatenate([np.full(60, 0.9), np.full(400, 0.8), np.full(50, 0.01)])
    logits = np.log(np.stack([d, 1 - d], axis=1))
    rule = Decide(reject_below=0.4, false_accept=0.17)
    found = [decisions.decide(logits, target, who, labels, None, rule, 1.0) for who in (people, [""] * 510)]
    fair, by_clips = (decision.per_sign_accept["D"] for decision in found)
    assert fair < 0.1, "one of six passes, and a sixth may"
    assert by_clips > 0.8


def test_a_sign_that_the_judge_never_learnt_passes_for_others_and_not_wrongly_for_itself() -> None:
    labels = recipes.check({**MINIMAL, "labels": {"glosses": ["A", "B", "C"]}}, "t").labels.label_map()
    logits = np.log(np.repeat([[0.6, 0.3, 0.1]], 40, axis=0))
    rule = Decide(reject_below=0.4, false_accept=0.05)
    target = np.full(40, decisions.stranger(0))
    found = decisions.decide(logits, target, ["one"] * 40, labels, None, rule, 1.0).per_sign_accept
    assert found["A"] == decisions.LEAST, "these were A"
    assert found["B"] == pytest.approx(0.3), "and would pass for B as often as not"


MINIMAL = {"name": "t", "task": "handshape", "sign_language": "ase", "model": {"name": "handshape"}}


def test_nothing_to_learn_from_is_said(ground: Path) -> None:
    with pytest.raises(InputError, match=r"lists nothing|there is no such manifest"):
        train(ground / "tiny.yaml", data=ground / "nothing.csv", out=ground / "none")
