"""Make: a bundle's tutorials from collections that may be shown, by a plan (recipes/tutorials.yaml)."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deepsign import tutorials
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.collections import import_collections, listed
from deepsign.data.manifest import Row
from deepsign.data.store import ClipStore
from deepsign.labels import Label
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer
from deepsign.refusal import read_yaml
from deepsign.tutorials import Credit, LeftOut, Tutorial, Tutorials
from deepsign.tutoring.choose import Candidate, candidates
from deepsign.tutoring.hands import hand_diagram
from deepsign.tutoring.smooth import Diagram, diagram

PLAN = Path("recipes/tutorials.yaml")
# What is said of a sign that no clip shows surely enough; plans give better reasons.
NO_CLIP = "no clip that may be shown is whole, and is recognised surely enough"


class Plan(BaseModel):
    """How one bundle's tutorials are made; the keys are explained in recipes/tutorials.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    draw: Literal["body", "hand"]
    collections: list[str] = Field(min_length=1)
    spare: list[str]
    flip: list[str]
    aspect: dict[str, float]
    tempo: float = Field(gt=0)
    pick: dict[str, str]
    left_out: dict[str, str]
    links: dict[str, str]


@dataclass(frozen=True)
class Made:
    """Tutorials, and for each gloss how many clips there were and how many could have taught it."""

    tutorials: Tutorials
    counts: dict[str, tuple[int, int]]


def plan_of(path: Path, bundle: str) -> Plan:
    """The bundle's plan in this file; InputError names the file and the key that is off."""
    raw = read_yaml(path)
    if not isinstance(raw, dict) or bundle not in raw:
        raise InputError(f"{path}: has no plan for {bundle}; add one, or name another file with --plan")
    try:
        return Plan.model_validate(raw[bundle])
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: {bundle}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def make(
    recognizer: Recognizer,
    plan: Plan,
    root: Path,
    listing: Path,
    on_done: Callable[[str], None] = lambda _: None,
) -> Made:
    """A tutorial for each sign of the bundle that the plan's collections show well enough.

    root     the folder that holds the collections; listing says what they are. Raises InputError for a collection that
             is not of class ship, and for a pick that is no clip of its sign.
    on_done  called with each gloss.
    """
    known = listed(listing)
    study = [name for name in (*plan.collections, *plan.spare) if name in known and known[name].kind != "ship"]
    if study:
        raise InputError(
            f"{listing}: {study[0]} is for study only, so nothing of it may be shown; take it out of the plan"
        )
    bundle = recognizer.bundle
    shown, left_out, counts = [], [], {}
    with ClipStore(root, bundle.manifest.input.layout) as store:
        rows = _rows(bundle, plan, root, listing)
        for label in bundle.labels:
            if label.gloss == bundle.manifest.decision.none_gloss:
                continue
            found = _candidates(recognizer, label, rows[label.gloss], plan, store)
            counts[label.gloss] = (len(rows[label.gloss]), len(found))
            reason = plan.left_out.get(label.gloss) or ("" if found else NO_CLIP)
            if reason:
                left_out.append(LeftOut(gloss=label.gloss, reason=reason))
            else:
                shown.append(_tutorial(label.gloss, found[0], plan.links.get(label.gloss)))
            on_done(label.gloss)
    made = Tutorials(
        schema_version=1,
        bundle=bundle.name,
        sign_language=bundle.manifest.sign_language,
        layout="hands_pose" if plan.draw == "body" else "hands",
        aspect=1.0,
        tutorials=shown,
        left_out=left_out,
    )
    return Made(made, counts)


def _rows(bundle: Bundle, plan: Plan, root: Path, listing: Path) -> dict[str, list[Row]]:
    """Gloss, as the bundle spells it → the rows that show it."""
    names = [*plan.collections, *plan.spare]
    with tempfile.TemporaryDirectory() as folder:
        found = import_collections(listing, root, Path(folder) / "rows.csv", kind="ship", names=names)
    labels = bundle.manifest.provenance.recipe.get("labels")
    rename: dict[str, str] = labels.get("rename", {}) if isinstance(labels, dict) else {}
    spelled = {label.gloss.casefold(): label.gloss for label in bundle.labels}
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in found.rows:
        gloss = rename.get(row.gloss, row.gloss)
        rows[spelled.get(gloss.casefold(), gloss)].append(row)
    return rows


def _candidates(recognizer: Recognizer, label: Label, rows: list[Row], plan: Plan, store: ClipStore) -> list[Candidate]:
    picked = plan.pick.get(label.gloss)
    if picked is not None and picked not in {row.path for row in rows}:
        raise InputError(
            f"{picked}: the plan picks it for {label.gloss}, and the plan's collections have no such clip of it"
        )
    wanted = [row for row in rows if row.path == picked or (picked is None and row.source not in plan.spare)]
    clips = [(row, store.clip(row)) for row in wanted]
    moves = plan.draw == "body" or label.needs_motion
    clips = [(row, clip) for row, clip in clips if (len(clip) > 1) == moves and _seen(clip)]

    def draw(row: Row, clip: Clip) -> Diagram:
        aspect = plan.aspect.get(row.source, plan.aspect.get("default"))
        if plan.draw == "body":
            return diagram(clip, aspect, plan.tempo)
        return hand_diagram(clip, aspect, plan.tempo, flip=row.source in plan.flip)

    return candidates(recognizer, label.gloss, clips, draw)


def _tutorial(gloss: str, chosen: Candidate, link: str | None) -> Tutorial:
    made, row = chosen.made, chosen.row
    parts: list[tutorials.Part] = ["right_hand"] if made.hands == ("right",) else ["left_hand", "right_hand"]
    if made.head is not None:
        parts.insert(-1, "body")
    credit = Credit(made="clip" if len(made.clip) > 1 else "hand", source=row.source, licence=row.licence)
    return tutorials.pack(made.clip, gloss, parts, made.head, credit, link)


def _seen(clip: Clip) -> bool:
    assert clip.landmarks is not None
    return bool((clip.landmarks[..., 0] == clip.landmarks[..., 0]).any())
