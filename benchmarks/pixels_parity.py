"""Exports of image bundles against the trained network: ONNX, int8 and, where its converter is there, LiteRT.

    python benchmarks/pixels_parity.py runs/protocol-pixels/digits-0/bundle --data runs/protocol-pixels/digits.csv

Each is asked about the same 200 real photos; torch's own answers are what they are compared to. Into the part `parity`
of docs/results/pixels.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.data import manifest
from deepsign.data.pixels import PixelStore
from deepsign.export import export
from deepsign.export.weights import restore
from deepsign.runtime import open_runtime

INPUTS = 200


def photos(bundle: Bundle, data: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(N, size, size, 3), and the labels, −1 for glosses that the bundle has not."""
    given, listed = bundle.pictures, manifest.read(data)
    assert given is not None
    chosen = np.random.default_rng(0).permutation(len(listed.rows))[:INPUTS]
    store = PixelStore(listed.root, size=given.size, frames=given.frames, fit=given.fit)
    glosses = [label.gloss for label in bundle.manifest.labels]
    rows = [listed.rows[i] for i in chosen]
    names = [row.gloss.upper() if row.gloss.upper() in glosses else row.gloss for row in rows]
    labels = np.array([glosses.index(name) if name in glosses else -1 for name in names])
    return np.stack([store.read(row)[0] for row in rows]), labels


def compared(
    expected: np.ndarray[Any, Any], found: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """How far logits (N, C) are from the network's own."""
    known = labels >= 0
    right = [(logits.argmax(axis=1) == labels)[known].mean() for logits in (expected, found)]
    return {
        "same_top1": round(float((expected.argmax(axis=1) == found.argmax(axis=1)).mean()), 4),
        "logit_change": float(f"{np.abs(expected - found).max():.2g}"),
        "points_lost": round(100 * float(right[0] - right[1]), 2),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--data", type=Path, required=True, help="a manifest of photos")
    parser.add_argument("--out", type=Path, default=Path("docs/results/pixels.json"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    bundle = bundles.find(given.bundle)
    frames, labels = photos(bundle, given.data)
    with torch.no_grad():
        network = restore(bundle)
        expected = np.concatenate([network(torch.from_numpy(part))[0].numpy() for part in np.array_split(frames, 10)])
    found: dict[str, Any] = {"inputs": len(frames)}
    formats = ["onnx", "int8", *(["litert"] if importlib.util.find_spec("litert_torch") else [])]
    with tempfile.TemporaryDirectory() as folder:
        for name in formats:
            path = export(given.bundle, name, Path(folder))
            runtime = open_runtime(bundle.model_path, bundle.name, str(path))
            logits = np.concatenate([runtime.see(one[None])[0] for one in frames])
            found[name] = {"bytes": path.stat().st_size} | compared(expected, logits, labels)
    known = json.loads(given.out.read_text("utf-8")) if given.out.is_file() else {}
    parity = known.get("parity", {}) | {bundle.name: found}
    given.out.write_text(json.dumps(known | {"parity": parity}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
