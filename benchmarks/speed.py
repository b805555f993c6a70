"""How fast: start-up, photo → answer, and the classifier alone, into docs/results/speed.json.

    python benchmarks/speed.py --photos ../shared/data/images

Medians and 95th percentiles of many runs, everything warm. Other programs make it slower: the load average at the
start is written down beside the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import deepsign
from deepsign.answer import Answerer
from deepsign.bundle import Bundle, shipped
from deepsign.perceive import PHOTO_SUFFIXES
from deepsign.recognizer import Recognizer

_STARTS = 15
_PHOTOS = 150
_CLASSIFIED = 2000


def seconds(command: list[str]) -> float:
    """The median time that a new process of this command takes, s; its modules are compiled by the first run."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return median_of(_STARTS, lambda: subprocess.run(command, env=environment, check=True, capture_output=True))


def median_of(times: int, run: Callable[[], object]) -> float:
    """The median time of `run`, s, after one that doesn't count."""
    run()
    return statistics.median(timed(run) for _ in range(times))


def timed(run: Callable[[], object]) -> float:
    """How long `run` takes, s."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def spread(taken: list[float]) -> dict[str, float]:
    """Median and 95th percentile of times in s, as ms."""
    p50, p95 = np.percentile(np.array(taken) * 1000, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def start_up() -> dict[str, float]:
    """`import deepsign` beyond the interpreter's own start, and the whole of `deepsign --help`; s."""
    python = sys.executable
    bare = seconds([python, "-c", ""])
    imported = seconds([python, "-c", "import deepsign"])
    shown = seconds([python, "-m", "deepsign.cli", "--help"])
    return {"import_s": round(max(imported - bare, 0.0), 4), "help_s": round(shown, 4), "python_s": round(bare, 4)}


def photos(folder: Path, model: str) -> dict[str, Any]:
    """Photo file → answer, everything loaded; ms."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise SystemExit(f"{folder}: holds no photo; name a folder that does with --photos")
    order = np.random.default_rng(0).permutation(len(found))
    chosen = [found[i] for i in order[:_PHOTOS]]
    with Answerer(model) as answerer:
        answerer.answer(str(chosen[0]))
        taken = [timed(lambda path=path: answerer.answer(str(path))) for path in chosen]
    return {**spread(taken), "photos": len(chosen)}


def classifier(bundle: Bundle) -> dict[str, Any]:
    """One still's landmarks → calibrated answer, ms, one thread; the network's size, bytes."""
    recognizer = Recognizer(bundle)
    points = np.random.default_rng(0).random((42, 3), dtype=np.float32)
    points[:21] = np.nan
    clip = deepsign.Clip.from_landmarks(points, bundle.manifest.input.layout)
    for _ in range(100):
        recognizer.predict(clip)
    taken = [timed(lambda: recognizer.predict(clip)) for _ in range(_CLASSIFIED)]
    files = [p for p in bundle.path.iterdir() if p.is_file()]
    return {
        **spread(taken),
        "network_bytes": bundle.model_path.stat().st_size,
        "bundle_bytes": sum(p.stat().st_size for p in files),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--photos", type=Path, default=Path("../shared/data/images"), help="a folder of photos")
    parser.add_argument("--out", type=Path, default=Path("docs/results/speed.json"))
    given = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    bundles = {name: Bundle.open(path) for name, path in shipped().items()}
    if not bundles:
        raise SystemExit("no bundle is installed: nothing to measure")
    found = {
        "machine": {
            "system": platform.system(),
            "processor": _processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": None if load is None else round(load, 2),
        },
        "start_up": start_up(),
        "photo_ms": photos(given.photos, "letters" if "letters" in bundles else next(iter(bundles))),
        "classifier_ms": {name: classifier(bundle) for name, bundle in bundles.items()},
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
