"""Teachers: networks that stand already, whose answers another learns beside its labels."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.export.weights import restore
from deepsign.landmarks import HOLISTIC
from deepsign.models.apart import whole
from deepsign.models.seeing import Seeing
from deepsign.problems import RecipeError
from deepsign.recipe import Recipe


def teachers(recipe: Recipe, recipe_path: Path, network: nn.Module) -> list[nn.Module]:
    """The networks that `train.teachers` names, for `network` to learn from.

    One that learnt other things apart, or none, teaches what it answers; its parts are no labels here. RecipeError for
    one that answers with other labels, or sees something else: landmarks, other pictures, or, where a frozen part's
    work is kept, another frozen part's.
    """
    found = []
    for folder in recipe.train.teachers:
        bundle = Bundle.open(recipe_path.parent / folder)
        theirs = recipes.check(bundle.manifest.provenance.recipe, str(bundle.path))
        if bundle.labels.glosses != recipe.labels.label_map().glosses:
            raise RecipeError(f"{recipe_path}: train.teachers: {bundle.path} learnt other labels; it can't teach these")
        no_face = theirs.layout == HOLISTIC.name != recipe.layout
        if _sees(theirs, network) != _sees(recipe, network) or no_face:
            raise RecipeError(f"{recipe_path}: train.teachers: {bundle.path} sees something else; it can't teach this")
        teacher = restore(bundle).requires_grad_(False)
        found.append(whole(teacher) if theirs.labels.learnt().glosses == recipe.labels.learnt().glosses else teacher)
    return found


def _sees(recipe: Recipe, network: nn.Module) -> object:
    """What reaches a network of this recipe; a frozen part is known by its making and its weights.

    Landmarks of any layout are one thing: a network takes from them what it knows (but who reads lips needs a face).
    """
    if recipe.pixels is None or not isinstance(network, Seeing):
        return recipe.pixels is None
    seen = (recipe.pixels.size, recipe.pixels.frames, recipe.pixels.fit)
    if not (network.keeps and recipe.pixels.keep):
        return seen
    weights = Path(recipe.train.weights).name if recipe.train.weights else None
    return *seen, recipe.model.name, recipe.model.params, weights
