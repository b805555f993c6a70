"""Start: what a run begins with: its rows, its recipe written down, and thresholds taken from another run."""

from __future__ import annotations

import json
from pathlib import Path

from deepsign import recipe as recipes
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Manifest
from deepsign.problems import InputError, RecipeError
from deepsign.recipe import Recipe
from deepsign.whole import written_whole


def listed(recipe: Recipe, recipe_path: Path, data: str | Path | None) -> Manifest:
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


def keep_recipe(recipe: Recipe, run: Path, resume: bool) -> None:
    """Writes the run's recipe down, or makes sure that a resumed run still has the same."""
    path, last = run / "recipe.json", run / "checkpoints" / "last.ckpt"
    if not resume:
        # A recipe without a checkpoint is what a start leaves behind that was refused: nothing is lost with it.
        if last.exists() or (run / "bundle").exists():
            raise InputError(f"{run}: holds a run already; go on with it (--resume {run}) or choose another folder")
        with written_whole(path) as file:
            file.write(json.dumps(recipe.model_dump(mode="json"), indent=1).encode() + b"\n")
        last.parent.mkdir(exist_ok=True)
        return
    if not last.is_file():
        raise InputError(f"{run}: holds no checkpoint to go on from; start anew without --resume")
    try:
        before = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: can't be read ({error}); start anew without --resume") from None
    if recipes.check(before, str(path)) != recipe:
        raise RecipeError(f"{path}: the stopped run had another recipe; go on with that one, or start anew")
