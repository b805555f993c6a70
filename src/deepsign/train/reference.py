"""Reference: adds reference.json to a bundle, from the clips that its weights were trained on.

    python -m deepsign.train.reference BUNDLE --data runs/data/ship.csv

BUNDLE is a shipped bundle's name or a folder. The rows are those of the manifest that the bundle's own recipe learns
from. How far off is too far is chosen on signers left out in turn: `limits_of`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign import recipe as recipes
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.feedback import features as feedback
from deepsign.feedback.features import DRAWN, FEATURES
from deepsign.feedback.hint import OPPOSITE, judge, kindly
from deepsign.feedback.reference import FILE, Reference, build
from deepsign.feedback.seen import Floats, see
from deepsign.problems import DeepSignError, InputError
from deepsign.train.held_out import learnable

# Clips of one person's one sign beyond this many are near copies.
_ENOUGH = 60
# Signers are left out one by one, or in this many groups where there are more.
_FOLDS = 12
# What may be asked of a limit, in spreads; under the first one people's habits are blamed, over the last nothing is.
_STEPS = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0)
# The share of a left-out signer's clips that one kind of feature may blame: together they stay under the 4 % that the
# app allows, for a learner is held against one signer more than these are.
_SHARE = 0.01
_KINDS = (*dict.fromkeys(f.kind for f in FEATURES), OPPOSITE)
# Kind → the least limit, and the share: what differs from 4 spreads and _SHARE. Bends are what can be told best.
_LEAST = {"bend": (4.0, 0.02), OPPOSITE: (2.5, 0.03)}


@dataclass(frozen=True)
class Attempts:
    """Clips as features: values (N, F), each one's gloss and signer, its hand (N, 21, 3); and how far each finger is
    bent at least and at most in it (N, 4, 2), None where no body is seen: `feedback.features.bends`."""

    values: Floats
    glosses: NDArray[np.str_]
    signers: NDArray[np.str_]
    hands: Floats
    bends: tuple[Floats | None, ...]

    def where(self, keep: NDArray[np.bool_]) -> Attempts:
        """Those that are kept."""
        bends = tuple(b for b, kept in zip(self.bends, keep, strict=True) if kept)
        return Attempts(self.values[keep], self.glosses[keep], self.signers[keep], self.hands[keep], bends)

    def reference(self, limits: dict[str, float]) -> Reference:
        """How these are usually made."""
        return build(self.values, self.glosses.tolist(), self.signers.tolist(), self.hands, limits)


def rows_of(bundle: Bundle, rows: Sequence[Row]) -> list[tuple[Row, str]]:
    """The rows that the bundle learnt its signs from, each with the bundle's gloss for it."""
    recipe = recipes.check(bundle.manifest.provenance.recipe, str(bundle.path))
    none = bundle.manifest.decision.none_gloss
    named = [(row, recipe.labels.rename.get(row.gloss, row.gloss)) for row in learnable(rows, recipe)]
    kept: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, gloss in named:
        if gloss != none and gloss in bundle.labels.glosses:
            kept[gloss, row.signer].append(row)
    return [(row, gloss) for (gloss, _), all_ in sorted(kept.items()) for row in _some(all_)]


def _some(rows: Sequence[Row]) -> list[Row]:
    at = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _ENOUGH)).astype(int))
    return [rows[i] for i in at]


def attempts(clips: Sequence[tuple[Clip, str, str]], moving: set[str], still: bool) -> Attempts:
    """Clips, each with its gloss and signer, as features; those that show no hand, or none in depth, are left out.

    A learner's camera gives depth, and a finger that bends towards it looks straight without.

    moving  glosses that are movements though the others are held; `still`: whether those others are.
    """
    found = []
    for clip, gloss, signer in clips:
        seen = see(clip)
        if seen is None or not seen.deep:
            continue
        values, frame = feedback.features(seen)
        if still and gloss not in moving:
            values[FEATURES.index(DRAWN)] = np.nan
        hand = seen.hand[int(np.flatnonzero(seen.frames == frame)[0])]
        found.append((values, gloss, signer, hand, feedback.bends(seen)))
    if not found:
        raise InputError("no clip shows a hand in depth: nothing to make a reference of")
    values_, glosses, signers, hands, bends = zip(*found, strict=True)
    return Attempts(np.array(values_), np.array(glosses), np.array(signers), np.array(hands), bends)


def limits_of(known: Attempts) -> dict[str, float]:
    """Kind → the least limit at which few clips of signers left out are blamed; a kind that has none is left out.

    Every signer counts alike, however many clips there are of each.
    """
    people = sorted(set(known.signers.tolist()))
    folds = [people[i::_FOLDS] for i in range(min(_FOLDS, len(people)))]
    if len(folds) < 2:
        return {}
    blamed: dict[tuple[str, float], list[float]] = defaultdict(list)
    for fold in folds:
        gone = np.isin(known.signers, fold)
        reference = known.where(~gone).reference({})
        out = known.where(gone)
        for person in fold:
            _count(blamed, reference, out.where(out.signers == person))
    shown = {f.kind for i, f in enumerate(FEATURES) if not np.isnan(known.values[:, i]).all()}
    chosen = {}
    for kind in (k for k in _KINDS if k in shown or k == OPPOSITE):
        least, share = _LEAST.get(kind, (4.0, _SHARE))
        steps = [step for step in _STEPS if step >= least and (kind, step) in blamed]
        fitting = [step for step in steps if np.mean(blamed[kind, step]) <= share]
        if fitting:
            chosen[kind] = fitting[0]
    return chosen


def _count(blamed: dict[tuple[str, float], list[float]], reference: Reference, out: Attempts) -> None:
    each = zip(out.glosses, out.values, out.bends, strict=True)
    judged = [(s, kindly(s, v, b)) for s, v, b in ((reference.signs.get(g), v, b) for g, v, b in each) if s]
    if not judged:
        return
    for kind in _KINDS:
        for step in _STEPS:
            hits = [judge(sign, values, {kind: step}) is not None for sign, values in judged]
            blamed[kind, step].append(float(np.mean(hits)))


def add(bundle: Bundle, rows: Sequence[Row], store: ClipStore) -> tuple[Bundle, Reference]:
    """The bundle with a reference made from these rows, in its place."""
    mine = rows_of(bundle, rows)
    if not mine:
        raise InputError(f"{bundle.name}: the manifest has no row that it learnt from; give the one it was trained on")
    moving = {label.gloss for label in bundle.labels if label.needs_motion}
    clips = [(store.clip(row), gloss, row.signer) for row, gloss in mine]
    known = attempts(clips, moving, still=bundle.manifest.task == "handshape")
    reference = known.reference(limits_of(known))
    content = (reference.model_dump_json() + "\n").encode()
    return bundles.write(bundle.path, bundle.manifest, {**bundle.contents, FILE: content}), reference


def main() -> int:
    """`python -m deepsign.train.reference`."""
    parser = argparse.ArgumentParser(prog="python -m deepsign.train.reference", description=str(__doc__).split("\n")[0])
    parser.add_argument("bundle", help="a shipped bundle's name, or a folder")
    parser.add_argument("--data", type=Path, required=True, help="the manifest that it was trained on")
    parser.add_argument("--root", type=Path, help="where the manifest's paths start; as it says itself by default")
    given = parser.parse_args()
    try:
        bundle = bundles.find(given.bundle)
        data = manifests.read(given.data, given.root)
        with ClipStore(data.root, bundle.manifest.input.layout) as store:
            made, reference = add(bundle, data.rows, store)
    except DeepSignError as error:
        print(f"deepsign: {error}", file=sys.stderr)
        return 1
    limits = ", ".join(f"{kind} {limit:g}" for kind, limit in reference.limits.items())
    print(f"{made.path / FILE}: {len(reference.signs)} signs; limits: {limits}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
