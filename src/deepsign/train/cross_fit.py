"""Cross fit: the temperature and the thresholds of weights that learnt from everybody, fitted on people left out.

    python -m deepsign.train.cross_fit BUNDLE RECIPE [JUDGES]     writes them into a bundle that is trained already

Weights that ship learn from everybody there is, so nobody is left to judge their probabilities by. Runs of the same
recipe that each left some people out have strangers, though: what these runs say of theirs, pooled, is what the
weights that learnt from all would say of somebody new. The recipe's `decide.take_from` names the runs, or JUDGES, a
YAML file with such a list, whose paths are relative to it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.export import golden, graph
from deepsign.export.weights import network_of, restore, to_bytes
from deepsign.models.apart import whole
from deepsign.problems import DeepSignError, RecipeError
from deepsign.recipe import Judge, Recipe, Validation
from deepsign.recognizer import Recognizer
from deepsign.train.dataset import Examples, Store, gather
from deepsign.train.decide import answered, stranger
from deepsign.train.held_out import held_by_name, learnable
from deepsign.train.made import with_non_signs
from deepsign.train.made_bodies import with_spliced
from deepsign.train.open_set import Decided, Judged, alike, centres_of, decided

Array = NDArray[Any]

_BATCH = 64


def cross_fitted(recipe: Recipe, recipe_path: Path, rows: Sequence[Row], store: Store) -> Decided:
    """What fits what each judge says of the people that it never learnt from.

    rows  all rows of the recipe's manifests. A sign that only the people left out show is a stranger's to their judge:
          their clips of it can't be right, and show how often it passes for another.

    Raises RecipeError for a judge with other labels, one that learnt from these people, or one of people without rows.
    """
    known = learnable(rows, recipe)
    found = [_judged(judge, recipe, recipe_path, known, store) for judge in recipe.decide.take_from]
    logits, near = (np.concatenate(parts) for parts in ([j.logits for j in found], [j.alike for j in found]))
    people = [who for judge in found for who in judge.people]
    return decided(Judged(logits, near, np.concatenate([j.target for j in found]), people), recipe)


def _judged(judge: Judge, recipe: Recipe, recipe_path: Path, rows: Sequence[Row], store: Store) -> Judged:
    """What one judge says of its strangers."""
    bundle = _opened(judge, recipe, recipe_path)
    theirs, others = _left_out(judge, bundle, rows, recipe_path)
    held = with_spliced(with_non_signs(gather(theirs, store, recipe.labels, recipe.layout), recipe), recipe)
    drawn = recipe.data.drawn.strokes if recipe.data.drawn else {}
    learnt = {recipe.labels.index_of(gloss) for gloss in (*(row.gloss for row in others), *drawn)}
    targets = held.examples.target.numpy()
    told = np.array([t if int(t) in learnt else stranger(int(t)) for t in targets], dtype=np.int64)
    made = np.arange(len(targets)) >= len(held.rows)  # made clips are `none`, which every run learns
    recognizer = Recognizer(bundle)
    logits, embedding = _answers(recognizer, held.examples, recipe)
    near = np.zeros((len(logits), 0))
    if recipe.decide.open_set:
        near = alike(embedding, centres_of(*_learnt(recognizer, others, recipe, store), logits.shape[1] - 1))
    return Judged(logits, near, answered(np.where(made, targets, told), logits.shape[1]), held.examples.keys["signer"])


def _learnt(recognizer: Recognizer, rows: Sequence[Row], recipe: Recipe, store: Store) -> tuple[Array, Array]:
    """The embeddings (N, E) of clips, and their labels (N,)."""
    examples = gather(rows, store, recipe.labels, recipe.layout).examples
    return _answers(recognizer, examples, recipe)[1], examples.target.numpy()


def _answers(recognizer: Recognizer, examples: Examples, recipe: Recipe) -> tuple[Array, Array]:
    """Logits (N, C) and embeddings (N, E)."""
    clips = [examples.clip(i, recipe.layout) for i in range(len(examples))]
    found = [recognizer.logits(clips[i : i + _BATCH]) for i in range(0, len(clips), _BATCH)]
    logits, embedding = (np.concatenate(part).astype(np.float64) for part in zip(*found, strict=True))
    return logits, embedding


def _left_out(judge: Judge, bundle: Bundle, rows: Sequence[Row], recipe_path: Path) -> tuple[list[Row], list[Row]]:
    """The judge's strangers, and everybody else."""
    rule = Validation(sources=judge.sources, signers=judge.signers)
    if not rule.named:
        rule = recipes.check(bundle.manifest.provenance.recipe, str(bundle.path)).data.validation
    named = held_by_name(rows, rule)
    theirs = [row for row, left_out in zip(rows, named, strict=True) if left_out]
    if not theirs:
        raise RecipeError(
            f"{recipe_path}: decide.take_from: {judge.bundle}: none of the manifests' rows is of these people; "
            "name sources or signers as the manifests spell them"
        )
    return theirs, [row for row, left_out in zip(rows, named, strict=True) if not left_out]


def _opened(judge: Judge, recipe: Recipe, recipe_path: Path) -> Bundle:
    bundle = Bundle.open(recipe_path.parent / judge.bundle)
    where = f"{recipe_path}: decide.take_from: {bundle.path}"
    if bundle.labels.glosses != recipe.labels.label_map().glosses:
        raise RecipeError(f"{where} has other labels; its thresholds don't fit")
    if learnt := sorted({credit.name for credit in bundle.manifest.provenance.data} & set(judge.sources)):
        raise RecipeError(f"{where} has learnt from {', '.join(learnt)}, so it can't judge them as strangers")
    return bundle


def refit(bundle: Bundle, recipe_path: Path, judges: Path | None = None) -> Bundle:
    """Writes the decision that the recipe's judges, or the given file's, make into a bundle whose weights stay."""
    recipe = recipes.load(recipe_path)
    if judges:
        recipe = recipes.apply_overrides(recipe, {"decide.take_from": _text(judges)})
    if not recipe.decide.take_from:
        raise RecipeError(f"{recipe_path}: decide.take_from names no runs")
    home = recipe_path.parent
    root = home / recipe.data.root if recipe.data.root else None
    found = [manifests.read(home / path, root) for path in recipe.data.manifests]
    rows = [row for one in found for row in one.rows]
    with ClipStore(found[0].root, recipe.layout) as store:
        judged = cross_fitted(recipe, judges or recipe_path, rows, store)
        said = {**bundle.manifest.provenance.recipe, "decide": recipe.decide.model_dump(mode="json")}
        own = recipes.check(said, str(bundle.path))
        moved = _placed(bundle, own, learnable(rows, own), store, judged) if judged.placing else {}
    provenance = bundle.manifest.provenance.model_copy(update={"recipe": said})
    manifest = bundle.manifest.model_copy(update={"decision": judged.decision, "provenance": provenance})
    return bundles.write(bundle.path, manifest, {**bundle.contents, **moved})


def _placed(bundle: Bundle, recipe: Recipe, rows: Sequence[Row], store: Store, judged: Decided) -> dict[str, bytes]:
    """The files that change where the network is placed, whatever it was before."""
    network = network_of(recipe).eval()
    whole(network).load_state_dict(whole(restore(bundle)).state_dict())
    held = held_by_name(rows, recipe.data.validation)
    own = [row for row, left_out in zip(rows, held, strict=True) if not left_out]
    content = graph.to_onnx(judged.place(network, *_learnt(Recognizer(bundle), own, recipe, store)), recipe.layout)
    arrays = [case.arrays() for case in bundle.golden]
    clips = [Clip.from_landmarks(at[0], recipe.layout, times=t[0], aspect=float(a[0])) for at, t, a in arrays]
    return {
        "model.onnx": content,
        "weights.safetensors": to_bytes(network),
        "golden.json": golden.written(content, clips),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise RecipeError(f"{path}: can't be read ({error.strerror})") from None


def main() -> int:
    """`python -m deepsign.train.cross_fit`."""
    parser = argparse.ArgumentParser(
        prog="python -m deepsign.train.cross_fit", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("bundle", help="a bundle's name or folder")
    parser.add_argument("recipe", type=Path, help="its recipe, with decide.take_from")
    parser.add_argument("judges", type=Path, nargs="?", help="a YAML list of runs in place of the recipe's own")
    given = parser.parse_args()
    try:
        fitted = refit(bundles.find(given.bundle), given.recipe, given.judges)
    except DeepSignError as error:
        print(f"deepsign: {error}", file=sys.stderr)
        return 1
    print(fitted.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
