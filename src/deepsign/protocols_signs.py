"""Protocol of signs: the agreed measurements of signs that move, on people and collections that weights never saw.

    python -m deepsign.protocols_signs --root ../shared/data --part shipped --part few_shot

Each part can be run by itself and is merged into RESULTS/signs.json, from which the README's table is made. `shipped`
and `few_shot` judge a bundle; `collections`, `participants` and `wlasl50` train (`deepsign.protocols_words`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.evaluate import classifier, lessons, words
from deepsign.evaluate import run as evaluation
from deepsign.evaluate.altered import Altered, Change, held_still, in_a_mirror, low_frame, thinned
from deepsign.evaluate.open_set import rejection, verification
from deepsign.evaluate.report import Scored, measure, pooled
from deepsign.evaluate.summary import summary
from deepsign.export.int8 import quantized
from deepsign.problems import DeepSignError, InputError
from deepsign.protocols_words import PARTS, WLASL, Found, Setting, UnfinishedError, say
from deepsign.recognizer import Recognizer, seen

_UNSEEN = "collections that the weights never saw"
_RATE = 0.05
_ALTERED: dict[str, Change] = {"every_2nd_frame": thinned(2), "every_3rd_frame": thinned(3), "mirrored": in_a_mirror}


@dataclass(frozen=True)
class Ground:
    """A bundle, and the clips of collections of task `words` that it never learnt from."""

    setting: Setting
    bundle: Bundle
    store: ClipStore

    @cached_property
    def recognizer(self) -> Recognizer:
        """Every answer comes from here."""
        return Recognizer(self.bundle)

    @property
    def none(self) -> str:
        """The label that stands for all that is no sign."""
        found = self.bundle.manifest.decision.none_gloss
        if found is None:
            raise InputError(f"{self.bundle.path}: has no label for what is no sign; train it with labels.none")
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """Rows of study class, glosses as in the bundle where it knows them, else as all collections spell them."""
        rename = recipes.load(self.setting.words).labels.rename
        known = {rename.get(label.gloss, label.gloss): label.gloss for label in self.bundle.labels}
        learnt = {credit.name for credit in self.bundle.manifest.provenance.data}
        rows = [r for r in self.setting.words_rows(kind="study") if r.source not in learnt]
        if not rows:
            raise InputError(f"{self.bundle.path}: has learnt from every collection of task words: none is left to ask")
        return [replace(r, gloss=known.get(r.gloss, r.gloss)) for r in rows]

    def signs(self) -> list[Row]:
        """Clips of signs that the bundle knows."""
        return [r for r in self.rows if r.gloss in self.bundle.labels and r.gloss != self.none]

    def unknown(self) -> list[Row]:
        """Clips of signs that it doesn't know."""
        return [r for r in self.rows if r.gloss not in self.bundle.labels]

    def idle(self) -> list[Row]:
        """Clips of people who don't sign."""
        return [r for r in self.rows if r.gloss == self.none]

    def ask(self, rows: Sequence[Row], change: Change | None = None) -> Scored:
        """The recognizer's answers. A clip in which no hand is seen has none: a wrong one for a sign."""
        return evaluation.score(self.recognizer, rows, Altered(self.store, change) if change else self.store)

    def ask_strangers(self, rows: Sequence[Row]) -> Scored:
        """As `ask`, for clips that are none of the bundle's signs."""
        return self.ask([replace(r, gloss=self.none) for r in rows])


def shipped(ground: Ground) -> Found:
    """Accuracy, calibration, rejection, verification, robustness and speed on collections that were never seen."""
    signs = ground.ask(ground.signs())
    unknown = ground.ask_strangers(ground.unknown())
    idle = ground.ask_strangers(ground.idle())
    held = _held(ground)
    say(f"shipped: {len(signs.truth)} clips of signs it knows, {len(unknown.truth)} of others, {len(idle.truth)} idle")
    found = measure(signs, ground.bundle.name, _UNSEEN).metrics
    kept = ("clips", "signers", "seen", "top1", "top1_interval", "top3", "top5", "macro_f1", "refused", "ece")
    per = _by_collection(signs)
    accept = ground.bundle.manifest.decision.per_sign_accept
    strangers = {"idle": idle, "held_still": held, "idle_and_held_still": pooled([idle, held]), "unknown": unknown}
    return {
        "bundle": _named(ground.bundle),
        **{k: found[k] for k in kept},
        "right_and_known": found["right_and_known"],
        "collections": {**words.macro(per), "per_collection": per},
        "per_sign": found["per_gloss"],
        "unknown_signs": dict(sorted(Counter(r.gloss for r in ground.unknown()).items())),
        "rejection": {n: rejection(signs, s) for n, s in strangers.items() if len(s.truth)},
        "verification": verification(pooled([signs, unknown]), accept, _RATE),
        "robustness": _robustness(ground, signs, per),
        "speed": {
            **classifier.measured(ground.bundle, _with_hand(ground)),
            "int8_bytes": len(quantized(ground.bundle.model_path.read_bytes())),
        },
    }


def publish(setting: Setting, bundle: str) -> None:
    """Writes what the bundle reaches on unseen collections into its own metrics and card."""
    opened = bundles.find(bundle)
    with ClipStore(setting.root, opened.manifest.input.layout) as store:
        ground = Ground(setting, opened, store)
        evaluation.publish(opened, measure(ground.ask(ground.signs()), opened.name, _UNSEEN))


def few_shot(ground: Ground) -> Found:
    """Signs taught by a few clips: signs, and people, that the embedding's training never saw."""
    unknown = ground.unknown()
    wlasl = [r for r in ground.setting.rows(WLASL, names=[WLASL]) if r.gloss not in ground.bundle.labels]
    grounds = {
        "webcams": lessons.embedded(ground.recognizer, unknown, ground.store),
        WLASL: lessons.embedded(ground.recognizer, wlasl, ground.store),
    }
    return {
        "bundle": _named(ground.bundle),
        **{name: lessons.episodes(clips, say) for name, clips in grounds.items()},
        "teaching": lessons.taught_in(ground.bundle, unknown, ground.store),
    }


JUDGED: dict[str, Callable[[Ground], Found]] = {"shipped": shipped, "few_shot": few_shot}


def run(setting: Setting, parts: Sequence[str], bundle: str, results: Path) -> Path:
    """Runs these parts one after the other, each written as soon as it is there; gives the results file."""
    path = results / "signs.json"
    for part in parts:
        say(f"{part}: begins")
        try:
            found = PARTS[part](setting) if part in PARTS else _judged(setting, part, bundle)
        except UnfinishedError as why:
            say(f"{why}; run it without --folds to judge and write them all")
            continue
        merge(path, part, found)
        say(f"{part}: written to {path}")
    return path


def merge(path: Path, part: str, found: Found) -> None:
    """Puts one part's figures into the results file; the other parts stay."""
    before: Found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    order = [*JUDGED, *PARTS]
    whole = {**before, part: found}
    text = json.dumps({k: whole[k] for k in sorted(whole, key=order.index)}, indent=1, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _judged(setting: Setting, part: str, bundle: str) -> Found:
    opened = bundles.find(bundle)
    with ClipStore(setting.root, opened.manifest.input.layout) as store:
        return JUDGED[part](Ground(setting, opened, store))


def _by_collection(signs: Scored) -> dict[str, dict[str, Any]]:
    sources = np.asarray(signs.sources)
    return {str(name): summary(signs.take(sources == name)) for name in np.unique(sources)}


def _held(ground: Ground) -> Scored:
    """One frame with low hands, held still, of each clip of a sign that has such a frame."""
    asked = [*ground.signs(), *ground.unknown()]
    frames = {r.path: at for r in asked if (at := low_frame(ground.store.clip(r))) is not None}
    rows = [r for r in ground.rows if r.path in frames]
    store = _Held(ground.store, frames)
    return evaluation.score(ground.recognizer, [replace(r, gloss=ground.none) for r in rows], store)


@dataclass(frozen=True)
class _Held:
    """A store whose every clip is one frame of it, held."""

    store: ClipStore
    frames: dict[str, int]

    def clip(self, row: Row) -> Clip:
        """The row's frame, held still."""
        return held_still(self.store.clip(row), self.frames[row.path])


def _with_hand(ground: Ground) -> Clip:
    """The first clip of a sign in which a hand is seen: the network isn't asked about any other."""
    clips = (ground.store.clip(row) for row in ground.signs())
    return next(clip for clip in clips if seen(clip))


def _robustness(ground: Ground, signs: Scored, per: dict[str, dict[str, Any]]) -> Found:
    """Top-1 and its mean over collections for clips that are changed, and how much was lost."""
    macro, top1 = words.macro(per)["macro"], float(words.right(signs).mean())
    assert isinstance(macro, float)
    found: Found = {}
    for name, change in _ALTERED.items():
        changed = ground.ask(ground.signs(), change)
        now, over = float(words.right(changed).mean()), words.macro(_by_collection(changed))
        assert isinstance(over["macro"], float)
        found[name] = {
            "clips": len(changed.truth),
            "top1": round(now, 4),
            "lost": round(top1 - now, 4),
            **over,
            "macro_lost": round(macro - over["macro"], 4),
        }
        say(f"shipped, {name}: {now:.1%}, {top1 - now:+.2%} lost")
    return found


def _named(bundle: Bundle) -> Found:
    """Which weights these figures are about."""
    return {
        "name": bundle.name,
        "model_sha256": hashlib.sha256(bundle.model_path.read_bytes()).hexdigest(),
        "commit": bundle.manifest.provenance.commit,
        "labels": len(bundle.labels),
    }


def main() -> int:
    """`python -m deepsign.protocols_signs`."""
    parser = argparse.ArgumentParser(
        prog="python -m deepsign.protocols_signs", description=str(__doc__).splitlines()[0]
    )
    parts = [*JUDGED, *PARTS]
    parser.add_argument("--part", action="append", choices=parts, help="may be given more than once; all by default")
    parser.add_argument("--bundle", default="signs", help="the bundle that is judged, by name or folder")
    parser.add_argument("--root", type=Path, default=Path("../shared/data"), help="where the collections lie")
    parser.add_argument("--collections", type=Path, default=Path("recipes/collections.yaml"))
    parser.add_argument("--words", type=Path, default=Path("recipes/words.yaml"), help="the recipe of all words")
    parser.add_argument("--wlasl", type=Path, default=Path("recipes/wlasl50.yaml"))
    parser.add_argument("--out", type=Path, default=Path("runs/protocol-signs"), help="where runs are kept")
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="each is a training of every fold")
    parser.add_argument("--folds", nargs="+", default=[], help="train only these (fold0 fold1 … random), write nothing")
    parser.add_argument("--publish", action="store_true", help="write the figures into the judged bundle's card")
    given = parser.parse_args()
    setting = Setting(
        given.root, given.collections, given.out, given.words, given.wlasl, tuple(given.seeds), tuple(given.folds)
    )
    try:
        run(setting, given.part or parts, given.bundle, given.results)
        if given.publish:
            publish(setting, given.bundle)
    except DeepSignError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
