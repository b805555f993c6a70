"""Exported networks against the bundle's own: what changes, size and speed, into docs/results/export.json.

    python benchmarks/parity.py letters --clips ../shared/data/hands/haontran.npz --clips \
        ../shared/data/motion/webcam_words/traduttore_letters.npz

Each format is exported, opened as `deepsign predict --runtime FILE` does, and asked about the same real clips. LiteRT
needs `pip install 'deepsign[litert]'`; without it that format is left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip, stack
from deepsign.data.tables import open_table
from deepsign.export import FORMATS, export
from deepsign.problems import DeepSignError
from deepsign.recognizer import Recognizer, seen
from deepsign.runtime import fit_frames, open_runtime

# What the project holds its exports to: a share, the greatest change of a probability, points of accuracy lost, bytes.
FEWEST_CLIPS = 200
LITERT_CHANGE = 1e-3
INT8_POINTS = 0.5
INT8_BYTES = 2_500_000
# Frames of the clip whose speed is measured.
TIMED_FRAMES = 64
_TIMED = 300


def clips_of(path: Path, recognizer: Recognizer, each: int) -> tuple[list[Clip], list[str]]:
    """Up to `each` clips of a table in the bundle's layout in which something is seen, and their glosses."""
    table = open_table(path)
    clips, glosses = [], []
    for item in np.random.default_rng(0).permutation(np.flatnonzero(table.seen))[:each]:
        clip = recognizer.in_layout(table.clip(int(item)))
        if seen(clip):
            clips.append(clip)
            glosses.append(str(table.labels[item]).casefold())
    return clips, glosses


def ask(recognizer: Recognizer, clips: list[Clip]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Probabilities (N, C) and embeddings (N, E), clip by clip, as a person asks."""
    found = [recognizer.logits([clip]) for clip in clips]
    logits, embedding = (np.concatenate(part) for part in zip(*found, strict=True))
    return recognizer.probabilities(logits), embedding


def speed(recognizer: Recognizer, clip: Clip) -> dict[str, float]:
    """Median and 95th percentile of one answer, ms, one thread."""
    for _ in range(30):
        recognizer.logits([clip])
    taken = []
    for _ in range(_TIMED):
        began = time.perf_counter()
        recognizer.logits([clip])
        taken.append((time.perf_counter() - began) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def timed_clip(clips: list[Clip]) -> Clip:
    """A clip of TIMED_FRAMES frames that are all seen, made of the longest one's."""
    longest = max(clips, key=len)
    landmarks, times, _ = stack([longest])
    repeats = -(-TIMED_FRAMES // len(longest))
    points, _ = fit_frames(np.concatenate([landmarks[0]] * repeats), np.tile(times[0], repeats), TIMED_FRAMES)
    return Clip.from_landmarks(points, str(longest.layout), fps=30, aspect=longest.aspect)


def compare(bundle: Bundle, path: Path, clips: list[Clip], truth: np.ndarray[Any, Any]) -> dict[str, Any]:
    """An exported file against the bundle's graph on these clips; `truth` (N,) is each clip's label, or −1."""
    own, other = Recognizer(bundle), Recognizer(bundle, open_runtime(bundle.model_path, bundle.name, str(path)))
    (expected, near), (found, embedding) = ask(own, clips), ask(other, clips)
    known = truth >= 0
    accuracy = [float((p.argmax(axis=1) == truth)[known].mean()) for p in (expected, found)]
    cosine = (near * embedding).sum(axis=1) / (np.linalg.norm(near, axis=1) * np.linalg.norm(embedding, axis=1))
    return {
        "bytes": path.stat().st_size,
        "same_top1": round(float((expected.argmax(axis=1) == found.argmax(axis=1)).mean()), 5),
        "probability_change": float(f"{np.abs(expected - found).max():.2g}"),
        "embedding_cosine_least": round(float(cosine.min()), 6),
        "top1": round(accuracy[1], 4),
        "points_lost": round(100 * (accuracy[0] - accuracy[1]), 2),
        "clip_ms": speed(other, timed_clip(clips)),
    }


def reached(formats: dict[str, dict[str, Any]]) -> dict[str, bool]:
    """What the project holds its exports to."""
    out = {}
    if "int8" in formats:
        out["int8_points_lost"] = formats["int8"]["points_lost"] <= INT8_POINTS
        out["int8_bytes"] = formats["int8"]["bytes"] <= INT8_BYTES
    if "litert" in formats:
        out["litert_same_top1"] = formats["litert"]["same_top1"] == 1
        out["litert_probability"] = formats["litert"]["probability_change"] <= LITERT_CHANGE
    return out


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--clips", type=Path, action="append", required=True, help="a table of clips; may be repeated")
    parser.add_argument("--each", type=int, default=300, help="clips of each table")
    parser.add_argument("--out", type=Path, default=Path("docs/results/export.json"))
    given = parser.parse_args()
    bundle = bundles.find(given.bundle)
    recognizer = Recognizer(bundle)
    clips: list[Clip] = []
    glosses: list[str] = []
    for path in given.clips:
        more = clips_of(path, recognizer, given.each)
        clips += more[0]
        glosses += more[1]
    if len(clips) < FEWEST_CLIPS:
        raise SystemExit(f"{len(clips)} clips: parity is judged by at least {FEWEST_CLIPS}")
    places = {label.gloss.casefold(): i for i, label in enumerate(bundle.labels)}
    truth = np.array([places.get(g, -1) for g in glosses])
    formats: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for to in FORMATS:
            try:
                formats[to] = compare(bundle, export(bundle.path, to, folder), clips, truth)
            except DeepSignError as error:
                print(f"{to}: left out ({error})")
    lengths = [len(clip) for clip in clips]
    found = {
        "clips": len(clips),
        "stills": lengths.count(1),
        "longest_frames": max(lengths),
        "labelled": int((truth >= 0).sum()),
        "sources": [f"{path.parent.name}/{path.stem}" for path in given.clips],
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "formats": formats,
        "reached": reached(formats),
    }
    results = json.loads(given.out.read_text("utf-8")) if given.out.is_file() else {}
    results[bundle.name] = found
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(json.dumps({bundle.name: found}, indent=1))


if __name__ == "__main__":
    main()
