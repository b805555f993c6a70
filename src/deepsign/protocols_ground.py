"""Protocols' ground, for pixels: where things are, trainings that are made once, and the figures of a test set."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Manifest, Row
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.pictures import PictureClips
from deepsign.evaluate.report import Scored, measure
from deepsign.problems import DeepSignError
from deepsign.recipe import Recipe
from deepsign.recognizer import Recognizer
from deepsign.train.fit_pixels import learn_pixels, store_of


@dataclass(frozen=True)
class Setting:
    """Where things are. `seeds` runs of each training that is repeated; `folds` of those that are left out in turn."""

    root: Path
    out: Path
    recipes: Path
    collections: Path
    seeds: int
    folds: int

    def rows(self, *names: str) -> list[Row]:
        """The rows of listed collections."""
        out = self.out / f"{'-'.join(names)}.csv"
        return list(import_collections(self.collections, self.root, out, names=names).rows)

    def recipe(self, file: str, **changes: Any) -> Recipe:
        """A recipe with keys changed, and whatever names who validates by split."""
        found = recipes.load(self.recipes / f"{file}.yaml").model_dump()
        for dotted, value in changes.items():
            *parents, last = dotted.split("__")
            at = found
            for parent in parents:
                at = at[parent]
            at[last] = value
        return recipes.check(found, file)

    def train(self, name: str, recipe: Recipe, rows: Sequence[Row], root: Path | None = None) -> Bundle:
        """The bundle of OUT/NAME: trained now, or where it was already by the same recipe on the same rows."""
        run, listed = self.out / name, Manifest(tuple(rows), root or self.root)
        if (run / "bundle" / bundles.MANIFEST).is_file():
            made = Bundle.open(run / "bundle")
            if made.manifest.provenance.manifest_sha256 == listed.sha256():
                return made
            raise DeepSignError(f"{run}: was trained on other rows; remove it or choose another --out")
        assert recipe.pixels is not None
        say(f"training {name} on {len(rows)} rows")
        resume = (run / "checkpoints" / "last.ckpt").is_file()
        store = store_of(recipe.pixels, listed.root)
        return learn_pixels(recipe, listed, store, run, self.recipes / "recipe.yaml", resume=resume)


def score(bundle: Bundle, rows: Sequence[Row], root: Path) -> Scored:
    """A bundle's answers about rows it has not seen."""
    given = bundle.pictures
    assert given is not None
    return evaluation.score(Recognizer(bundle), rows, PictureClips.of(given, root))


def figures(scored: Scored) -> dict[str, Any]:
    """The few numbers of a test set that a table holds."""
    found = measure(scored, "", "").metrics
    return {k: found[k] for k in ("clips", "signers", "top1", "top1_interval", "top3", "macro_f1", "ece")}


def say(line: str) -> None:
    """One line on stderr."""
    print(f"deepsign: {line}", file=sys.stderr, flush=True)
