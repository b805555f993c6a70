"""Fit: recipe and rows to a bundle, through a run folder that a stopped run can be taken up from.

    runs/NAME-TIME/  recipe.json  checkpoints/best.ckpt last.ckpt  logs/ (CSV, TensorBoard)  bundle/

Checkpoints are loaded with weights_only=True: nothing is unpickled.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, LearningRateMonitor, ModelCheckpoint, RichProgressBar
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from deepsign import recipe as recipes
from deepsign.bundle import Bundle, Decision
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Manifest
from deepsign.data.store import ClipStore
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.report import measure
from deepsign.export.assemble import assemble
from deepsign.export.weights import build, check_arguments, start_from
from deepsign.problems import InputError, RecipeError
from deepsign.recipe import Recipe
from deepsign.recognizer import Recognizer
from deepsign.train.augment import Augment
from deepsign.train.augment_body import AugmentBody
from deepsign.train.dataset import Batches, Gathered, Store, gather
from deepsign.train.decide import decide
from deepsign.train.held_out import divide, learnable
from deepsign.train.learner import Learner
from deepsign.train.made import with_drawn, with_non_signs, with_transitions, with_turned
from deepsign.train.made_bodies import with_spliced
from deepsign.train.origin import provenance
from deepsign.train.trial import limited

# What early stopping and the best checkpoint look at, and which way is better.
_MONITORED = {"loss": ("val/loss", "min"), "macro_f1": ("val/macro_f1", "max")}
# What may happen to a training clip, by the recipe's task.
_AUGMENT = {"handshape": Augment, "isolated": AugmentBody}
# Lightning's own default for trainers that are not told otherwise; a validation batch needs no more.
_VALIDATION_BATCH = 1024


def train(
    recipe_path: str | Path,
    data: str | Path | None = None,
    overrides: Mapping[str, str] | None = None,
    resume: str | Path | None = None,
    out: str | Path | None = None,
) -> Path:
    """Trains by a recipe and returns the bundle's folder.

    data       a manifest instead of the recipe's own.
    overrides  dotted keys of the recipe → values, as typed.
    resume     the folder of a run that was stopped; the recipe must still be the same, and so must the glosses that
               `labels.glosses: all` stands for.
    out        the run folder; runs/NAME-TIME by default.

    Raises RecipeError or InputError with one line for a person; KeyboardInterrupt once the last checkpoint stands.
    """
    recipe = recipes.apply_overrides(recipes.load(recipe_path), overrides or {})
    run = Path(resume or out or Path("runs") / f"{recipe.name}-{time.strftime('%Y%m%d-%H%M%S')}")
    manifest = _manifest(recipe, Path(recipe_path), data)
    with ClipStore(manifest.root, recipe.layout) as store:
        return learn(recipe, manifest, store, run, Path(recipe_path), resume=resume is not None).path


def learn(
    recipe: Recipe, manifest: Manifest, store: Store, run: Path, recipe_path: Path, *, resume: bool = False
) -> Bundle:
    """As `train`, with recipe and manifest read already. `recipe_path` is for errors and relative paths."""
    rows = limited(learnable(manifest.rows, recipe), recipe)
    recipe = recipes.with_glosses(recipe, (row.gloss for row in rows), str(recipe_path))
    _keep_recipe(recipe, run, resume)
    pl.seed_everything(recipe.seed, verbose=False)
    training, validation = divide(rows, recipe.data.validation, recipe.seed, str(recipe_path))
    learnt = with_non_signs(gather(training, store, recipe.labels, recipe.layout), recipe)
    learnt = with_drawn(with_turned(with_transitions(learnt, recipe), recipe), recipe)
    learnt = with_spliced(learnt, recipe)
    held = gather(validation, store, recipe.labels, recipe.layout)
    held = with_spliced(with_non_signs(held, recipe), recipe)
    _tell(learnt, held)
    learner = _learner(recipe, learnt, recipe_path)
    _run_trainer(recipe, learner, learnt, held, run, resume)
    learner.load_state_dict(_read(run / "checkpoints" / f"{recipe.train.keep}.ckpt")["state_dict"])
    network = learner.final.cpu().eval()
    logits, target = _scores(network, held)
    labels = recipe.labels.label_map()
    bundle = assemble(
        run / "bundle",
        recipe,
        network,
        _decision(recipe, recipe_path) or decide(logits, target, labels, recipe.labels.none, recipe.decide),
        provenance(recipe, manifest.sha256(), learnt.rows, held.rows),
        [held.examples.clip(i, recipe.layout) for i in _one_of_each(target[: len(held.rows)])],
    )
    scored = evaluation.score(Recognizer(bundle), validation, store)
    split = "signers held back from training, who also decided when to stop and where the thresholds lie"
    return evaluation.publish(bundle, measure(scored, bundle.name, split))


def _manifest(recipe: Recipe, recipe_path: Path, data: str | Path | None) -> Manifest:
    """The rows of --data, or of the recipe's own manifests."""
    if data is not None:
        return manifests.read(data)
    home = recipe_path.parent
    if not recipe.data.manifests:
        raise RecipeError(f"{recipe_path}: data.manifests names nothing to learn from; name one, or use --data")
    root = home / recipe.data.root if recipe.data.root else None
    found = [manifests.read(home / path, root) for path in recipe.data.manifests]
    if len({m.root for m in found}) > 1:
        raise RecipeError(f"{recipe_path}: manifests of several folders need data.root, where their paths start")
    return Manifest(tuple(row for m in found for row in m.rows), found[0].root)


def _keep_recipe(recipe: Recipe, run: Path, resume: bool) -> None:
    """Writes the run's recipe down, or makes sure that a resumed run still has the same."""
    path = run / "recipe.json"
    text = json.dumps(recipe.model_dump(mode="json"), indent=1) + "\n"
    if not resume:
        if path.exists():
            raise InputError(f"{run}: holds a run already; go on with it (--resume {run}) or choose another folder")
        (run / "checkpoints").mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return
    if not (run / "checkpoints" / "last.ckpt").is_file():
        raise InputError(f"{run}: holds no checkpoint to go on from; start anew without --resume")
    if not path.is_file() or recipes.check(json.loads(path.read_text("utf-8")), str(path)) != recipe:
        raise RecipeError(f"{path}: the stopped run had another recipe; go on with that one, or start anew")


def _learner(recipe: Recipe, learnt: Gathered, recipe_path: Path) -> Learner:
    network = build(recipe.model, recipe.labels.label_map())
    if recipe.train.init_from:
        start_from(network, Bundle.open(recipe_path.parent / recipe.train.init_from))
    augment = None
    if recipe.augment:
        kind = _AUGMENT[recipe.task]
        check_arguments(kind, recipe.augment, "augment")
        augment = kind(**recipe.augment)
    steps = len(Batches(learnt.examples, recipe.optim.batch)) * recipe.optim.epochs
    return Learner(network, recipe, steps, augment)


def _decision(recipe: Recipe, recipe_path: Path) -> Decision | None:
    """The decision of the bundle that `decide.take_from` names, None where it names none."""
    if recipe.decide.take_from is None:
        return None
    other = Bundle.open(recipe_path.parent / recipe.decide.take_from)
    if other.labels.glosses != recipe.labels.label_map().glosses:
        raise RecipeError(f"{recipe_path}: decide.take_from: {other.path} has other labels; its thresholds don't fit")
    return other.manifest.decision


def _run_trainer(recipe: Recipe, learner: Learner, learnt: Gathered, held: Gathered, run: Path, resume: bool) -> None:
    with _settings():
        trainer = pl.Trainer(
            accelerator="auto",
            devices=1,
            # Half precision pays on an accelerator alone, and a processor gives the same numbers each time without it.
            precision="16-mixed" if torch.cuda.is_available() else "32-true",
            max_epochs=recipe.optim.epochs,
            gradient_clip_val=recipe.optim.clip,
            deterministic=True,
            num_sanity_val_steps=0,
            log_every_n_steps=1,
            enable_model_summary=False,
            enable_progress_bar=sys.stderr.isatty(),
            logger=[CSVLogger(run / "logs", name="csv"), TensorBoardLogger(run / "logs", name="tensorboard")],
            callbacks=_callbacks(recipe, run),
        )
        try:
            trainer.fit(
                learner,
                Batches(learnt.examples, recipe.optim.batch, recipe.seed, recipe.train.balance),
                Batches(held.examples, _VALIDATION_BATCH),
                ckpt_path=run / "checkpoints" / "last.ckpt" if resume else None,
                weights_only=True,
            )
        except SystemExit:  # how Lightning leaves after Ctrl-C
            if (run / "checkpoints" / "last.ckpt").is_file():
                print(f"deepsign: stopped; go on with --resume {run}", file=sys.stderr)
            raise KeyboardInterrupt from None


def _callbacks(recipe: Recipe, run: Path) -> list[Callback]:
    monitor, mode = _MONITORED[recipe.train.monitor]
    folder = run / "checkpoints"
    found: list[Callback] = [
        EarlyStopping(monitor, mode=mode, patience=recipe.train.patience),
        LearningRateMonitor(),
        ModelCheckpoint(folder, "best", monitor=monitor, mode=mode, enable_version_counter=False),
        ModelCheckpoint(folder, "last", enable_version_counter=False, save_on_train_epoch_end=True),
    ]
    if sys.stderr.isatty():
        found.append(RichProgressBar(console_kwargs={"stderr": True}))
    return found


@contextmanager
def _settings() -> Iterator[None]:
    """What Lightning changes in the process, put back: deterministic algorithms, the Ctrl-C handler, its log level."""
    loud = logging.getLogger("pytorch_lightning")
    level, handler = loud.level, signal.getsignal(signal.SIGINT)
    deterministic = torch.are_deterministic_algorithms_enabled()
    loud.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # A resumed run writes where the stopped one wrote: that is its purpose.
            warnings.filterwarnings("ignore", message=".*exists and is not empty")
            # Lightning 2.6 still asks torch 2.13 in the old way.
            warnings.filterwarnings("ignore", message=".*LeafSpec.* is deprecated")
            yield
    finally:
        loud.setLevel(level)
        signal.signal(signal.SIGINT, handler)
        torch.use_deterministic_algorithms(deterministic)


def _read(checkpoint: Path) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return found


def _scores(network: torch.nn.Module, held: Gathered) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    logits, targets = [], []
    with torch.no_grad():
        for batch in Batches(held.examples, _VALIDATION_BATCH):
            logits.append(network(batch.landmarks, batch.times, batch.aspect)[0].numpy())
            targets.append(batch.target.numpy())
    return np.concatenate(logits), np.concatenate(targets)


def _one_of_each(target: np.ndarray[Any, Any]) -> list[int]:
    return [int(i) for i in np.sort(np.unique(target, return_index=True)[1])]


def _tell(learnt: Gathered, held: Gathered) -> None:
    """What training goes without is said on stderr: a quiet loss of data would look like a bad recipe."""
    for line in (learnt.failed + held.failed)[:20]:
        print(f"deepsign: left out: {line}", file=sys.stderr)
    unseen = len(learnt.unseen) + len(held.unseen)
    if unseen:
        print(f"deepsign: left out: {unseen} clips in which no hand was found", file=sys.stderr)
