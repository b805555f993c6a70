"""Run: every clip of a manifest through the recognizer, and what comes of it on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.data.manifest import read as read_manifest
from deepsign.data.store import ClipStore
from deepsign.evaluate import plots
from deepsign.evaluate.card import card
from deepsign.evaluate.pictures import PictureClips
from deepsign.evaluate.report import Report, Scored, measure
from deepsign.landmarks import HANDS, layout_named
from deepsign.problems import InputError
from deepsign.recognizer import Prediction, Recognizer, load

# Clips that are answered at once: enough to spread the call's cost, little enough memory.
_BATCH = 256


class Store(Protocol):
    """Where a row's landmarks come from: `deepsign.data.store.ClipStore`."""

    def clip(self, row: Row) -> Clip:
        """The row's clip; InputError where it can't be read."""
        ...


def evaluate(
    bundle: str | Path,
    manifest: str | Path,
    out: str | Path,
    *,
    root: str | Path | None = None,
    split: str = "",
) -> Report:
    """Measures a bundle on a manifest's rows, writes what it found into `out` (see `write`), and returns it.

    bundle  a shipped bundle's name or folder, or a vocabulary's name or file.
    root    the folder that the rows' paths start from; the manifest's own by default.
    split   only the rows of this split (train, validation, test); all by default.
    """
    recognizer = load(bundle)
    opened = recognizer.bundle
    listed = read_manifest(manifest, root)
    rows = [row for row in listed.rows if not split or row.split == split]
    if not rows:
        raise InputError(f"{manifest}: has no rows of split {split!r}")
    given = opened.pictures
    own = PictureClips.of(given, listed.root) if given else ClipStore(listed.root, opened.manifest.input.layout)
    with own as store:
        scored = score(recognizer, rows, store)
    if not len(scored.truth):
        raise InputError(
            f"{manifest}: none of its glosses is a label of {opened.name}; {', '.join(opened.labels.glosses)}"
        )
    trained_on = listed.sha256() == opened.manifest.provenance.manifest_sha256
    words = "clips of the manifest that the bundle was trained on" if trained_on else f"clips of {Path(manifest).name}"
    report = measure(scored, opened.name, words)
    write(report, opened, Path(out))
    return report


def score(
    recognizer: Recognizer,
    rows: Sequence[Row],
    store: Store,
    advance: Callable[[str], None] = lambda _: None,
) -> Scored:
    """The recognizer's answers about these rows. A file that can't be read is an answer "nothing seen"."""
    bundle = recognizer.bundle
    index_of = _meaning(bundle)
    known_rows = [row for row in rows if index_of(row.gloss) is not None]
    answers: list[Prediction] = []
    stills: list[bool] = []
    unreadable: list[str] = []
    for first in range(0, len(known_rows), _BATCH):
        clips: list[Clip] = []
        for row in known_rows[first : first + _BATCH]:
            try:
                clips.append(store.clip(row))
            except InputError as error:
                unreadable.append(str(error))
                clips.append(_nothing(bundle))
            advance(row.path)
        answers += recognizer.predict_batch(clips, top_k=len(bundle.labels))
        stills += [len(clip) == 1 for clip in clips]
    none = bundle.manifest.decision.none_gloss
    return Scored(
        labels=bundle.labels,
        none=bundle.labels.index(none) if none is not None else None,
        truth=np.array([index_of(row.gloss) for row in known_rows], dtype=np.int64),
        probabilities=_table(answers, bundle),
        known=np.array([a.known for a in answers], dtype=bool),
        still=np.array(stills, dtype=bool),
        offered=np.array(
            [
                bundle.labels[index_of(r.gloss) or 0].gloss in a.needs_motion
                for r, a in zip(known_rows, answers, strict=True)
            ],
            dtype=bool,
        ),
        signers=[row.signer for row in known_rows],
        sources=[row.source for row in known_rows],
        paths=[row.path for row in known_rows],
        left_out=Counter(row.gloss for row in rows if index_of(row.gloss) is None),
        unreadable=unreadable,
        tracked=bundle.pictures is None,
    )


def write(report: Report, bundle: Bundle, out: Path) -> None:
    """metrics.json, metrics_report.csv, per_signer.csv, confusion_matrix.png, reliability.png, README.md in `out`."""
    files = {
        "metrics.json": to_json(report),
        "metrics_report.csv": report.csv().encode(),
        "per_signer.csv": report.signers_csv().encode(),
        "confusion_matrix.png": plots.confusion_png(report.scored),
        "reliability.png": plots.reliability_png(report.scored),
        "README.md": card(bundle.manifest, report.metrics).encode(),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        beside = out / f".{name}.part"
        beside.write_bytes(content)
        beside.replace(out / name)


def publish(bundle: Bundle, report: Report, target: Path | None = None) -> Bundle:
    """The same bundle with this report as its metrics.json and card; in its own place unless `target` is given."""
    files = dict(bundle.contents)
    files["metrics.json"] = to_json(report)
    files["README.md"] = card(bundle.manifest, report.metrics).encode()
    return bundles.write(target or bundle.path, bundle.manifest, files)


def to_json(report: Report) -> bytes:
    """metrics.json."""
    return (json.dumps(report.metrics, indent=1, ensure_ascii=False) + "\n").encode()


def _meaning(bundle: Bundle) -> Callable[[str], int | None]:
    """Gloss in a manifest → label index, by way of the renaming that the bundle's recipe made."""
    places = {label.gloss: i for i, label in enumerate(bundle.labels)}
    labels = bundle.manifest.provenance.recipe.get("labels")
    given = labels if isinstance(labels, dict) else {}
    rename, none = given.get("rename", {}), bundle.manifest.decision.none_gloss
    apart = dict.fromkeys(given.get("apart", []), none)  # learnt by themselves, answered as none
    return lambda gloss: places.get(apart.get(rename.get(gloss, gloss), rename.get(gloss, gloss)))


def _nothing(bundle: Bundle) -> Clip:
    layout = bundle.manifest.input.layout or HANDS.name
    return Clip.from_landmarks(np.full((len(layout_named(layout)), 3), np.nan), layout)


def _table(answers: Sequence[Prediction], bundle: Bundle) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    table = np.zeros((len(answers), len(bundle.labels)))
    places = {label.gloss: i for i, label in enumerate(bundle.labels)}
    for row, answer in zip(table, answers, strict=True):
        for candidate in answer.candidates:
            row[places[candidate.gloss]] = candidate.probability
    return table
