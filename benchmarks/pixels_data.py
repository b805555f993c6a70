"""How fast pixels come: clips decoded, read again from the cache, augmented; into docs/results/pixels_data.json.

    python benchmarks/pixels_data.py

Clips are drawn: 320 × 240 H.264, 60 frames, sampled to 30 frames at 224 px. Other programs make it slower: the load
average at the start is written down beside the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from deepsign.data import manifest
from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore
from deepsign.data.synth import write_clips
from deepsign.data.synth_motion import motion_clips

_FRAMES, _SIZE, _SECONDS = 30, 224, 2.4
# A process needs about a second to start; the second figure leaves that out.
_WORKERS = (0, 2)


def measured(clips: int) -> dict[str, Any]:
    """The figures, clips a second unless the name says otherwise."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        rows = list(write_clips(motion_clips(clips, 0, seconds=_SECONDS), "bench", root / "clips"))
        found: dict[str, Any] = {"clips": clips, "frames": round(25 * _SECONDS), "of": "320 × 240 H.264, drawn"}
        for workers in _WORKERS:
            store = PixelStore(root / "clips", root / "cache", _SIZE, _FRAMES)
            found[f"decoded_with_{workers}_workers_per_s"] = rate(store, rows, workers)
            if workers != _WORKERS[-1]:
                shutil.rmtree(root / "cache")
        began = time.perf_counter()
        for row in rows:
            store.read(row)[0].sum()
        found["read_again_per_s"] = round(clips / (time.perf_counter() - began), 1)
        found["cache_mb"] = round(store.cache.used() / 1e6)
        found["augmented_per_s"] = augmented(store, rows[:4])
        began = time.perf_counter()
        manifest.digest(root / "clips" / rows[0].path)
        found["hashed_ms"] = round(1000 * (time.perf_counter() - began), 2)
    return found


def augmented(store: PixelStore, rows: list[Row]) -> float:
    """Clips augmented a second."""
    # Here, for worker processes import this file too, and have no use for torch.
    import torch

    from deepsign.train.augment_pixels import PixelAugment

    batch = torch.stack([torch.from_numpy(store.read(row)[0].copy()) for row in rows])
    augment = PixelAugment(crop=0.1, rotate=10, brightness=0.1, contrast=0.1, colour=0.1, noise=0.02, cutout=0.2)
    began = time.perf_counter()
    augment(batch, torch.Generator().manual_seed(0))
    return round(len(batch) / (time.perf_counter() - began), 1)


def rate(store: PixelStore, rows: list[Row], workers: int) -> float:
    """Clips decoded a second, the workers' start included."""
    began = time.perf_counter()
    got = store.prefetch(rows, workers)
    assert got.ready == len(rows), got.failed
    return round(len(rows) / (time.perf_counter() - began), 1)


def main() -> None:
    """Measures and writes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clips", type=int, default=160)
    options.add_argument("--out", type=Path, default=Path("docs/results/pixels_data.json"))
    chosen = options.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    found = {"machine": machine, "load_at_start": load and round(load, 1), **measured(chosen.clips)}
    chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
