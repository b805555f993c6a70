"""Fit: recipe and rows to a bundle, through a run folder that a stopped run can be taken up from.

    runs/NAME-TIME/  recipe.json  checkpoints/best.ckpt last.ckpt  logs/ (CSV, TensorBoard)  bundle/

Checkpoints are loaded with weights_only=True: nothing is unpickled.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.data.manifest import Manifest
from deepsign.data.store import ClipStore
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.report import measure
from deepsign.export.assemble import assemble
from deepsign.export.weights import check_arguments, check_layout, network_of, start_from
from deepsign.landmarks import HANDS_POSE, HOLISTIC
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe
from deepsign.recognizer import Recognizer
from deepsign.train.augment import Augment
from deepsign.train.augment_body import AugmentBody
from deepsign.train.cross_fit import cross_fitted
from deepsign.train.dataset import Batches, Examples, Gathered, Store, gather
from deepsign.train.decide import answered
from deepsign.train.held_out import divide, learnable
from deepsign.train.learner import Learner
from deepsign.train.made import with_drawn, with_non_signs, with_transitions, with_turned
from deepsign.train.made_bodies import with_composed, with_composed_labels, with_spliced
from deepsign.train.open_set import Judged, alike, centres_of, decided
from deepsign.train.origin import provenance
from deepsign.train.start import keep_recipe, listed
from deepsign.train.teachers import teachers
from deepsign.train.trainer import read_weights, run_of_all, run_trainer
from deepsign.train.trial import limited

Array = np.ndarray[Any, np.dtype[Any]]

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
    run = Path(resume or out or run_of_all() or Path("runs") / f"{recipe.name}-{time.strftime('%Y%m%d-%H%M%S')}")
    manifest = listed(recipe, Path(recipe_path), data)
    if recipe.pixels is not None:
        from deepsign.train.fit_pixels import learn_pixels, store_of

        store_of_pixels = store_of(recipe.pixels, manifest.root)
        return learn_pixels(recipe, manifest, store_of_pixels, run, Path(recipe_path), resume=resume is not None).path
    with ClipStore(manifest.root, recipe.layout) as store:
        return learn(recipe, manifest, store, run, Path(recipe_path), resume=resume is not None).path


def learn(
    recipe: Recipe, manifest: Manifest, store: Store, run: Path, recipe_path: Path, *, resume: bool = False
) -> Bundle:
    """As `train`, with recipe and manifest read already. `recipe_path` is for errors and relative paths."""
    check_layout(recipe)
    rows = limited(learnable(manifest.rows, recipe), recipe)
    recipe = with_composed_labels(recipes.with_glosses(recipe, (row.gloss for row in rows), str(recipe_path)))
    keep_recipe(recipe, run, resume)
    pl.seed_everything(recipe.seed, verbose=False)
    training, validation = divide(rows, recipe.data.validation, recipe.seed, str(recipe_path))
    learnt = with_non_signs(gather(training, store, recipe.labels, recipe.layout), recipe)
    learnt = with_drawn(with_turned(with_transitions(learnt, recipe), recipe), recipe)
    learnt = with_composed(with_spliced(learnt, recipe), recipe, recipe_path.parent)
    held = gather(validation, store, recipe.labels, recipe.layout)
    held = with_spliced(with_non_signs(held, recipe), recipe)
    _tell(learnt, held)
    if recipe.layout == HOLISTIC.name and bool(learnt.examples.frames[:, HOLISTIC.part("face"), 0].isnan().all()):
        raise RecipeError(
            f"{recipe_path}: no clip shows a face, which archives of data convert leave out; use {HANDS_POSE.name}"
        )
    # Before training: who can't judge is told at once.
    judged = cross_fitted(recipe, recipe_path, manifest.rows, store) if recipe.decide.take_from else None
    learner = _learner(recipe, learnt, recipe_path)
    batches = Batches(learnt.examples, recipe.optim.batch, recipe.seed, recipe.train.balance)
    run_trainer(recipe, learner, batches, Batches(held.examples, _VALIDATION_BATCH), run, resume)
    learner.load_state_dict(read_weights(run / "checkpoints" / f"{recipe.train.keep}.ckpt"))
    network = learner.final.cpu().eval()
    # Made clips say nothing of where people's are; and only who asks for nearness needs any.
    real = learnt.examples.first(len(learnt.rows) if recipe.decide.open_set else 1)
    _, embedding, known = _scores(network, real)
    logits, others, target = _scores(network, held.examples)
    if judged is None:
        near = alike(others, centres_of(embedding, known, logits.shape[1] - 1))
        judged = decided(Judged(logits, near, target, held.examples.keys["signer"]), recipe)
    bundle = assemble(
        run / "bundle",
        recipe,
        judged.place(network, embedding, known),
        judged.decision,
        provenance(recipe, manifest.sha256(), [*learnt.rows, *learnt.lent], held.rows),
        [held.examples.clip(i, recipe.layout) for i in _one_of_each(target[: len(held.rows)])],
    )
    scored = evaluation.score(Recognizer(bundle), validation, store)
    split = "signers held back from training, who also decided when to stop and where the thresholds lie"
    return evaluation.publish(bundle, measure(scored, bundle.name, split))


def _learner(recipe: Recipe, learnt: Gathered, recipe_path: Path) -> Learner:
    network = network_of(recipe)
    if recipe.train.init_from:
        start_from(network, Bundle.open(recipe_path.parent / recipe.train.init_from))
    augment = None
    if recipe.augment:
        kind = _AUGMENT[recipe.task]
        check_arguments(kind, recipe.augment, "augment")
        augment = kind(**recipe.augment)
    steps = math.ceil(len(Batches(learnt.examples, recipe.optim.batch)) / recipe.optim.accumulate) * recipe.optim.epochs
    return Learner(network, recipe, steps, augment, teachers(recipe, recipe_path, network))


def _scores(network: torch.nn.Module, examples: Examples) -> tuple[Array, Array, Array]:
    """Logits (N, C), embeddings (N, E) and the labels (N,) as they are answered."""
    logits, embeddings, targets = [], [], []
    with torch.no_grad():
        for batch in Batches(examples, _VALIDATION_BATCH):
            given, embedding = network(batch.landmarks, batch.times, batch.aspect)
            logits.append(given.double().numpy())
            embeddings.append(embedding.numpy())
            targets.append(batch.target.numpy())
    found = np.concatenate(logits)
    return found, np.concatenate(embeddings), answered(np.concatenate(targets), found.shape[1])


def _one_of_each(target: np.ndarray[Any, Any]) -> list[int]:
    return [int(i) for i in np.sort(np.unique(target, return_index=True)[1])]


def _tell(learnt: Gathered, held: Gathered) -> None:
    """What training goes without is said on stderr: a quiet loss of data would look like a bad recipe."""
    for line in (learnt.failed + held.failed)[:20]:
        print(f"deepsign: left out: {line}", file=sys.stderr)
    unseen = len(learnt.unseen) + len(held.unseen)
    if unseen:
        print(f"deepsign: left out: {unseen} clips in which no hand was found", file=sys.stderr)
