"""Every bundle answers in the page's runtime (onnxruntime-web, wasm) as it did in Python's, NaN included."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from deepsign import bundle as bundles
from deepsign.bundle import Bundle, shipped
from deepsign.bundle_inputs import golden_of
from deepsign.clip import stack
from deepsign.recognizer import Recognizer
from toys import hand_clip, in_hands, toy_bundle, toy_graph, toy_manifest

WEB = Path(__file__).parents[1] / "web"
SCRIPT = WEB / "scripts" / "golden.mjs"


def replay(folder: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    if not (WEB / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("needs the page's packages: run `npm ci` in web/")
    return subprocess.run([node, str(SCRIPT), str(folder)], capture_output=True, encoding="utf-8", check=False)


# The page reads bundles of landmarks, and no others.
@pytest.mark.parametrize("name", sorted(n for n, path in shipped().items() if not Bundle.open(path).pictures))
def test_shipped_bundles_answer_alike_in_wasm(name: str) -> None:
    done = replay(shipped()[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["cases"] >= 1


def with_golden(folder: Path, shift: float) -> Bundle:
    """The toy with the logits that Python's runtime gives for clips that are partly unseen, plus `shift`."""
    toy = toy_bundle(folder / "first")
    recognizer = Recognizer(toy)
    cases = []
    for xs in ([0.9], [0.2, None, 0.4], [None, None]):
        clip = in_hands(hand_clip(xs))
        landmarks, times, aspect = stack([clip])
        logits = recognizer.logits([clip])[0][0] + np.float32(shift)
        cases.append(golden_of(landmarks[0], times[0], float(aspect[0]), logits))
    files = {
        "model.onnx": toy_graph(),
        "weights.safetensors": b"",
        "golden.json": json.dumps([c.model_dump() for c in cases]).encode(),
        "metrics.json": b"{}",
        "README.md": b"# toy\n",
    }
    return bundles.write(folder / "toy", toy_manifest(), files)


def test_unseen_points_mean_the_same_in_wasm(tmp_path: Path) -> None:
    done = replay(with_golden(tmp_path, 0.0).path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["cases"] == 3


def test_another_answer_is_refused(tmp_path: Path) -> None:
    done = replay(with_golden(tmp_path, 0.01).path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["worst"] == pytest.approx(0.01, rel=0.05)
