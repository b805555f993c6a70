"""Protocols of motion: clips whose classes only motion tells apart, and what learning other gestures first is worth.

The clips are drawn (`deepsign data synth`): ten styles, each with its own sizes, colours and speeds, stand for people.
Seven are learnt from, one validates, two are tested on. Nothing here says anything about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deepsign.bundle import Bundle
from deepsign.data import manifest as manifests
from deepsign.data.manifest import Row
from deepsign.data.synth import write_clips
from deepsign.data.synth_motion import SETS, STYLES, motion_clips
from deepsign.evaluate.pictures import PictureClips
from deepsign.evaluate.report import Scored
from deepsign.export import int8
from deepsign.export.graph import session_of
from deepsign.export.pictures import INPUT
from deepsign.export.weights import restore
from deepsign.protocols_ground import Setting, figures, score

# Clips of each gesture and style: of the first set 7 · 20 to learn from and 2 · 20 to be tested on.
_EACH = {"first": 20, "second": 10}
_KINDS = {"cnn_bilstm": "motion_cnn_bilstm", "mobilenet3d": "gestures3d"}
_VALIDATES, _TESTED = {"style7"}, {"style8", "style9"}
# Tested clips that the forms of a bundle are compared on.
_INPUTS = 200
# Clips of each gesture of the second set that are learnt from.
_FEW = 15
_RESAMPLES = 2000


def motion(setting: Setting) -> dict[str, Any]:
    """Six gestures by cnn_bilstm, by mobilenet3d, and by a network that sees one frame of each clip."""
    rows, tested = _divided(_clips(setting, "first"))
    found: dict[str, Any] = {"clips": len(rows), "chance": round(1 / len(SETS["first"]), 3)}
    for seed in range(setting.seeds):
        for name, recipe in _KINDS.items():
            bundle = setting.train(f"{name}-{seed}", setting.recipe(recipe, seed=seed), rows, setting.out / "first")
            found.setdefault(name, {})[str(seed)] = figures(score(bundle, tested, setting.out / "first"))
    still = setting.recipe(
        "motion_cnn_bilstm",
        name="one-frame",
        pixels={"size": 48, "fit": "squash"},
        model={"name": "handshape_cnn", "params": {"width": 8}},
        optim__epochs=6,
        augment={},
    )
    bundle = setting.train("one-frame", still, rows, setting.out / "first")
    found["one_frame"] = figures(score(bundle, tested, setting.out / "first"))
    return found


def pretraining(setting: Setting) -> dict[str, Any]:
    """mobilenet3d on six other gestures, 15 clips each: begun from nothing, and from the gestures of `motion`."""
    first, _ = _divided(_clips(setting, "first"))
    rows, tested = _divided(_clips(setting, "second"))
    few = [row for row in _few(rows) if row.split == "train"] + [row for row in rows if row.split != "train"]
    root = setting.out / "second"
    begun = setting.train("mobilenet3d-0", setting.recipe("gestures3d"), first, setting.out / "first")
    found: dict[str, Any] = {"clips_a_gesture": _FEW, "from_nothing": {}, "from_gestures": {}}
    gains = []
    for seed in range(setting.seeds):
        scores = {}
        for name, start in (("from_nothing", None), ("from_gestures", begun)):
            scores[name] = score(_begun(setting, name, seed, start, few), tested, root)
            found[name][str(seed)] = figures(scores[name])
        gains.append(_right(scores["from_gestures"]) - _right(scores["from_nothing"]))
    found["gain"], found["gain_interval"] = _interval(np.stack(gains))
    return found


def clips_parity(setting: Setting) -> dict[str, Any]:
    """The trained clip bundles of `motion` in three forms, on clips that were not learnt from.

    same_top1 and greatest_difference (of a logit) of the fp32 graph against torch; of int8 against the fp32 graph, also
    the accuracy that is lost.
    """
    rows, tested = _divided(_clips(setting, "first"))
    shown = tested[:: max(1, len(tested) // _INPUTS)][:_INPUTS]
    truth = np.array([row.gloss for row in shown])
    found: dict[str, Any] = {"inputs": len(shown)}
    for name, recipe in _KINDS.items():
        bundle = setting.train(f"{name}-0", setting.recipe(recipe), rows, setting.out / "first")
        assert bundle.pictures is not None
        with PictureClips.of(bundle.pictures, setting.out / "first") as clips:
            frames = np.stack([np.asarray(clips.clip(row).frames) for row in shown])
        found[name] = forms(bundle, frames, truth)
    return found


def forms(bundle: Bundle, frames: NDArray[np.uint8], truth: NDArray[np.str_]) -> dict[str, Any]:
    """A bundle's graph against torch, and its int8 form against the graph, on inputs (N, …) uint8 of these glosses."""
    network, content = restore(bundle), bundle.model_path.read_bytes()
    glosses = np.array([label.gloss for label in bundle.manifest.labels])
    with torch.no_grad():
        expected = np.concatenate([network(torch.from_numpy(frames[i : i + 1]))[0].numpy() for i in range(len(frames))])
    told = {"torch": expected}
    graphs = {"fp32": content, "int8": int8.quantized(content)}
    found: dict[str, Any] = {}
    for name, against in (("fp32", "torch"), ("int8", "fp32")):
        told[name] = _told(graphs[name], frames)
        found[name] = {
            "against": against,
            "same_top1": float((told[name].argmax(axis=1) == told[against].argmax(axis=1)).mean()),
            "greatest_difference": float(f"{np.abs(told[name] - told[against]).max():.2g}"),
            "top1": round(float((glosses[told[name].argmax(axis=1)] == truth).mean()), 4),
            "bytes": len(graphs[name]),
        }
    return found


def _told(graph: bytes, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (N, C) of a graph."""
    session = session_of(graph)
    return np.concatenate([session.run(["logits"], {INPUT: one[None]})[0] for one in frames])


def _begun(setting: Setting, name: str, seed: int, start: Bundle | None, rows: Sequence[Row]) -> Bundle:
    path = str(start.path.resolve()) if start else None
    recipe = setting.recipe("signs3d", seed=seed, train__init_from=path)
    return setting.train(f"{name}-{seed}", recipe, rows, setting.out / "second")


def _clips(setting: Setting, kind: str) -> list[Row]:
    """The clips of a set, drawn once."""
    out = setting.out / kind
    if not (out / "manifest.csv").is_file():
        write_clips(motion_clips(len(SETS[kind]) * STYLES * _EACH[kind], 0, kind), f"synth-{kind}", out)
    return list(manifests.read(out / "manifest.csv").rows)


def _divided(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows to learn from, with splits, and rows of styles that only test."""
    style = [row.signer.rpartition("/")[2] for row in rows]
    learnt = [
        replace(row, split="validation" if s in _VALIDATES else "train")
        for row, s in zip(rows, style, strict=True)
        if s not in _TESTED
    ]
    return learnt, [row for row, s in zip(rows, style, strict=True) if s in _TESTED]


def _few(rows: Sequence[Row]) -> list[Row]:
    taken: dict[str, int] = {}
    kept = []
    for row in rows:
        if row.split == "train" and taken.get(row.gloss, 0) < _FEW:
            taken[row.gloss] = taken.get(row.gloss, 0) + 1
            kept.append(row)
    return kept


def _right(scored: Scored) -> NDArray[np.float64]:
    return np.asarray(scored.answered == scored.truth, dtype=np.float64)


def _interval(gains: NDArray[np.float64]) -> tuple[float, list[float]]:
    """The mean of (seeds, clips) gains and its 95 % interval: seeds and clips drawn again."""
    rng = np.random.default_rng(0)
    seeds, clips = gains.shape
    means = [
        float(gains[rng.integers(seeds, size=seeds)][:, rng.integers(clips, size=clips)].mean())
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return round(float(gains.mean()), 4), [round(float(low), 4), round(float(high), 4)]
