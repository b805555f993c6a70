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

import numpy as np

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.export import golden, graph
from deepsign.export.weights import network_of, restore, to_bytes
from deepsign.models.apart import whole, with_offset
from deepsign.problems import DeepSignError, RecipeError
from deepsign.recipe import Judge, Recipe, Validation
from deepsign.recognizer import Recognizer
from deepsign.train.dataset import Store, gather
from deepsign.train.decide import STRANGER, Decided, answered, decide
from deepsign.train.held_out import held_by_name, learnable
from deepsign.train.made import with_non_signs
from deepsign.train.made_bodies import with_spliced

_BATCH = 64


def cross_fitted(recipe: Recipe, recipe_path: Path, rows: Sequence[Row], store: Store) -> Decided:
    """What fits what each judge says of the people that it never learnt from.

    rows  all rows of the recipe's manifests. A sign that only the people left out show is a stranger's to their judge:
          their clips of it can't be right, and show how often it passes for another.

    Raises RecipeError for a judge with other labels, one that learnt from these people, or one of people without rows.
    """
    known = learnable(rows, recipe)
    logits, target = [], []
    for judge in recipe.decide.take_from:
        bundle = _opened(judge, recipe, recipe_path)
        theirs, others = _left_out(judge, bundle, known, recipe_path)
        held = with_spliced(with_non_signs(gather(theirs, store, recipe.labels, recipe.layout), recipe), recipe)
        drawn = recipe.data.drawn.strokes if recipe.data.drawn else {}
        learnt = {recipe.labels.index_of(gloss) for gloss in (*(row.gloss for row in others), *drawn)}
        found = held.examples.target.numpy()
        told = np.array([t if int(t) in learnt else STRANGER for t in found], dtype=np.int64)
        made = np.arange(len(found)) >= len(held.rows)  # made clips are `none`, which every run learns
        target.append(np.where(made, found, told))
        clips = [held.examples.clip(i, recipe.layout) for i in range(len(found))]
        recognizer = Recognizer(bundle)
        logits += [recognizer.logits(clips[i : i + _BATCH])[0] for i in range(0, len(clips), _BATCH)]
    labels = recipe.labels.label_map()
    right = answered(np.concatenate(target), len(labels))
    return decide(np.concatenate(logits), right, labels, recipe.labels.none, recipe.decide)


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
    with ClipStore(found[0].root, recipe.layout) as store:
        decided = cross_fitted(recipe, judges or recipe_path, [row for one in found for row in one.rows], store)
    said = {**bundle.manifest.provenance.recipe, "decide": recipe.decide.model_dump(mode="json")}
    provenance = bundle.manifest.provenance.model_copy(update={"recipe": said})
    manifest = bundle.manifest.model_copy(update={"decision": decided.decision, "provenance": provenance})
    moved = _moved(bundle, recipes.check(said, str(bundle.path)), decided.offset) if recipe.decide.even else {}
    return bundles.write(bundle.path, manifest, {**bundle.contents, **moved})


def _moved(bundle: Bundle, recipe: Recipe, offset: float) -> dict[str, bytes]:
    """The files that change where the network's "no sign" is moved by this offset, in place of any earlier one."""
    network = network_of(recipe).eval()
    whole(network).load_state_dict(whole(restore(bundle)).state_dict())
    content = graph.to_onnx(with_offset(network, offset), recipe.layout)
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
