"""How often feedback blames what is right, and names what is off, on people its references never saw.

    python benchmarks/feedback.py --root ../shared/data

Correct attempts: study collections, without the rows that a collection's own letters doubt (`suspect`); and the people
of ship-class data, each held against a reference made without them. Errors are planted in those attempts: a finger's
joints are turned about its knuckle's axis in depth, the hand is turned, moved, or its movement shrunk. Writes
docs/results/feedback.json.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign.clip import Clip
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.data.tables import open_table
from deepsign.feedback import Hint, Reference, judge, kindly, reference_of
from deepsign.feedback.features import LONG, NAMES, STRAIGHT, bends, features
from deepsign.feedback.hint import BENT
from deepsign.feedback.seen import INDEX, LITTLE, WRIST, Seen, see
from deepsign.landmarks import HAND_POINTS
from deepsign.recognizer import Recognizer
from deepsign.train.reference import attempts, rows_of

COLLECTIONS = Path("recipes/collections.yaml")
MANY = "hands/letters_many_signers.npz"
# Bends of a finger's three joints, rad: in a fist, half-way, and as a straight finger has them.
FIST, HALF, FLAT = (np.radians(angles) for angles in ((60, 95, 50), (30, 60, 30), (8, 6, 4)))
# A hand moved by this many shoulder widths is at another place: from the chin to the chest.
MOVED = 1.0
# A movement shrunk to this share is hardly one.
SHRUNK = 0.1
FOLDS = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Attempt:
    """A correct attempt: its collection, its signer, its sign, and what is judged of it."""

    source: str
    signer: str
    gloss: str
    clip: Clip
    seen: Seen


def finger_set(seen: Seen, finger: str, angles: Floats) -> Seen:
    """The hand with this finger's joints at these angles (rad), towards the palm; bones keep their lengths."""
    hand = seen.hand.copy()
    chain = [HAND_POINTS.index(f"{finger}_{joint}") for joint in ("mcp", "pip", "dip", "tip")]
    for points in hand:
        across = unit(points[INDEX] - points[LITTLE]) * palmwards(points)
        way = unit(points[chain[0]] - points[WRIST])
        axis = unit(across - way * (across @ way))
        lengths = [np.linalg.norm(points[b] - points[a]) for a, b in pairwise(chain)]
        at = points[chain[0]].copy()
        for joint, angle, length in zip(chain[1:], angles, lengths, strict=True):
            way = way * np.cos(angle) + np.cross(axis, way) * np.sin(angle)
            at = at + way * length
            points[joint] = at
    return replace(seen, hand=hand)


def palmwards(points: Floats) -> float:
    """1 where bending turns positively about the knuckles' axis, else −1."""
    across = unit(points[INDEX] - points[LITTLE])
    turned = 0.0
    for finger in LONG:
        chain = [WRIST, *(HAND_POINTS.index(f"{finger}_{joint}") for joint in ("mcp", "pip", "dip", "tip"))]
        bones = np.diff(points[chain], axis=0)
        turned += sum(np.arctan2(np.cross(a, b) @ across, a @ b) for a, b in pairwise(bones))
    return 1.0 if turned >= 0 else -1.0


def from_behind(seen: Seen) -> Seen:
    """The hand turned half round its upright axis; `see` would stand it as a right hand again, in a mirror."""
    return replace(seen, hand=seen.hand * [1.0, 1.0, -1.0])


def aside(seen: Seen) -> Seen:
    """The hand turned by a quarter in the picture."""
    x, y, z = np.moveaxis(seen.hand, -1, 0)
    return replace(seen, hand=np.stack([-y, x, z], axis=-1))


def moved(seen: Seen) -> Seen:
    """The signing hand lower by MOVED, the body where it was."""
    assert seen.body is not None
    return replace(seen, body=replace(seen.body, palm=seen.body.palm + np.array([0.0, MOVED])))


def shrunk(seen: Seen) -> Seen:
    """The way of the signing hand shrunk to SHRUNK of it, about its middle."""
    assert seen.body is not None
    middle = np.median(seen.body.palm, axis=0)
    return replace(seen, body=replace(seen.body, palm=middle + SHRUNK * (seen.body.palm - middle)))


def unit(way: Floats) -> Floats:
    """This direction at length 1."""
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-9))


def errors(attempt: Attempt, reference: Reference) -> Iterator[tuple[str, Seen, Callable[[Hint], bool]]]:
    """What can be planted in this attempt: kind, the changed attempt, and whether a hint names it."""
    sign = reference.signs[attempt.gloss]
    for finger in LONG:
        middle = sign.median[NAMES.index(f"bend_{finger}")]
        if middle is None or STRAIGHT <= middle <= BENT:
            continue
        kinds = [("bend", FIST), ("half_bend", HALF)] if middle < STRAIGHT else [("straighten", FLAT)]
        for kind, angles in kinds:
            yield kind, finger_set(attempt.seen, finger, angles), lambda h, f=finger: h.finger == f
    facing, point = (sign.median[NAMES.index(name)] for name in ("facing", "point"))
    if facing is not None and abs(facing) > 0.8 and "facing" in reference.limits:
        yield "palm_from_behind", from_behind(attempt.seen), lambda h: h.change in ("palm_out", "palm_in")
    if point is not None:
        yield "hand_aside", aside(attempt.seen), lambda h: h.part == "orientation"
    if attempt.seen.body is not None:
        yield "place", moved(attempt.seen), lambda h: h.part == "place"
        size = sign.median[NAMES.index("size")]
        if size is not None and size > 0.5:
            yield "movement", shrunk(attempt.seen), lambda h: h.part == "movement"


def measure(found: list[Attempt], reference: Callable[[Attempt], Reference], recognizer: Recognizer) -> dict[str, Any]:
    """Blame of what is right, by part; and what is named of what was planted, as shares."""
    blamed: Counter[str] = Counter()
    unsure: Counter[str] = Counter()
    by_source: dict[str, list[bool]] = defaultdict(list)
    by_gloss: dict[str, list[bool]] = defaultdict(list)
    planted: dict[str, Counter[str]] = defaultdict(Counter)
    for attempt in found:
        known = reference(attempt)
        hint = said(attempt.seen, attempt.gloss, known)
        part = hint.part if hint else "nothing"
        blamed[part] += 1
        by_source[attempt.source].append(part == "fingers")
        by_gloss[attempt.gloss].append(part == "fingers")
        if hint and recognizer.verdict(attempt.clip, attempt.gloss).outcome != "accepted":
            unsure[part] += 1
        for kind, changed, names in errors(attempt, known):
            told = said(changed, attempt.gloss, known)
            planted[kind]["right" if told and names(told) else "other" if told else "nothing"] += 1
    total = len(found)
    return {
        "attempts": total,
        "collections": len(by_source),
        "blamed": {part: share(n, total) for part, n in sorted(blamed.items()) if part != "nothing"},
        "blamed_and_not_accepted": {part: share(n, total) for part, n in sorted(unsure.items())},
        "fingers_by_collection": {s: round(float(np.mean(v)), 4) for s, v in sorted(by_source.items())},
        "fingers_by_sign": {g: round(float(np.mean(v)), 4) for g, v in sorted(by_gloss.items())},
        "planted": {
            kind: {"planted": n.total(), **{k: share(n[k], n.total()) for k in ("right", "other", "nothing")}}
            for kind, n in planted.items()
        },
    }


def said(seen: Seen, gloss: str, reference: Reference) -> Hint | None:
    """The hint for what is judged of an attempt."""
    values, frame = features(seen)
    if reference.signs[gloss].median[NAMES.index("drawn")] is None:
        values[NAMES.index("drawn")] = np.nan
    sign = reference.signs[gloss]
    return judge(sign, kindly(sign, values, bends(seen)), reference.limits, frame)


def share(count: int, total: int) -> float:
    """Of 1, to four digits."""
    return round(count / max(total, 1), 4)


def rows_at(root: Path, **which: Any) -> list[Row]:
    """Rows of the listed collections."""
    with TemporaryDirectory() as folder:
        return list(import_collections(COLLECTIONS, root, Path(folder) / "rows.csv", **which).rows)


def study(root: Path, bundle: bundles.Bundle, each: int, doubted: set[str], **which: Any) -> list[Attempt]:
    """Attempts of collections that may not stand behind shipped weights, at most `each` of a collection."""
    labels = bundle.manifest.provenance.recipe["labels"]
    rename: dict[str, str] = labels["rename"] if isinstance(labels, dict) else {}
    chosen: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for row in rows_at(root, **which):
        gloss = next((g for g in (rename.get(row.gloss, row.gloss), row.gloss.upper()) if known(bundle, g)), None)
        if gloss is not None and row.path not in doubted:
            chosen[row.source].append((row, gloss))
    rng = np.random.default_rng(0)
    picked = [(rows[i]) for _, rows in sorted(chosen.items()) for i in sorted(rng.permutation(len(rows))[:each])]
    return opened(root, bundle, picked)


def known(bundle: bundles.Bundle, gloss: str) -> bool:
    """Whether it is a sign of the bundle that these collections, stills of letters, can show."""
    still = bundle.manifest.task == "handshape"
    labels = {x.gloss for x in bundle.labels if not (still and x.needs_motion)} - {bundle.manifest.decision.none_gloss}
    return gloss in labels


def opened(root: Path, bundle: bundles.Bundle, rows: list[tuple[Row, str]]) -> list[Attempt]:
    """The rows in which a hand is seen in depth."""
    found = []
    with ClipStore(root, bundle.manifest.input.layout) as store:
        for row, gloss in rows:
            clip = store.clip(row)
            seen = see(clip)
            if seen is not None and seen.deep:
                found.append(Attempt(row.source, row.signer, gloss, clip, seen))
    return found


def left_out(root: Path, bundle: bundles.Bundle, each: int, sources: tuple[str, ...]) -> dict[str, Any]:
    """Ship-class people of these collections, each judged by a reference made without them, at the shipped limits."""
    reference = reference_of(bundle)
    assert reference is not None
    rows = rows_of(bundle, rows_at(root, kind="ship"))
    moving = {x.gloss for x in bundle.labels if x.needs_motion}
    with ClipStore(root, bundle.manifest.input.layout) as store:
        all_ = attempts([(store.clip(r), g, r.signer) for r, g in rows], moving, still=True)
    people = sorted({r.signer for r, _ in rows if r.source in sources})
    groups = [[p] for p in people] if len(people) <= FOLDS * 2 else [people[i::FOLDS] for i in range(FOLDS)]
    without: dict[str, Reference] = {}
    for group in groups:
        made = all_.where(~np.isin(all_.signers, group)).reference(reference.limits)
        without |= dict.fromkeys(group, made)
    rng = np.random.default_rng(0)
    mine = [(r, g) for r, g in rows if r.source in sources and g not in moving]
    picked = [mine[i] for i in sorted(rng.permutation(len(mine))[:each])]
    found = [a for a in opened(root, bundle, picked) if a.gloss in without[a.signer].signs]
    return measure(found, lambda a: without[a.signer], Recognizer(bundle))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--each", type=int, default=100, help="attempts of a collection, at most")
    parser.add_argument("--only", nargs="*", help="these parts; the others stay as they were")
    parser.add_argument("--out", type=Path, default=Path("docs/results/feedback.json"))
    given = parser.parse_args()
    suspect = open_table(given.root / MANY).suspect
    doubted = set() if suspect is None else {f"{MANY}#{i}" for i in np.flatnonzero(suspect)}
    letters, digits, signs = (bundles.find(name) for name in ("letters", "digits", "signs"))

    def unseen(bundle: bundles.Bundle, each: int, **which: Any) -> dict[str, Any]:
        reference = reference_of(bundle)
        assert reference is not None
        return measure(study(given.root, bundle, each, doubted, **which), lambda _: reference, Recognizer(bundle))

    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "letters": lambda: unseen(letters, given.each, task="letters", kind="study"),
        "letters_left_out": lambda: left_out(
            given.root,
            letters,
            8 * given.each,
            ("borisgraudt", "nejohnson2", "many_signers_mit", "roboflow_letters", "traduttore_letters"),
        ),
        "digits": lambda: unseen(digits, 4 * given.each, task="digits", kind="study"),
        "digits_left_out": lambda: left_out(given.root, digits, 8 * given.each, ("digits",)),
        "signs": lambda: unseen(signs, given.each, task="words", kind="study"),
    }
    results = json.loads(given.out.read_text("utf-8")) if given.only and given.out.is_file() else {}
    results["limits"] = {b.name: found.limits for b in (letters, digits, signs) if (found := reference_of(b))}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        if given.only and name not in given.only:
            continue
        results[name] = part()
        shown = {k: v for k, v in results[name].items() if not k.startswith("fingers_by")}
        print(name, json.dumps(shown, indent=1), flush=True)
        given.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
