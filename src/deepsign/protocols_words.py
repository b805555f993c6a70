"""Protocols of words: networks trained without some collections, people or web sites, and judged by those.

What is trained lies in OUT/PART/seedN/folds; a run that is there is judged and not trained again, one that was
stopped is taken up. `deepsign.protocols_signs` is the command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Manifest, Row
from deepsign.data.splits import folds as folds_by_signer
from deepsign.data.store import ClipStore
from deepsign.evaluate import metrics, words
from deepsign.evaluate.report import Scored, measure, pooled
from deepsign.problems import InputError
from deepsign.protocols import Fold, Study
from deepsign.recipe import Recipe, Validation
from deepsign.train.fit import learn

PEOPLE = "asl_signs_words"
WLASL = "wlasl50"
_FOLDS = 7
_PEOPLE_AT_A_TIME = 3
_SITE_FOLDS = 5
_RANDOM = "random"
# What a random split would claim, beside the honest figures of the same names.
_FLATTERED = ("clips", "top1", "top1_of_all_words", "macro", "worst")

Found = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """Where everything lies, and what of it is asked for.

    words, wlasl  the recipes of parts `collections` and `participants`, and of part `wlasl50`.
    folds         only these folds are trained; a part is complete once all of them were. Empty: all.
    """

    root: Path
    listing: Path
    out: Path
    words: Path
    wlasl: Path
    seeds: Sequence[int] = (0,)
    folds: Sequence[str] = field(default=())

    def rows(self, name: str, **which: Any) -> list[Row]:
        """The rows of these collections (`which` as for `import_collections`), each gloss as it is spelled there."""
        self.out.mkdir(parents=True, exist_ok=True)
        found = import_collections(self.listing, self.root, self.out / f"{name}.csv", **which)
        for collection, why in found.failed:
            say(f"left out: {collection}: {why}")
        return list(found.rows)

    def words_rows(self, **which: Any) -> list[Row]:
        """The rows of task `words`, glosses as all collections spell them (the recipe's `labels.rename`)."""
        found = self.rows("words", task="words", **which)
        return words.respelled(found, recipes.load(self.words).labels.rename)


@dataclass(frozen=True)
class Trial:
    """A fold with the collection, or the signer, that its training validates on."""

    fold: Fold
    validation: Validation


class UnfinishedError(Exception):
    """Some folds are not trained yet: there is nothing to write down."""


def collections(setting: Setting) -> Found:
    """Every collection left out once, judged by the words that at least three of them sign."""
    recipe = recipes.load(setting.words)
    rows = setting.words_rows()
    by_name = words.words_of(rows, recipe.labels.none)
    common = words.shared(by_name)
    arranged = words.arrange(by_name, min(_FOLDS, len(by_name)))
    trials = [_without(number, names, rows, by_name, common) for number, names in enumerate(arranged)]
    drawn = [_random(rows, by_name, common, seed) for seed in setting.seeds]
    seeds: list[Found] = []
    for seed, by_chance in zip(setting.seeds, drawn, strict=True):
        judged = _judged(setting, "collections", recipe, setting.words, rows, [*trials, by_chance], seed)
        flattered = judged.pop(_RANDOM)
        by_chance_alone = {f"random_{k}": v for k, v in _of_words(flattered, common).items() if k in _FLATTERED}
        seeds.append({**_of_words(pooled(list(judged.values())), common), **by_chance_alone})
    return {
        "words": {w: words.counts(by_name)[w] for w in common},
        "folds": {f"fold{i}": names for i, names in enumerate(arranged)},
        **_over_seeds(setting.seeds, seeds),
    }


def participants(setting: Setting) -> Found:
    """The people of asl_signs, three left out at a time; the other ones and ship-class collections are learnt from."""
    recipe = recipes.load(setting.words)
    rows = setting.words_rows(kind="ship")
    own = [r for r in rows if r.source == PEOPLE]
    if not own:
        raise InputError(f"{setting.listing}: {PEOPLE} is not among the collections")
    by_name = words.words_of(rows, recipe.labels.none)
    others = [n for n in by_name if n != PEOPLE] or [PEOPLE]
    validation = Validation(sources=[words.most_common(by_name, others)])
    people = sorted({r.signer for r in own})
    trios = [people[i : i + _PEOPLE_AT_A_TIME] for i in range(0, len(people), _PEOPLE_AT_A_TIME)]
    trials = [
        Trial(Fold(f"fold{i}", [r for r in own if r.signer in trio], _by(lambda r: r.signer, trio)), validation)
        for i, trio in enumerate(trios)
    ]
    common = sorted({r.gloss for r in own})
    seeds = []
    for seed in setting.seeds:
        judged = _judged(setting, "participants", recipe, setting.words, rows, trials, seed)
        seeds.append(_of_words(pooled(list(judged.values())), common, by="signers"))
    return {"words": common, "people": len(people), **_over_seeds(setting.seeds, seeds)}


def wlasl50(setting: Setting) -> Found:
    """Whole web sites left out; the weights start from the network of words, which never saw any of WLASL."""
    recipe = recipes.load(setting.wlasl)
    if recipe.train.init_from:
        _made(setting, setting.wlasl.parent / recipe.train.init_from)
    rows = setting.rows(WLASL, names=[WLASL])
    sites = [[rows[i] for i in part] for part in folds_by_signer(rows, _SITE_FOLDS, seed=0)]
    trials = []
    for number, part in enumerate(sites):
        left_out = sorted({r.signer for r in part})
        kept = [r for r in rows if r.signer not in left_out]
        fewest = min(sorted({r.signer for r in kept}), key=lambda s: sum(r.signer == s for r in kept))
        fold = Fold(f"fold{number}", part, _by(lambda r: r.signer, left_out))
        trials.append(Trial(fold, Validation(signers=[fewest])))
    seeds = []
    for seed in setting.seeds:
        judged = _judged(setting, WLASL, recipe, setting.wlasl, rows, trials, seed)
        whole = measure(pooled(list(judged.values())), recipe.name, "whole web sites left out").metrics
        kept_figures = ("clips", "top1", "top1_interval", "top3", "top5", "macro_f1", "seen")
        per_site = {n: {k: s[k] for k in ("clips", "top1")} for n, s in whole["per_signer"].items()}
        seeds.append({**{k: whole[k] for k in kept_figures}, "sites": per_site})
    return {
        "words": len(recipe.labels.glosses),
        "folds": {f"fold{i}": sorted({r.signer for r in part}) for i, part in enumerate(sites)},
        **_over_seeds(setting.seeds, seeds),
    }


PARTS: dict[str, Callable[[Setting], Found]] = {
    "collections": collections,
    "participants": participants,
    "wlasl50": wlasl50,
}


def say(line: str) -> None:
    """A line on stderr for whoever waits."""
    print(f"deepsign: {line}", file=sys.stderr, flush=True)


def _without(number: int, names: Sequence[str], rows: Sequence[Row], by_name: words.Words, common: list[str]) -> Trial:
    """A fold of collections, asked about the common words alone."""
    asked = [r for r in rows if r.source in names and r.gloss in common]
    learnt_from = [n for n in by_name if n not in names]
    people = {r.signer for r in rows if r.source in names}
    fold = Fold(f"fold{number}", asked, lambda r: r.source in names or r.signer in people)
    return Trial(fold, Validation(sources=[words.most_common(by_name, learnt_from)]))


def _random(rows: Sequence[Row], by_name: words.Words, common: list[str], seed: int) -> Trial:
    """Clips drawn at random, whoever signs them: what a split that doesn't keep people apart would claim."""
    gone = words.drawn_part(rows, _FOLDS, seed)
    asked = [r for r in rows if r.path in gone and r.gloss in common]
    fold = Fold(_RANDOM, asked, lambda r: r.path in gone)
    return Trial(fold, Validation(sources=[words.most_common(by_name, list(by_name))]))


def _judged(
    setting: Setting, part: str, recipe: Recipe, path: Path, rows: list[Row], trials: Sequence[Trial], seed: int
) -> dict[str, Scored]:
    """Fold's name → answers of weights without it; UnfinishedError where only some folds were asked for."""
    found = {}
    chosen = [t for t in trials if not setting.folds or t.fold.name in setting.folds]
    with ClipStore(setting.root, recipe.layout) as store:
        for trial in chosen:
            data = recipe.data.model_copy(update={"validation": trial.validation})
            own = recipe.model_copy(update={"seed": seed, "data": data})
            out = setting.out / part / f"seed{seed}"
            study = Study(own, path, rows, store, out, base=None, train=True)
            found.update(study.judge_all([trial.fold], Manifest(tuple(rows), setting.root)))
            say(f"{part}, seed {seed}, {trial.fold.name}: {_line(found[trial.fold.name])}")
    if len(chosen) < len(trials):
        raise UnfinishedError(f"{part}: {len(chosen)} of {len(trials)} folds were asked for")
    return found


def _line(scored: Scored) -> str:
    """Top-1 among all words of a fold, and of each collection in it, or of each person where it is one collection."""
    right = words.right(scored)
    groups = scored.sources if len(set(scored.sources)) > 1 else scored.signers
    each = metrics.by_group(groups, lambda at: float(right[at].mean()))
    told = ", ".join(f"{name} {value:.1%}" for name, value in each.items())
    return f"{right.mean():.1%} of {len(right)} clips, among all words ({told})"


def _of_words(whole: Scored, common: Sequence[str], by: Literal["sources", "signers"] = "sources") -> Found:
    """Figures over what was left out, collection by collection or person by person."""
    closed = words.among_shared(whole, common)
    groups: list[str] = getattr(closed, by)
    per = words.by_group(closed, whole, groups)
    return {
        "clips": len(whole.truth),
        "people": len(set(whole.signers)),
        **_top1(whole, common),
        **words.macro(per),
        "macro_of_all_words": words.macro(per, "top1_of_all_words")["macro"],
        f"per_{by[:-1]}": per,
    }


def _top1(whole: Scored, common: Sequence[str]) -> Found:
    """Top-1 over clips: among the common words, and among all that the network knows."""
    closed = words.right(words.among_shared(whole, common))
    between = metrics.interval(whole.signers, closed)
    return {
        "top1": round(float(closed.mean()), 4),
        "top1_interval": None if between is None else [round(v, 4) for v in between],
        "top1_of_all_words": round(float(words.right(whole).mean()), 4),
    }


def _over_seeds(seeds: Sequence[int], found: Sequence[Found]) -> Found:
    """The first seed's figures whole, and every seed's means beside them."""
    plain = [{k: v for k, v in one.items() if isinstance(v, float)} for one in found]
    means = {k: round(float(np.mean([one[k] for one in plain])), 4) for k in plain[0]}
    each = {str(seed): one for seed, one in zip(seeds, plain, strict=True)}
    return {**found[0], "seeds": each, "mean_of_seeds": means}


def _made(setting: Setting, folder: Path) -> None:
    """Makes sure that the bundle of words, trained on every collection, is there."""
    if (folder / bundles.MANIFEST).is_file():
        return
    recipe = recipes.load(setting.words)
    rows = setting.words_rows()
    say(f"training {recipe.name} on every collection")
    run = folder.parent
    with ClipStore(setting.root, recipe.layout) as store:
        resume = (run / "checkpoints" / "last.ckpt").is_file()
        learn(recipe, Manifest(tuple(rows), setting.root), store, run, setting.words, resume=resume)


def _by(key: Callable[[Row], str], names: Sequence[str]) -> Callable[[Row], bool]:
    return lambda row: key(row) in names
