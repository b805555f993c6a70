"""DeepSign's API against the seeds' shape: a Keras network of the same layers behind FastAPI, base64 pictures in.

    python benchmarks/serve_against.py --photo hand.jpg --seconds 8

Both get the same bytes from the same clients, in turns within one run; the ratio goes into docs/results/serve.json and
docs/performance.md. Keras is asked in threads and one request at a time; the faster counts. It lives in an environment
of its own, runs/keras_endpoint, made on the first run (1.5 GB).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from serve_table import machine, write_part
from served import Server, load, post, running, vga

from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.train.fit import train

_HERE = Path(__file__).resolve().parent / "keras_endpoint"
_CLIENTS, _ROUNDS = 8, 3
_LETTERS = "ABCDEFGHIKLMNOPQRSTUVWXY"
_RECIPE = f"""
name: cnn
task: handshape
sign_language: ase
pixels: {{size: 64, fit: squash}}
labels: {{glosses: [{", ".join(f'"{letter}"' for letter in _LETTERS)}]}}
data: {{manifests: [manifest.csv], validation: {{share: 0.25}}}}
model: {{name: handshape_cnn}}
optim: {{lr: 0.004, epochs: 2, batch: 48}}
"""


def bundle(folder: Path) -> Path:
    """A handshape_cnn of a few made pictures: what it answers is of no interest, how fast it does is."""
    rng, rows = np.random.default_rng(0), []
    for person in range(4):
        for at, letter in enumerate(_LETTERS):
            path = folder / f"p{person}{letter}.png"
            stripes = np.sin(np.arange(64) * (at + 1) / 9)[:, None, None] * 90 + 128
            Image.fromarray((stripes + rng.uniform(-30, 30, (64, 64, 3))).astype(np.uint8)).save(path)
            rows.append(Row(path.name, letter, f"made/{person}", "", "CC0-1.0", f"made{person % 2}", digest(path)))
    manifest.write(rows, folder / "manifest.csv")
    (folder / "cnn.yaml").write_text(_RECIPE, "utf-8")
    return train(folder / "cnn.yaml", out=folder / "bundle")


def environment(folder: Path) -> Path:
    """The Python that has Keras; made where it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(_HERE / "requirements.txt")]
        subprocess.run(install, check=True)
    return python


def compare(photo: bytes, seconds: float, python: Path) -> dict[str, Any]:
    """Requests a second of both, in turns."""
    body = json.dumps({"image": base64.b64encode(photo).decode()}).encode()
    request = post("/predict", "application/json", body)
    keras = [str(python), "-m", "uvicorn", "--app-dir", str(_HERE), "app:app", "--log-level", "warning"]
    with tempfile.TemporaryDirectory() as folder:
        made = bundle(Path(folder))
        params = json.loads((made / "bundle.json").read_text("utf-8"))["model"]["params"]
        theirs = Server(keras, TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="")
        try:
            with running(DEEPSIGN_SERVE_MODELS=json.dumps([str(made)])) as ours:
                sides = {
                    "deepsign": (ours.port, request),
                    "keras": (theirs.port, request),
                    "keras_in_turn": (theirs.port, post("/predict_in_turn", "application/json", body)),
                }
                for port, asked in sides.values():
                    asyncio.run(load(port, asked, _CLIENTS, 2))
                rates: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
                for _ in range(_ROUNDS):
                    for name, (port, asked) in sides.items():
                        rates[name].append(asyncio.run(load(port, asked, _CLIENTS, seconds / _ROUNDS)))
                memory = {"deepsign": ours.memory_mb()["with_decoders"], "keras": theirs.memory_mb()["with_decoders"]}
        finally:
            theirs.close()
    told: dict[str, Any] = {"params": params, "clients": _CLIENTS, "seconds": seconds, "memory_mb": memory}
    for name, rounds in rates.items():
        assert all(set(one["statuses"]) == {"200"} for one in rounds), rounds
        told[name] = {
            "per_s": round(float(np.mean([one["per_s"] for one in rounds])), 1),
            "p50_ms": round(float(np.median([one["p50_ms"] for one in rounds])), 1),
            "p99_ms": round(float(np.median([one["p99_ms"] for one in rounds])), 1),
        }
    told["faster"] = max(("keras", "keras_in_turn"), key=lambda name: told[name]["per_s"])
    pairs = zip(rates["deepsign"], rates[told["faster"]], strict=True)
    told["ratios"] = [round(a["per_s"] / b["per_s"], 2) for a, b in pairs]
    told["ratio"] = round(told["deepsign"]["per_s"] / told[told["faster"]]["per_s"], 2)
    return told


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--keras", type=Path, default=Path("runs/keras_endpoint"), help="its environment")
    given = parser.parse_args()
    load_before = machine()["load"]
    found = {"load": load_before, **compare(vga(given.photo), given.seconds, environment(given.keras))}
    print(json.dumps(found))
    write_part("against", found)


if __name__ == "__main__":
    main()
