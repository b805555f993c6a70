"""Pixels' speed: heads that train on what is kept, answers, and exports that agree.

    python benchmarks/pixels.py --out docs/results/pixels_speed.json

On drawn clips of 320 × 240, 60 frames, H.264; one thread unless a figure says otherwise. CPU time is what counts where
training is compared, so that a busy machine changes it little, and the clock for answers.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepsign.answer import Answerer
from deepsign.bundle import Bundle, Decision
from deepsign.clip import Clip
from deepsign.data.pixels import PixelStore
from deepsign.data.synth import write_clips
from deepsign.data.synth_motion import SETS, motion_clips
from deepsign.export import int8
from deepsign.export.assemble import assemble_pixels
from deepsign.export.graph import session_of
from deepsign.export.pictures import halved, shape_of
from deepsign.export.weights import build
from deepsign.models.seeing import Seeing
from deepsign.perceive.sampled import sample
from deepsign.recipe import Pixels, check
from deepsign.recognizer import Recognizer
from deepsign.train.learner import logits_of
from deepsign.train.origin import untrained
from deepsign.train.pixels import Kept, PixelBatches, gather_pixels

_CLIPS, _FRAMES = 12, 30
_INPUTS = 200
_DECISION = Decision(temperature=1.0, reject_below=0.0, none_gloss=None, per_sign_accept={}, false_accept=0.05, top_k=3)


def recipe_of(network: str, pixels: Pixels, glosses: tuple[str, ...], **params: Any) -> Any:
    """A recipe of this network, for its labels and its input."""
    raw = {
        "name": network.replace("_", "-"),
        "task": "isolated" if pixels.frames else "handshape",
        "sign_language": "ase",
        "pixels": pixels.model_dump(),
        "labels": {"glosses": list(glosses)},
        "model": {"name": network, "params": params},
    }
    return check(raw, network)


def bundle_of(recipe: Any, folder: Path) -> Bundle:
    """A bundle with random weights: as fast as one that has learnt."""
    torch.manual_seed(0)
    network = build(recipe.model, recipe.labels.label_map())
    example = np.random.default_rng(0).integers(0, 256, shape_of(recipe.pixels, 1)[1:], dtype=np.uint8)
    return assemble_pixels(folder / recipe.name, recipe, halved(network), _DECISION, untrained(recipe), [example])


def heads(folder: Path) -> dict[str, Any]:
    """An epoch of cnn_bilstm's head: on what the frozen MobileNetV2 made once, and frame by frame each time."""
    rows = write_clips(motion_clips(_CLIPS, 0, seconds=2.4), "synth", folder / "clips")
    pixels = Pixels(size=224, frames=_FRAMES, fit="pad")
    recipe = recipe_of("cnn_bilstm", pixels, SETS["first"], backbone="mobilenet_v2")
    store = PixelStore(folder / "clips", folder / "cache", size=224, frames=_FRAMES, fit="pad")
    examples = gather_pixels(rows, store, recipe.labels)
    network = build(recipe.model, recipe.labels.label_map())
    assert isinstance(network, Seeing)
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], 1e-3)
    began = time.process_time()
    kept = Kept(network, examples)
    first = time.process_time() - began

    def epoch(batches: PixelBatches) -> float:
        network.train()
        began = time.process_time()
        for batch in batches:
            loss = torch.nn.functional.cross_entropy(logits_of(network, batch), batch.target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return time.process_time() - began

    # Frame by frame without the cache: each clip is decoded, and each frame seen, in every epoch.
    def read(index: int) -> Any:
        return sample(folder / "clips" / rows[index].path, _FRAMES, 224)[0]

    uncached = epoch(PixelBatches(examples.__class__(**{**examples.__dict__, "read": read}), 4, balance={}))
    again = min(epoch(PixelBatches(examples, 4, balance={}, kept=kept)) for _ in range(3))
    return {
        "clips": _CLIPS,
        "frames": _FRAMES,
        "first_epoch_cpu_s": round(first, 2),
        "epoch_kept_cpu_s": round(again, 3),
        "epoch_frame_by_frame_cpu_s": round(uncached, 2),
        "times_faster": round(uncached / again, 1),
    }


def answers(folder: Path) -> dict[str, Any]:
    """One clip to its answer by cnn_bilstm, with decode, and one picture by handshape_cnn, in their graphs."""
    row = write_clips(motion_clips(1, 1, seconds=2.4), "synth", folder / "one")[0]
    clips = recipe_of("cnn_bilstm", Pixels(size=96, frames=16), SETS["first"], backbone="mobilenet_v2")
    image = recipe_of("handshape_cnn", Pixels(size=64), tuple("ABCDEFGHIKLMNOPQRSTUVWXY"))
    found = {}
    with Answerer(Recognizer(bundle_of(clips, folder))) as answerer:
        found["cnn_bilstm_clip_16_frames_96_px_with_decode"] = spread(
            lambda: answerer.answer(folder / "one" / row.path)
        )
    recognizer = Recognizer(bundle_of(image, folder))
    picture = Clip.from_frames(np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8))
    found["handshape_cnn_picture_640_480"] = spread(lambda: recognizer.predict(picture))
    return found


def exports(folder: Path, bundle: Path | None) -> dict[str, Any]:
    """Top-1 and logits of a bundle's graph and of its int8 form on 200 inputs, against torch."""
    from deepsign.export.weights import restore

    opened = (
        Bundle.open(bundle)
        if bundle
        else bundle_of(recipe_of("handshape_cnn", Pixels(size=64), tuple("ABCDE")), folder)
    )
    given = opened.pictures
    assert given is not None
    rng = np.random.default_rng(3)
    clip = (given.frames,) if given.frames else ()
    # Blurred noise: it spreads answers more than noise does.
    small = rng.integers(0, 256, (_INPUTS, *clip, 8, 8, 3), dtype=np.uint8)
    factor = -(-given.size // 8)
    inputs = small.repeat(factor, -3).repeat(factor, -2)[..., : given.size, : given.size, :]
    network = restore(opened)
    with torch.no_grad():
        expected = np.concatenate(
            [network(torch.from_numpy(inputs[i : i + 20]))[0].numpy() for i in range(0, _INPUTS, 20)]
        )
    graphs = {"fp32": opened.model_path.read_bytes()}
    graphs["int8"] = int8.quantized(graphs["fp32"])
    found: dict[str, Any] = {"bundle": opened.name, "inputs": _INPUTS}
    for name, content in graphs.items():
        session = session_of(content)
        logits = np.concatenate([session.run(["logits"], {"frames": one[None]})[0] for one in inputs])
        found[name] = {
            "same_top1": float((logits.argmax(axis=1) == expected.argmax(axis=1)).mean()),
            "greatest_difference": float(f"{np.abs(logits - expected).max():.2g}"),
            "bytes": len(content),
        }
    return found


def spread(call: Callable[[], object], runs: int = 30) -> dict[str, float]:
    """p50 and p95 of ms by the clock, and the mean of the CPU's."""
    for _ in range(3):
        call()
    taken, cpu = [], time.process_time()
    for _ in range(runs):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    cpu_ms = (time.process_time() - cpu) * 1000 / runs
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "cpu_ms": round(cpu_ms, 2)}


def main() -> None:
    """Measures everything and writes it."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/results/pixels_speed.json"))
    parser.add_argument("--bundle", type=Path, help="the bundle whose exports are compared; a random one by default")
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "heads": heads(Path(folder)),
            "answers": answers(Path(folder)),
            "exports": exports(Path(folder), given.bundle),
            "load": round(os.getloadavg()[0], 1),
        }
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
