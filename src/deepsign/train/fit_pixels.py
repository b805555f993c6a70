"""Fit pixels: recipe and rows to a bundle that takes images or clips, by way of a run folder as all runs have."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.data.manifest import Manifest, Row
from deepsign.data.pixels import PixelStore
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.pictures import PictureClips
from deepsign.evaluate.report import measure
from deepsign.export.assemble import assemble_pixels
from deepsign.export.pictures import halved
from deepsign.export.weights import build, check_arguments, published, start_from
from deepsign.models.seeing import Seeing
from deepsign.problems import RecipeError
from deepsign.recipe import Pixels, Recipe
from deepsign.recognizer import Recognizer
from deepsign.train.augment_pixels import PixelAugment
from deepsign.train.decide import decide
from deepsign.train.held_out import divide, learnable
from deepsign.train.learner import Learner, logits_of, part_of
from deepsign.train.origin import provenance
from deepsign.train.pixels import Kept, PixelBatches, PixelExamples, gather_pixels
from deepsign.train.start import keep_recipe
from deepsign.train.teachers import teachers
from deepsign.train.trainer import read_weights, run_trainer
from deepsign.train.trial import limited

_VALIDATION_BATCH = 64


def store_of(pixels: Pixels, root: Path, cache: Path | None = None) -> PixelStore:
    """The store that gives rows as this recipe's network takes them."""
    return PixelStore(root, cache, size=pixels.size, frames=pixels.frames, fit=pixels.fit)


def learn_pixels(
    recipe: Recipe, manifest: Manifest, store: PixelStore, run: Path, recipe_path: Path, *, resume: bool = False
) -> Bundle:
    """As `deepsign.train.fit.learn`, for a recipe with `pixels`."""
    assert recipe.pixels is not None
    _check(recipe, recipe_path)
    rows = limited([r for r in learnable(manifest.rows, recipe) if _of_kind(r, manifest.root, recipe.pixels)], recipe)
    recipe = recipes.with_glosses(recipe, (row.gloss for row in rows), str(recipe_path))
    keep_recipe(recipe, run, resume)
    pl.seed_everything(recipe.seed, verbose=False)
    training, validation = divide(rows, recipe.data.validation, recipe.seed, str(recipe_path))
    _check_classes(recipe, training, rows, recipe_path)
    learnt = gather_pixels(training, store, recipe.labels)
    held = gather_pixels(validation, store, recipe.labels)
    for line in (learnt.failed + held.failed)[:20]:
        print(f"deepsign: left out: {line}", file=sys.stderr)
    network = _network(recipe, recipe_path)
    augment = _augment(recipe)
    batches, check = _batches(recipe, network, learnt, held, augment)
    steps = math.ceil(len(batches) / recipe.optim.accumulate) * recipe.optim.epochs
    learner = Learner(network, recipe, steps, None, teachers(recipe, recipe_path, network))
    run_trainer(recipe, learner, batches, check, run, resume)
    learner.load_state_dict(read_weights(run / "checkpoints" / f"{recipe.train.keep}.ckpt"))
    final = halved(learner.final)
    assert isinstance(final, Seeing)
    target = held.target.numpy()
    bundle = assemble_pixels(
        run / "bundle",
        recipe,
        final,
        decide(
            scores(final, check),
            target,
            [row.signer for row in held.rows],
            recipe.labels.label_map(),
            recipe.labels.none,
            recipe.decide,
        ),
        provenance(recipe, manifest.sha256(), learnt.rows, held.rows),
        [held.read(int(i)) for i in np.sort(np.unique(target, return_index=True)[1])],
    )
    scored = evaluation.score(Recognizer(bundle), validation, PictureClips(store))
    split = "signers held back from training, who also decided when to stop and where the thresholds lie"
    return evaluation.publish(bundle, measure(scored, bundle.name, split))


def _check(recipe: Recipe, recipe_path: Path) -> None:
    """RecipeError for a key that only networks of landmarks know."""
    keys = {
        "labels.apart": recipe.labels.apart,
        "decide.take_from": recipe.decide.take_from,
    }
    for key, value in keys.items():
        if value:
            raise RecipeError(f"{recipe_path}: {key}: is for networks that take landmarks; leave it out")


def _check_classes(recipe: Recipe, training: Sequence[Row], rows: Sequence[Row], recipe_path: Path) -> None:
    """RecipeError where there is nothing to tell apart; classes that nothing is learnt of are said on stderr."""
    glosses = recipe.labels.label_map().glosses
    if len(glosses) < 2:
        raise RecipeError(
            f"{recipe_path}: labels.glosses: there is one class only ({glosses[0]}); a classifier needs two"
        )
    learnt, all_of_them = ({recipe.labels.index_of(row.gloss) for row in some} for some in (training, rows))
    for at, gloss in enumerate(glosses):
        if at not in learnt:
            why = "all its rows validate: one signer's, perhaps" if at in all_of_them else "it has no rows"
            print(f"deepsign: {gloss} will never be answered: {why}", file=sys.stderr)


def _of_kind(row: Row, root: Path, pixels: Pixels) -> bool:
    """Whether the recipe wants clips of this kind: folders of frames, or files."""
    return pixels.use_frames is None or pixels.use_frames == (row.span is not None or (root / row.file).is_dir())


def _network(recipe: Recipe, recipe_path: Path) -> Seeing:
    """The network as training begins: fresh, or from published weights, or from another bundle."""
    network = build(recipe.model, recipe.labels.label_map())
    if not isinstance(network, Seeing):
        raise RecipeError(f"{recipe_path}: model.name: {recipe.model.name} takes landmarks, and the recipe has pixels")
    if recipe.train.weights:
        published(network, recipe_path.parent / recipe.train.weights)
    if recipe.train.init_from:
        start_from(network, Bundle.open(recipe_path.parent / recipe.train.init_from))
    return network


def _augment(recipe: Recipe) -> PixelAugment | None:
    if not recipe.augment:
        return None
    check_arguments(PixelAugment, recipe.augment, "augment")
    return PixelAugment(**recipe.augment)


def _batches(
    recipe: Recipe, network: Seeing, learnt: PixelExamples, held: PixelExamples, augment: PixelAugment | None
) -> tuple[PixelBatches, PixelBatches]:
    """Batches to train on and to validate on: of frames, or of what the network's frozen part makes of them."""
    assert recipe.pixels is not None
    size, seed, balance = recipe.optim.batch, recipe.seed, recipe.train.balance
    if not network.keeps or not recipe.pixels.keep:
        return PixelBatches(learnt, size, seed, balance, augment), PixelBatches(held, _VALIDATION_BATCH)
    unmoved = {id(p) for p in network.parameters() if not p.requires_grad}
    for name in recipe.train.unfreeze:
        if unmoved & {id(p) for p in part_of(network, name, "train.unfreeze").parameters()}:
            raise RecipeError(
                f"train.unfreeze: {name} is frozen by model.params and kept; let it learn there, and freeze it by "
                "train.freeze until then"
            )
    return (
        PixelBatches(learnt, size, seed, balance, kept=Kept(network, learnt, recipe.pixels.views, augment)),
        PixelBatches(held, _VALIDATION_BATCH, kept=Kept(network, held)),
    )


def scores(network: Seeing, batches: PixelBatches) -> NDArray[np.float32]:
    """Logits (N, C) of a validation set, in its order."""
    with torch.no_grad():
        return np.concatenate([logits_of(network, batch).numpy() for batch in batches])
