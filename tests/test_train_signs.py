"""Training of signs that move, end to end on made bodies; what `train` and `decide` may ask for; trials; folds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from deepsign import models
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.clip import stack
from deepsign.data import composed_forms
from deepsign.data.manifest import Row
from deepsign.data.manifest import read as read_manifest
from deepsign.export import golden
from deepsign.export.weights import restore
from deepsign.models.apart import whole
from deepsign.perceive import write_landmarks
from deepsign.problems import DeepSignError, RecipeError
from deepsign.recognizer import Recognizer
from deepsign.train import fit
from deepsign.train.cross_fit import refit
from deepsign.train.dataset import Batch, Gathered
from deepsign.train.fit import train
from deepsign.train.held_out import divide, learnable
from deepsign.train.learner import Learner
from deepsign.train.open_set import alike
from deepsign.train.trial import limited
from glance import Glance
from made_bodies import body, collection, take
from made_hands import collection as hand_table

WEIGHTS = "weights.safetensors"
RECIPE = """
name: tiny
task: isolated
sign_language: ase
layout: hands_pose
labels: {glosses: [circle, rise, wave], none: none, rename: {push: none}}
data: {manifests: [data/manifest.csv], spliced: 0.2, validation: {signers: [made/3]}}
model: {name: glance}
augment: {rotate: 5, jitter: 0.005}
optim: {lr: 0.03, epochs: 6, batch: 16}
train: {keep: last, focal: 1.0, late_dropout: 0.3}
decide: {reject_below: 0.2}
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ground")
    collection(folder / "data")
    (folder / "tiny.yaml").write_text(RECIPE, "utf-8")
    models.MODELS["glance"] = Glance
    yield folder
    del models.MODELS["glance"]


@pytest.fixture(scope="module")
def last(ground: Path) -> Bundle:
    """The weights of the last epoch, of a network that takes a second."""
    return Bundle.open(train(ground / "tiny.yaml", out=ground / "last"))


def weights(path: Path) -> dict[str, Any]:
    """A checkpoint's network."""
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    return {key.removeprefix("network."): value.numpy() for key, value in state.items()}


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(np.array_equal(a[key], b[key]) for key in a)


def test_a_network_of_signs_is_trained_exported_evaluated_and_asked(
    ground: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = "{name: sign_tiny, params: {size: 24, embedding: 16, dropout: 0.0}}"
    keys = {"model": model, "optim.lr": "0.01", "optim.epochs": "15", "train.late_dropout": "0.1"}
    bundle = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=tmp_path / "run"))
    assert bundle.manifest.task == "isolated"
    assert bundle.labels.glosses == ("circle", "rise", "wave", "none")
    manifest = collection(tmp_path / "unseen", words=("circle", "rise", "wave"), people=7, takes=1)
    assert run(["evaluate", str(bundle.path), "--data", str(manifest), "--out", str(tmp_path / "e")]) == 0
    assert json.loads((tmp_path / "e" / "metrics.json").read_text("utf-8"))["top1"] >= 0.9
    capsys.readouterr()
    write_landmarks(body("wave", person=50), tmp_path / "w.npz")
    assert run(["predict", str(tmp_path / "w.npz"), "--model", str(bundle.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["predictions"][0]["gloss"] == "wave"


def test_the_last_weights_or_the_best_ones_are_kept(ground: Path, last: Bundle) -> None:
    checkpoints = ground / "last" / "checkpoints"
    assert not same(weights(checkpoints / "best.ckpt"), weights(checkpoints / "last.ckpt")), "or nothing is told"
    assert same(load_file(last.path / "weights.safetensors"), weights(checkpoints / "last.ckpt"))
    best = Bundle.open(train(ground / "tiny.yaml", overrides={"train.keep": "best"}, out=ground / "best"))
    found = load_file(best.path / "weights.safetensors")
    assert same(found, weights(ground / "best" / "checkpoints" / "best.ckpt"))
    assert same(found, weights(checkpoints / "best.ckpt")), "the same run, told otherwise at its end alone"


def test_thresholds_come_from_runs_that_left_people_out(ground: Path, last: Bundle) -> None:
    rows = read_manifest(ground / "data" / "manifest.csv").rows
    people = sorted({row.signer for row in rows})
    judge = {"bundle": str(last.path), "signers": people[-1:]}
    keys = {"decide.take_from": json.dumps([judge]), "decide.reject_below": "0.7", "optim.epochs": "1"}
    taken = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "taken"))
    decision = taken.manifest.decision
    assert decision.temperature == pytest.approx(last.manifest.decision.temperature, rel=0.5)
    assert decision.reject_below == 0.7
    own = Bundle.open(train(ground / "tiny.yaml", overrides={**keys, "decide.take_from": "[]"}, out=ground / "own"))
    assert decision.per_sign_accept != own.manifest.decision.per_sign_accept
    for wrong, said in (
        ({"labels.glosses": "[circle, rise]"}, "has other labels; its thresholds don't fit"),
        ({"decide.take_from": json.dumps([{**judge, "signers": ["nobody"]}])}, "none of the manifests' rows"),
        ({"decide.take_from": json.dumps([{**judge, "sources": [rows[0].source]}])}, "can't judge them as strangers"),
    ):
        with pytest.raises(RecipeError, match=said):
            train(ground / "tiny.yaml", overrides={**keys, **wrong}, out=ground / "wrong")
        shutil.rmtree(ground / "wrong")


def test_a_network_is_placed_within_the_graph_and_a_refit_places_it_anew(ground: Path, last: Bundle) -> None:
    made = Bundle.open(train(ground / "tiny.yaml", overrides={"decide.open_set": "true"}, out=ground / "open"))
    clips = [body("wave", person=60), body("push", person=61)]

    def placed(bundle: Bundle) -> list[float]:
        found = load_file(bundle.path / WEIGHTS)
        with torch.no_grad():
            alone, embedding = whole(restore(bundle))(*(torch.from_numpy(part) for part in stack(clips)))
        near = alike(embedding.numpy(), found["centres"].astype(np.float64))
        moved = np.hstack([found["nearness"] * (near - 1), np.full((2, 1), found["offset"])])
        expected = found["sharpness"] * alone.numpy() + moved
        assert Recognizer(bundle).logits(clips)[0] == pytest.approx(expected, abs=1e-4)
        assert np.linalg.norm(found["centres"], axis=1) == pytest.approx([1, 1, 1], abs=1e-4)
        return [found["nearness"].item(), found["offset"].item(), *found["centres"].ravel().tolist()]

    own = placed(made)
    assert abs(own[1]) > 0.01
    # Judged by what a run says of other people; twice is as once.
    judge = {"bundle": str(last.path), "signers": ["made/1", "made/2"]}
    rule = f"reject_below: 0.3, open_set: true, take_from: [{json.dumps(judge)}]"
    (ground / "refit.yaml").write_text(RECIPE.replace("reject_below: 0.2", rule), "utf-8")
    once = refit(made, ground / "refit.yaml")
    anew, decision = placed(once), once.manifest.decision
    assert anew[:2] != pytest.approx(own[:2], abs=1e-3)
    assert anew[2:] == pytest.approx(own[2:], abs=1e-4), "its own people's clips are where they were"
    assert decision.reject_below == 0.3
    twice = refit(once, ground / "refit.yaml")
    assert placed(twice) == pytest.approx(anew, abs=1e-5)
    assert twice.manifest.decision == decision
    golden.check(twice, twice.model_path)
    # Weights that were not placed when they were made are placed now.
    shutil.copytree(last.path, ground / "plainly")
    assert placed(refit(Bundle.open(ground / "plainly"), ground / "refit.yaml")) == pytest.approx(anew, abs=1e-5)


def test_what_is_learnt_apart_is_answered_as_no_sign_and_a_network_learns_from_others(ground: Path) -> None:
    keys = {"labels": "{glosses: [circle, rise, wave], none: none, apart: [push]}", "optim.epochs": "12"}
    teacher = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "apart"))
    assert teacher.labels.glosses == ("circle", "rise", "wave", "none")
    assert load_file(teacher.path / WEIGHTS)["network.answer.weight"].shape[0] == 5
    inputs = [torch.from_numpy(part) for part in stack([body("push", person=60), body("wave", person=60)])]
    network = restore(teacher)
    with torch.no_grad():
        apart, together = network.network(*inputs)[0].softmax(dim=1), network(*inputs)[0].softmax(dim=1)
    assert torch.allclose(together[:, 3], apart[:, 3] + apart[:, 4], atol=1e-6), "none is what was learnt apart, too"
    assert torch.allclose(together[:, :3], apart[:, :3], atol=1e-6)
    taught = {**keys, "train.teachers": json.dumps([str(teacher.path)]), "train.taught": "1.0", "train.focal": "0"}
    recipe = recipes.apply_overrides(recipes.load(ground / "tiny.yaml"), taught)
    learner = Learner(network, recipe, 10, None, [restore(teacher).network])
    learner.log = lambda *_, **__: None  # type: ignore[method-assign]
    losses = [learner.training_step(Batch(*inputs, torch.tensor(target)), 0).item() for target in ([0, 1], [2, 2])]
    surprise = -(apart * apart.log()).sum(dim=1).mean().item()
    assert losses == pytest.approx([surprise, surprise], abs=1e-5), "a pupil of its own teacher, whatever the label"
    pupil = Learner(network, recipe, 10, None, [restore(teacher)])
    pupil.log = lambda *_, **__: None  # type: ignore[method-assign]
    answered = pupil.training_step(Batch(*inputs, torch.tensor([0, 1])), 0).item()
    assert answered == pytest.approx(-(together * together.log()).sum(dim=1).mean().item(), abs=1e-5)
    both = Learner(network, recipe, 10, None, [restore(teacher).network, restore(teacher)])
    both.log = lambda *_, **__: None  # type: ignore[method-assign]
    torch.manual_seed(0)
    asked = {round(both.training_step(Batch(*inputs, torch.tensor([0, 1])), 0).item(), 4) for _ in range(20)}
    assert asked == {round(surprise, 4), round(answered, 4)}, "a batch asks one of them"
    # Who learnt nothing apart teaches what it answers.
    plain = {**taught, "labels.apart": "[]", "optim.epochs": "1"}
    assert Bundle.open(train(ground / "tiny.yaml", overrides=plain, out=ground / "plain")).labels == teacher.labels
    with pytest.raises(RecipeError, match="learnt other labels; it can't teach these"):
        train(ground / "tiny.yaml", overrides={**plain, "labels.glosses": "[circle, rise]"}, out=ground / "unlike")


COMPOSED = """
hands: [letters/manifest.csv]
signs: {rise: [{shape: L, at: low, move: up}], salute: [{shape: B, at: temple, touch: index, move: aside}]}
pairs: {salute: {shapes: [V], places: [chest]}}
count: 4
known: 6
strangers: 9
"""


def test_composed_signs_are_learnt_beside_real_ones(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_table(ground / "letters", glosses="ABILV", people=4, each=2)
    keys = {"data.composed": COMPOSED, "optim.epochs": "1"}
    monkeypatch.setattr(composed_forms, "_SHAPES", ("A", "B", "L"))
    made: list[Gathered] = []
    kept = fit.with_composed
    monkeypatch.setattr(fit, "with_composed", lambda *given: made.append(kept(*given)) or made[-1])
    bundle = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "composed"))
    assert bundle.labels.glosses == ("circle", "rise", "wave", "none")
    recipe = recipes.check(bundle.manifest.provenance.recipe, "composed")
    assert recipe.labels.apart == ["salute", "salute, shape V", "salute, at chest", "strangers"]
    examples = made[0].examples
    targets = [
        int(t) for t, source in zip(examples.target, examples.keys["source"], strict=True) if source == "composed"
    ]
    assert {t: targets.count(t) for t in set(targets)} == {1: 6, 4: 4, 5: 4, 6: 4, 7: 9}
    assert {row.signer for row in made[0].lent} == {"made/0", "made/1", "made/2"}, "made/3 is held back"
    assert {"made0", "made1"} <= {credit.name for credit in bundle.manifest.provenance.data}, "who lent hands is named"
    composed = [
        examples.clip(i, "hands_pose") for i, source in enumerate(examples.keys["source"]) if source == "composed"
    ]
    assert all(len(clip) > 9 for clip in composed)
    for wrong, said in (
        (COMPOSED.replace("shape: L", "shape: Q"), "hands show no Q"),
        (COMPOSED.replace("letters/manifest.csv", "nowhere.csv"), "nowhere.csv"),
        (COMPOSED.replace("at: low", "at: knee"), "at: Input should be 'forehead'"),
    ):
        with pytest.raises(DeepSignError, match=said):
            train(ground / "tiny.yaml", overrides={**keys, "data.composed": wrong}, out=ground / "amiss")
        shutil.rmtree(ground / "amiss", ignore_errors=True)


def test_a_part_that_is_frozen_stays_as_it_started(ground: Path, last: Bundle) -> None:
    keys = {"train.init_from": str(last.path), "train.freeze": "[read]", "seed": "5", "optim.epochs": "2"}
    found = load_file(Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "frozen")).path / WEIGHTS)
    started = load_file(last.path / WEIGHTS)
    assert np.array_equal(found["read.weight"], started["read.weight"])
    assert not np.array_equal(found["answer.weight"], started["answer.weight"])
    with pytest.raises(RecipeError, match="no part 'raed', only read, late, answer"):
        train(ground / "tiny.yaml", overrides={**keys, "train.freeze": "[raed]"}, out=ground / "misspelt")


def test_late_dropout_sets_in_with_the_second_half(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []
    real = Learner.training_step

    def watched(self: Learner, batch: Batch, index: int) -> Any:
        assert isinstance(self.network, Glance)
        seen.append(self.network.late.p) if index == 0 else None
        return real(self, batch, index)

    monkeypatch.setattr(Learner, "training_step", watched)
    train(ground / "tiny.yaml", overrides={"optim.epochs": "5"}, out=ground / "late")
    assert seen == [0.0, 0.0, 0.0, 0.3, 0.3]


class Fixed(torch.nn.Module):
    """Gives these logits, whatever it sees."""

    def __init__(self, logits: list[list[float]]) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.tensor(logits))

    def forward(self, *_: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return self.logits, self.logits


@pytest.mark.parametrize("focal", [0.0, 2.0])
def test_a_focal_loss_weighs_what_is_unsure(focal: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Learner, "log", lambda *_, **__: None)
    raw = {"name": "t", "task": "isolated", "sign_language": "ase", "labels": {"glosses": ["a", "b"]}}
    recipe = recipes.check({**raw, "model": {"name": "glance"}, "train": {"focal": focal}}, "t")
    batch = Batch(torch.zeros(2, 1, 75, 3), torch.zeros(2, 1), torch.ones(2), torch.tensor([0, 0]))
    loss = Learner(Fixed([[3.0, 0.0], [0.0, 1.0]]), recipe, 1, None).training_step(batch, 0)
    right = torch.softmax(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), dim=1)[:, 0]
    assert loss.item() == pytest.approx((-(right.log()) * (1 - right) ** focal).mean().item(), rel=1e-5)


# labels.glosses: all


def test_glosses_of_the_data_are_written_out_in_full(ground: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = {
        "labels": "{glosses: all, none: none, rename: {push: none, wave: Wave}}",
        "data.exclude": "[{gloss: rise, why: a test}]",
        "optim.epochs": "1",
    }
    bundle = Bundle.open(train(ground / "tiny.yaml", overrides=keys, out=ground / "all"))
    assert bundle.labels.glosses == ("Wave", "circle", "none")
    written = json.loads((ground / "all" / "recipe.json").read_text("utf-8"))
    assert [g["gloss"] for g in written["labels"]["glosses"]] == ["Wave", "circle"]
    assert bundle.manifest.provenance.recipe == written
    assert "trial" not in bundle.manifest.provenance.split
    assert recipes.check(written, "again").labels.label_map() == bundle.labels
    # Once resolved, a run goes on only with the same glosses.
    with pytest.raises(RecipeError, match="the stopped run had another recipe"):
        train(ground / "tiny.yaml", overrides={**keys, "data.exclude": "[]"}, resume=ground / "all")


def test_glosses_that_no_row_has_are_said(ground: Path) -> None:
    keys = {"labels.glosses": "all", "data.licences": "[MIT]"}
    with pytest.raises(RecipeError, match=r"tiny\.yaml: labels\.glosses is all, but no row is left"):
        train(ground / "tiny.yaml", overrides=keys, out=ground / "no-gloss")


# data.limit


def test_a_trial_is_said_everywhere(ground: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ground / "trial"
    flags = ["--limit", "12", "--out", str(out), "--optim.epochs", "1", "--labels", "{glosses: all}"]
    assert run(["train", str(ground / "tiny.yaml"), *flags, "--data.spliced", "0"]) == 0
    assert "a trial on 12 of 48 clips" in capsys.readouterr().err
    bundle = Bundle.open(out / "bundle")
    origin = bundle.manifest.provenance
    assert origin.recipe["data"]["limit"] == 12
    assert "a trial on at most 12 clips" in origin.split
    assert len(bundle.labels.glosses) == 2
    assert sum(c.clips for c in origin.data) < 12
    assert "a trial" in (out / "bundle" / "README.md").read_text("utf-8")


def rows(*counts: tuple[str, str, str, int]) -> list[Row]:
    """Rows of (gloss, signer, split, how many)."""
    return [
        Row(f"{gloss}/{signer}-{split}-{n}.npz", gloss, signer, split, "", "made", "")
        for gloss, signer, split, count in counts
        for n in range(count)
    ]


def limited_to(count: int, validation: str = "{share: 0.3}") -> recipes.Recipe:
    text = {
        "name": "t",
        "task": "isolated",
        "sign_language": "ase",
        "labels": {"glosses": "all"},
        "model": {"name": "x"},
    }
    overrides = {"data.limit": str(count), "data.validation": validation}
    return recipes.apply_overrides(recipes.check(text, "t"), overrides)


@given(
    data=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 6)), min_size=8, max_size=30),
    limit=st.integers(4, 60),
    named=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_trial_is_spread_over_signers_and_glosses(data: list[tuple[int, int, int]], limit: int, named: bool) -> None:
    cells = {(gloss, signer): count for gloss, signer, count in data}
    everything = rows(*((f"g{g}", f"s{s}", "validation" if s < 2 else "train", n) for (g, s), n in cells.items()))
    recipe = limited_to(limit, "{splits: [validation]}" if named else "{share: 0.3}")
    kept = limited(everything, recipe)
    assert kept == limited(everything, recipe)
    assert len(kept) == min(limit, len(everything)) and [r for r in everything if r in set(kept)] == kept
    assert set(limited(everything[::-1], recipe)) == set(kept), "the order of a manifest decides nothing"
    shared = [g for g in {r.gloss for r in everything} if len({r.signer for r in everything if r.gloss == g}) > 1]
    if len(shared) > 1:
        assert len({r.gloss for r in kept}) > 1 and len({r.signer for r in kept}) > 1
    both = [g for g in shared if len({r.split for r in everything if r.gloss == g}) == 2]
    if named and both:
        assert {r.split for r in kept} == {"train", "validation"}


def test_a_trial_of_a_large_corpus_can_be_divided() -> None:
    counts = [(f"g{g:02}", f"s{s}", "", 1 + (g * s) % 3) for g in range(50) for s in range(12) if (g + s) % 3]
    everything = rows(*counts)
    recipe = limited_to(60)
    kept = limited(learnable(everything, recipe), recipe)
    training, held = divide(kept, recipe.data.validation, 0, "t")
    glosses = {r.gloss for r in kept}
    assert len(kept) == 60 and len(glosses) == 6
    assert all(8 <= sum(r.gloss == g for r in kept) <= 12 for g in glosses)
    assert all(sum(r.gloss == g for r in training) >= 5 for g in glosses)
    assert len({r.signer for r in held}) >= 2


def test_folds_test_every_signer_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = collection(tmp_path / "data", words=("wave",), people=6, takes=2)
    tested = []
    for fold in range(3):
        out = tmp_path / f"{fold}.csv"
        flags = ["--folds", "3", "--fold", str(fold), "--out", str(out)]
        assert run(["data", "split", str(manifest), *flags]) == 0
        found = read_manifest(out)
        assert {r.split for r in found.rows} == {"train", "validation", "test"}
        assert len(found.rows) == 12 and found.root.resolve() == manifest.parent.resolve()
        by_split = {
            split: {r.signer for r in found.rows if r.split == split} for split in ("train", "validation", "test")
        }
        assert sum(map(len, by_split.values())) == 6, "no signer is in two splits"
        tested += sorted(by_split["test"])
    assert sorted(tested) == [f"made/{n}" for n in range(6)]
    for flags, said in (
        (["--folds", "3"], "go together"),
        (["--folds", "3", "--fold", "3"], "numbered from 0"),
        (["--folds", "7", "--fold", "0"], "6 signers can't make 7 folds"),
    ):
        assert run(["data", "split", str(manifest), *flags, "--out", str(tmp_path / "x.csv")]) == 1
        assert said in capsys.readouterr().err


def test_one_split_is_evaluated(ground: Path, last: Bundle, tmp_path: Path) -> None:
    whole, parted = ground / "data" / "manifest.csv", tmp_path / "s.csv"
    assert run(["data", "split", str(whole), "--folds", "4", "--fold", "1", "--out", str(parted)]) == 0
    flags = ["--data", str(parted), "--split", "test", "--out", str(tmp_path / "e")]
    assert run(["evaluate", str(last.path), *flags]) == 0
    assert json.loads((tmp_path / "e" / "metrics.json").read_text("utf-8"))["clips"] == 9  # the other three are no sign
    assert take("wave", 0, 0).duration == pytest.approx(0.7, abs=0.04)
