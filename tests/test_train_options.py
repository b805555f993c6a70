"""Training options of networks that see pixels: schedules, parts that learn later, accumulated and halved batches."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.models import SEEING
from deepsign.recipe import Recipe
from deepsign.train.fit import train
from deepsign.train.learner import Learner
from made_pictures import pictures
from test_train_pixels import IMAGES


def recipe_with(folder: Path, **changes: str) -> Recipe:
    (folder / "tiny.yaml").write_text(IMAGES, "utf-8")
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return recipes.apply_overrides(recipes.load(folder / "tiny.yaml"), dotted)


def learner_of(recipe: Recipe, steps: int = 8) -> Learner:
    return Learner(SEEING["handshape_cnn"](3, width=4), recipe, steps, None)


def rates(learner: Learner, steps: int) -> list[float]:
    told = learner.configure_optimizers()
    found = []
    for _ in range(steps):
        found.append(told["optimizer"].param_groups[0]["lr"])
        told["optimizer"].step()
        told["lr_scheduler"]["scheduler"].step()
    return found


def test_a_rate_that_decays_by_the_epoch(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, optim__schedule="decay", optim__decay="1.0", optim__lr="0.12", optim__epochs="4")
    assert rates(learner_of(recipe), 8) == pytest.approx([0.12, 0.12, 0.06, 0.06, 0.04, 0.04, 0.03, 0.03])


def test_a_rate_that_warms_up_and_falls_along_a_cosine(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, optim__warmup="0.25", optim__lr="0.09", optim__epochs="4")
    found = rates(learner_of(recipe), 8)
    assert found[:3] == pytest.approx([0.03, 0.06, 0.09])
    assert found[5] == pytest.approx(0.045) and found[2:] == sorted(found[2:], reverse=True)


def test_a_plateau_halves_the_rate_once_nothing_improves(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, optim__schedule="plateau", optim__lr="0.1", train__patience="8")
    told = learner_of(recipe).configure_optimizers()
    seen = []
    for _ in range(5):
        told["lr_scheduler"]["scheduler"].step(1.0)
        seen.append(told["optimizer"].param_groups[0]["lr"])
    assert told["lr_scheduler"]["monitor"] == "val/loss"
    assert seen == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.05])


def test_a_part_learns_from_its_share_of_the_epochs_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = learner_of(recipe_with(tmp_path, train__unfreeze="{stages: 0.5}", optim__epochs="4"))
    learning = []
    for epoch in range(4):
        monkeypatch.setattr(Learner, "current_epoch", epoch)
        learner.network.train()
        learner.on_train_epoch_start()
        stages = learner.network.stages
        learning.append(all(p.requires_grad for p in stages.parameters()) and stages.training)
        assert learner.network.head[1].weight.requires_grad
    assert learning == [False, False, True, True]
    moved = {id(p) for group in learner.configure_optimizers()["optimizer"].param_groups for p in group["params"]}
    assert {id(p) for p in learner.network.stages.parameters()} <= moved, "what learns later is the optimiser's, too"


def test_a_run_with_all_of_them_leaves_its_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepsign.data.pixels.cache_folder", lambda: tmp_path / "cache" / "assets")
    pictures(tmp_path / "images", each=2)
    recipe_with(tmp_path)
    options = {"optim.schedule": "plateau", "optim.accumulate": "2", "train.precision": "mixed", "train.focal": "1.0"}
    given = {**options, "train.balance": "{gloss: 1.0}", "optim.epochs": "2", "optim.batch": "5"}
    before = torch.are_deterministic_algorithms_enabled()
    bundle = Bundle.open(train(tmp_path / "tiny.yaml", overrides=given, out=tmp_path / "run"))
    assert bundle.manifest.provenance.recipe["optim"]["accumulate"] == 2
    run = tmp_path / "run"
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list(run.glob("logs/tensorboard/*/events.out.tfevents.*"))
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    assert torch.are_deterministic_algorithms_enabled() == before
