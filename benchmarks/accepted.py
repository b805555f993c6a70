"""How often the page says yes to right attempts and to wrong ones, into docs/results/app.json and docs/app.md.

    python benchmarks/accepted.py --root ../shared/data --folds runs/protocol-digits/folds

Attempts of people whom no shipped weights have seen (study collections; digits also by weights of folds that left the
people out: `python -m deepsign.protocols digits` makes them). Judged as Practise judges: deepsign.verify's rule, each
bundle's own thresholds, the setting's strictness; the page's twin gives the same verdicts (tests/golden/verify.json).
Asked is what the page's plan.ts asks by the bundle alone: signs with a bar, no movement among handshapes, not shown by
one person only. What unseen people's figures tell it besides (signs told in fewer than 3 of 5 clips) is not applied.

accepted  right attempts that are accepted at the first take.
in_three  … within three takes of the same person's, drawn at random: these takes are alike, a learner's get better.
wrong     an attempt at something else, accepted for a sign that was asked for: any asked sign, each as often.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from app import RESULT, document
from feedback import MANY, rows_at
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.data.splits import folds
from deepsign.data.store import ClipStore
from deepsign.data.tables import open_table
from deepsign.evaluate.metrics import interval
from deepsign.feedback import reference_of
from deepsign.landmarks import HANDS_POSE
from deepsign.recognizer import Recognizer
from deepsign.verify import ODDS, Rule, Strictness, verdict

TASKS = {"letters": "letters", "digits": "digits", "signs": "words"}
# A slow device follows the body in every so many pictures, and takes so many a second (web/src/engine/pace.ts).
BODY_EVERY, SLOW = 3, 8.0
TAKES = 3

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """What a bundle makes of N attempts: probabilities (N, C), zeros where no hand was seen; what each one is, '' where
    it is none of the bundle's signs; and whose it is."""

    probabilities: Probabilities
    glosses: NDArray[np.str_]
    signers: list[str]
    rule: Rule


def asked_of(bundle: Bundle) -> list[str]:
    """The signs that Practise asks, by what the bundle says."""
    reference = reference_of(bundle)
    shown_by = {gloss: sign.signers for gloss, sign in reference.signs.items()} if reference else {}
    bars = bundle.manifest.decision.per_sign_accept
    return [x.gloss for x in bundle.labels if x.gloss in bars and not x.needs_motion and shown_by.get(x.gloss) != 1]


def judged(bundle: Bundle, rows: list[tuple[Row, str]], root: Path, seen: Callable[[Clip], Clip]) -> Judged:
    """The bundle's probabilities for these rows, each as `seen` shows it."""
    recognizer = Recognizer(bundle)
    found = []
    with ClipStore(root, bundle.manifest.input.layout) as store:
        for row, _ in rows:
            clip = seen(store.clip(row))
            nothing = np.zeros(len(bundle.labels))
            there = recognizer.sees(clip)
            found.append(recognizer.probabilities(recognizer.logits([clip])[0])[0] if there else nothing)
    decision = bundle.manifest.decision
    rule = Rule(bundle.labels.glosses, decision.per_sign_accept, decision.reject_below, decision.none_gloss)
    return Judged(np.array(found), np.array([g for _, g in rows]), [row.signer for row, _ in rows], rule)


def figures(parts: list[Judged], asked: list[str], strictness: Strictness) -> dict[str, Any]:
    """What is accepted of right and of wrong attempts, with the interval over people, and sign by sign."""
    yes = np.concatenate([_accepted(part, asked, strictness) for part in parts])
    glosses = np.concatenate([part.glosses for part in parts])
    signers = [s for part in parts for s in part.signers]
    own = glosses[:, None] == np.array(asked)[None]
    right, mine = yes[own], np.flatnonzero(own.any(axis=1))
    wrong = np.where(own, 0.0, yes).sum(axis=1) / np.maximum((~own).sum(axis=1), 1)
    return {
        "attempts": len(mine),
        "people": len({signers[i] for i in mine}),
        **_share("accepted", [signers[i] for i in mine], right),
        "in_three": round(_within(right, [(signers[i], str(glosses[i])) for i in mine]), 4),
        **_share("wrong", signers, wrong),
        "signs": {g: _sign(yes[:, k], glosses, g) for k, g in enumerate(asked)},
    }


def _accepted(part: Judged, asked: list[str], strictness: Strictness) -> NDArray[np.bool_]:
    """(N, asked): whether each attempt would be accepted for each sign."""
    known = [(p, p.any()) for p in part.probabilities]
    each = [
        [seen and verdict(p.tolist(), gloss, part.rule, strictness).outcome == "accepted" for gloss in asked]
        for p, seen in known
    ]
    return np.array(each, dtype=bool)


def _share(name: str, signers: list[str], values: NDArray[Any]) -> dict[str, Any]:
    between = interval(signers, values)
    return {
        name: round(float(values.mean()), 4),
        f"{name}_interval": between and [round(v, 4) for v in between],
    }


def _within(right: NDArray[np.bool_], takes: list[tuple[str, str]]) -> float:
    """The chance that of TAKES attempts of the same person at the same sign one is accepted; each attempt weighs 1."""
    groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for key, good in zip(takes, right, strict=True):
        groups[key].append(bool(good))
    total = 0.0
    for found in groups.values():
        n, missed, draws = len(found), len(found) - sum(found), min(TAKES, len(found))
        total += n * (1 - comb(missed, draws) / comb(n, draws))
    return total / max(len(right), 1)


def _sign(yes: NDArray[np.bool_], glosses: NDArray[np.str_], gloss: str) -> dict[str, Any]:
    """Of one asked sign: its attempts, how many are accepted, and what else passes for it most often."""
    own = glosses == gloss
    others = {g: round(float(yes[glosses == g].mean()), 4) for g in sorted(set(glosses[~own].tolist())) if g}
    worst = max(others, key=lambda g: others[g], default=None)
    return {
        "attempts": int(own.sum()),
        "accepted": round(float(yes[own].mean()), 4) if own.any() else None,
        "passes_most": worst,
        "passes": others.get(worst) if worst else None,
    }


def chosen(bundle: Bundle, rows: list[Row], each: int, doubted: set[str]) -> list[tuple[Row, str]]:
    """At most `each` rows of a collection with the bundle's gloss for it, '' for what is none of its signs.

    Stills of signs that move are left out, and letters that other collections can't read (`suspect`).
    """
    labels = bundle.manifest.provenance.recipe["labels"]
    rename: dict[str, str] = labels["rename"] if isinstance(labels, dict) else {}
    still = bundle.manifest.task == "handshape"
    moving = {x.gloss for x in bundle.labels if still and x.needs_motion}
    signs = {x.gloss for x in bundle.labels} - {bundle.manifest.decision.none_gloss}
    by_source: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for row in rows:
        gloss = next((g for g in (rename.get(row.gloss, row.gloss), row.gloss.upper()) if g in signs), "")
        if gloss not in moving and row.path not in doubted:
            by_source[row.source].append((row, gloss))
    rng = np.random.default_rng(0)
    return [found[i] for _, found in sorted(by_source.items()) for i in sorted(rng.permutation(len(found))[:each])]


def as_it_is(clip: Clip) -> Clip:
    """The clip."""
    return clip


def sparing(clip: Clip) -> Clip:
    """What a slow device sees: SLOW pictures a second, the body in every BODY_EVERYth; in between it stands still."""
    thin = slow(clip)
    assert thin.landmarks is not None
    points = thin.landmarks.copy()
    body = HANDS_POSE.part("pose")
    points[:, body] = points[np.arange(len(points)) // BODY_EVERY * BODY_EVERY][:, body]
    return thin.with_landmarks(points, str(thin.layout))


def slow(clip: Clip) -> Clip:
    """SLOW pictures a second of the clip."""
    assert clip.landmarks is not None
    kept = [0]
    for i, at in enumerate(clip.times):
        if at - clip.times[kept[-1]] >= 1 / SLOW - 1e-6:
            kept.append(i)
    return replace(clip, landmarks=clip.landmarks[kept], times=clip.times[kept])


def of_folds(root: Path, where: Path, bundle: Bundle) -> list[Judged]:
    """The digits' people, each judged by the fold's weights that never saw them."""
    own = [row for row in rows_at(root, task="digits") if row.source == "digits"]
    found = []
    for number, part in enumerate(folds(own, 5, seed=0)):
        fold = Bundle.open(where / f"fold{number}" / "bundle")
        rows = chosen(bundle, [own[i] for i in part], len(own), set())
        found.append(judged(fold, rows, root, as_it_is))
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--each", type=int, default=200, help="attempts of a collection, at most")
    parser.add_argument("--folds", type=Path, help="runs of the digits' protocol; without them, study people alone")
    given = parser.parse_args()
    suspect = open_table(given.root / MANY).suspect
    doubted = set() if suspect is None else {f"{MANY}#{i}" for i in np.flatnonzero(suspect)}
    found: dict[str, Any] = {}
    for name, task in TASKS.items():
        bundle = bundles.find(name)
        asked = asked_of(bundle)
        rows = chosen(bundle, rows_at(given.root, task=task, kind="study"), given.each, doubted)
        parts = [judged(bundle, rows, given.root, as_it_is)]
        if name == "digits" and given.folds:
            parts += of_folds(given.root, given.folds, bundle)
        levels: dict[Strictness, Any] = {level: figures(parts, asked, level) for level in ODDS}
        found[name] = {**levels["normal"], "asked": len(asked)}
        found[name]["strictness"] = {k: {w: v[w] for w in ("accepted", "wrong")} for k, v in levels.items()}
        if name == "signs":
            for case, seen in (("eight_a_second", slow), ("body_in_every_third", sparing)):
                less = figures([judged(bundle, rows, given.root, seen)], asked, "normal")
                found[name][case] = {k: less[k] for k in ("accepted", "wrong")}
        print(name, json.dumps({k: v for k, v in found[name].items() if k != "signs"}), flush=True)
    measured = json.loads(RESULT.read_text("utf-8")) | {"accepted": found}
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    document(measured)


if __name__ == "__main__":
    main()
