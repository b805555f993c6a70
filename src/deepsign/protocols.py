"""Protocols: the agreed measurements, each source or signer judged by weights that never saw them.

    python -m deepsign.protocols letters --root ../shared/data

A source that the shipped weights were not trained on is judged by the bundle itself; for every other one the recipe
is trained again without it. All of it goes through the recognizer. Writes OUT/ (reports, plots, one run a fold) and
RESULTS/TASK.json, from which the README's table is made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Manifest, Row
from deepsign.data.readers import CORPORA
from deepsign.data.splits import folds
from deepsign.data.store import ClipStore
from deepsign.data.tables import open_table
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.report import Report, Scored, measure, pooled
from deepsign.evaluate.summary import moving_letters, refusals, sources_table, summary
from deepsign.problems import DeepSignError
from deepsign.recipe import Recipe, Validation
from deepsign.recognizer import Recognizer
from deepsign.train.fit import learn
from deepsign.train.held_out import learnable

# Read hand by hand; the sources of the mean that the project is held to.
_TABLES = ("bison_person1", "bison_person2", "nejohnson2", "haontran", "borisgraudt", "handsonfluency")
_MANY = "hands/letters_many_signers.npz"
# Collections of photos, each with the split of it that counts; "" is all of it.
_PHOTOS = {"massey_letters": "", "letters_rooms": "train", "roboflow_letters": "validation"}
_DIGIT_FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """A test: rows, and which training rows must be gone before they may be judged."""

    name: str
    rows: list[Row]
    leaves_out: Callable[[Row], bool]


@dataclass(frozen=True)
class Study:
    """One protocol's ground: the recipe, the rows that may be learnt from, the clips, and the bundle that is judged."""

    recipe: Recipe
    recipe_path: Path
    ship: list[Row]
    store: ClipStore
    out: Path
    base: Bundle | None
    train: bool

    def judge_all(self, folds_: Sequence[Fold], manifest: Manifest) -> dict[str, Scored]:
        """Fold's name → answers from weights without it. With `train` off, folds that need training are left out."""
        judged = {fold.name: self._judge(fold, manifest) for fold in folds_}
        return {name: scored for name, scored in judged.items() if scored is not None}

    def _judge(self, fold: Fold, manifest: Manifest) -> Scored | None:
        bundle = self._bundle_without(fold, manifest)
        if bundle is None:
            _say(f"{fold.name}: not measured, it needs training (--no-training was given)")
            return None
        with_none = [self._as_none(row) for row in fold.rows]
        return evaluation.score(Recognizer(bundle), with_none, self.store)

    def _bundle_without(self, fold: Fold, manifest: Manifest) -> Bundle | None:
        if self.base is not None and not _learnt(fold, self.ship, _recipe_of(self.base)):
            return self.base
        touched = _learnt(fold, self.ship, self.recipe)
        kept = [row for row in self.ship if not fold.leaves_out(row)]
        run = self.out / "folds" / (fold.name.replace("/", "-") if touched else "everything")
        recipe = _validated(self.recipe, kept)
        if (run / "bundle" / bundles.MANIFEST).is_file():
            made = Bundle.open(run / "bundle")
            if _recipe_of(made) == recipe:
                return made
            raise DeepSignError(f"{run}: was trained by another recipe; remove it or choose another --out")
        if not self.train:
            return None
        _say(f"training without {fold.name}" if touched else "training on everything")
        rows = Manifest(tuple(kept), manifest.root)
        return learn(
            recipe, rows, self.store, run, self.recipe_path, resume=(run / "checkpoints" / "last.ckpt").is_file()
        )

    def _as_none(self, row: Row) -> Row:
        none = self.recipe.labels.none
        return replace(row, gloss=none) if none is not None and row.gloss.lower() == "nothing" else row


def letters(study: Study, manifest: Manifest) -> tuple[Report, dict[str, Any]]:
    """Every hand collection and every photo set left out in turn, the moving letters by signer, and no sign at all."""
    rows = manifest.rows
    many = _many_signers(manifest.root)
    hands = [Fold(n, [r for r in rows if r.source == n], _of_source(n)) for n in _TABLES]
    hands += [Fold(s, [r for r in many if r.source == s], _of_person(s)) for s in sorted({r.source for r in many})]
    photos = [
        Fold(
            name,
            [r for r in rows if r.source == name and split in ("", r.split) and r.gloss != "Nothing"],
            _of_source(name),
        )
        for name, split in _PHOTOS.items()
    ]
    nothing = Fold("nothing", [r for r in rows if r.gloss == "Nothing"], lambda _: False)
    signers = sorted({r.signer for r in rows if r.source == "traduttore_letters"})
    moving = [Fold(s, [r for r in rows if r.signer == s], _of_signer(s)) for s in signers]
    every = [*hands, *photos, nothing, *moving]
    found = study.judge_all(every, manifest)
    left_out = [f.name for f in every if f.name not in found]
    hands, photos, moving = ([f for f in part if f.name in found] for part in (hands, photos, moving))
    everyone = pooled([found[fold.name] for fold in (*hands, *photos, nothing)])
    doubted = _suspects(manifest.root)
    by_hand = {f.name: summary(found[f.name], doubted) for f in hands}
    report = measure(everyone, study.recipe.name, "each source judged by weights that never saw it; static letters")
    return report, {
        "hands": sources_table(by_hand),
        "photos": {f.name: summary(found[f.name]) for f in photos},
        "moving": {f.name: moving_letters(found[f.name]) for f in moving},
        "nothing": refusals(found["nothing"], pooled([found[f.name] for f in photos])),
        "not_measured": left_out,
    }


def digits(study: Study, manifest: Manifest) -> tuple[Report, dict[str, Any]]:
    """Photos of digits, grouped k-fold by signer; other collections by the weights that never saw them."""
    own = [r for r in manifest.rows if r.source == "digits"]
    parts = folds(own, _DIGIT_FOLDS, seed=0)
    grouped = []
    for number, part in enumerate(parts):
        test = [own[i] for i in part]
        signers = {r.signer for r in test}
        grouped.append(Fold(f"fold{number}", test, _of_any(signers)))
    # aslaspire_digits is not asked: its labels 0 to 4 are an open hand, a fist, a pointing hand, "OK" and "peace", not
    # digits (the weights read them as 5, 0, 1, 9 and 2).
    others = [
        Fold("massey_digits", [r for r in manifest.rows if r.source == "massey_digits"], _of_source("massey_digits"))
    ]
    found = study.judge_all([*grouped, *others], manifest)
    left_out = [f.name for f in (*grouped, *others) if f.name not in found]
    grouped, others = ([f for f in part if f.name in found] for part in (grouped, others))
    everyone = pooled([found[f.name] for f in grouped or others])
    by_signer = f"{len(grouped)} of {_DIGIT_FOLDS} folds grouped by signer: no signer in training and test"
    split = by_signer if grouped else "collections that the weights never saw"
    report = measure(everyone, study.recipe.name, split)
    return report, {
        "folds": {f.name: summary(found[f.name]) for f in grouped},
        "others": {f.name: summary(found[f.name]) for f in others},
        "not_measured": left_out,
    }


PROTOCOLS = {"letters": letters, "digits": digits}


def run(
    task: str,
    root: Path,
    recipe_path: Path,
    collections: Path,
    out: Path,
    results: Path,
    base: str | None,
    train: bool = True,
) -> tuple[Report, Path]:
    """Runs a protocol; gives the pooled report and the results file. `base` names the bundle to judge, if any."""
    recipe = recipes.load(recipe_path)
    opened = bundles.find(base) if base else None
    out.mkdir(parents=True, exist_ok=True)
    every = import_collections(collections, root, out / "all.csv")
    ship = import_collections(collections, root, out / "ship.csv", kind="ship")
    for name, why in every.failed:
        _say(f"left out: {name}: {why}")
    of_task = import_collections(collections, root, out / f"{task}.csv", task=task)
    manifest = Manifest(of_task.rows, root)
    if opened and opened.manifest.provenance.manifest_sha256 != Manifest(ship.rows, root).sha256():
        _say(f"{opened.path}: was trained on other rows than {collections} gives now; train it again to be sure")
    with ClipStore(root, recipe.layout) as store:
        study = Study(recipe, recipe_path, list(ship.rows), store, out, opened, train)
        report, tables = PROTOCOLS[task](study, manifest)
    judged = opened or Bundle.open(next((out / "folds").iterdir()) / "bundle")
    evaluation.write(report, judged, out)
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{task}.json"
    path.write_text(json.dumps({"overall": report.metrics, **tables}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return report, path


def _of_source(source: str) -> Callable[[Row], bool]:
    return lambda row: row.source == source


def _of_signer(signer: str) -> Callable[[Row], bool]:
    return lambda row: row.signer == signer


def _of_any(signers: set[str]) -> Callable[[Row], bool]:
    return lambda row: row.signer in signers


def _of_person(source: str) -> Callable[[Row], bool]:
    """A person of the table of many signers, under whatever collection's name they stand."""
    person = source.rpartition("/")[2]
    return lambda row: row.file == _MANY and row.signer.rpartition("/")[2] == person


def _many_signers(root: Path) -> list[Row]:
    """All rows of that table, doubted ones too: a test set stays whole."""
    return CORPORA["landmark_table"](root, _MANY, "many_signers", "unstated", {"source": "signer"})


def _suspects(root: Path) -> set[str]:
    doubted = open_table(root / _MANY).suspect
    return set() if doubted is None else {f"{_MANY}#{i}" for i in np.flatnonzero(doubted)}


def _learnt(fold: Fold, rows: Sequence[Row], recipe: Recipe) -> bool:
    """Whether weights of this recipe have seen anything of the fold."""
    return any(fold.leaves_out(row) for row in learnable(rows, recipe))


def _recipe_of(bundle: Bundle) -> Recipe:
    """The recipe that the weights really come from, whatever recipes/ says by now."""
    return recipes.check(bundle.manifest.provenance.recipe, str(bundle.path))


def _validated(recipe: Recipe, rows: Sequence[Row]) -> Recipe:
    """The recipe, validating on drawn signers where those it names are the ones left out."""
    rule = recipe.data.validation
    there = any(r.source in rule.sources or r.signer in rule.signers or r.split in rule.splits for r in rows)
    if not rule.named or there:
        return recipe
    data = recipe.data.model_copy(update={"validation": Validation(share=rule.share)})
    return recipe.model_copy(update={"data": data})


def _say(line: str) -> None:
    print(f"deepsign: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """`python -m deepsign.protocols TASK`."""
    parser = argparse.ArgumentParser(prog="python -m deepsign.protocols", description=str(__doc__).splitlines()[0])
    parser.add_argument("task", choices=sorted(PROTOCOLS))
    parser.add_argument("--root", type=Path, default=Path("../shared/data"), help="where the collections lie")
    parser.add_argument("--recipe", type=Path, help="recipes/TASK.yaml by default")
    parser.add_argument("--collections", type=Path, default=Path("recipes/collections.yaml"))
    parser.add_argument("--out", type=Path, help="runs/protocol-TASK by default")
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("--bundle", help="the bundle that is judged; the shipped one if there is one, else trained")
    parser.add_argument("--no-training", action="store_true", help="leave out what the bundle saw and no run replaces")
    parser.add_argument("--publish", action="store_true", help="write the figures into that bundle's card")
    given = parser.parse_args()
    task: str = given.task
    base = given.bundle or (task if task in bundles.shipped() else None)
    out = given.out or Path("runs") / f"protocol-{task}"
    recipe = given.recipe or Path("recipes") / f"{task}.yaml"
    try:
        report, results = run(
            task, given.root, recipe, given.collections, out, given.results, base, not given.no_training
        )
        if given.publish and base:
            evaluation.publish(bundles.find(base), report)
    except DeepSignError as error:
        _say(str(error))
        return 1
    print("\n".join([*report.lines(), str(results)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
