"""How fast the Isolated Sign Language Recognition corpus is converted, into docs/results/asl_signs_conversion.json.

    python benchmarks/asl_signs.py --files 6000 --real ../shared/data/motion/asl_signs

Makes a corpus in the published layout: sequences that are drawn at random with lengths as the corpus has them, or
copies of real ones. Converts it with as many processes as are asked for, and again in part, in this process alone, to
see whether memory grows. Other programs make it slower: the load average at the start is written down beside the
figures.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from deepsign.data.asl_signs_archive import convert
from deepsign.data.asl_signs_list import LIST, listed
from deepsign.data.tables import open_table

# Frames in a sequence: half of the corpus's have 22 or fewer, the mean is 38, the longest 537.
_MEDIAN, _SPREAD, _LONGEST = 22, 1.05, 537
_PARTS = (("face", 468), ("left_hand", 21), ("pose", 33), ("right_hand", 21))
# Sequences that are drawn; the corpus is made of copies of them.
_DRAWN = 40
_RESULT = Path("docs/results/asl_signs_conversion.json")


def draw_sequence(path: Path, frames: int, chance: np.random.Generator) -> None:
    """A parquet file as the corpus has them: 543 rows a frame, the left hand never seen."""
    types = np.concatenate([[name] * size for name, size in _PARTS])
    index = np.concatenate([np.arange(size) for _, size in _PARTS])
    number = np.repeat(np.arange(20, 20 + frames), len(types))
    kind, at = np.tile(types, frames), np.tile(index, frames)
    values = chance.normal(0.5, 0.1, (len(number), 3)).astype(np.float32).astype(np.float64)
    values[kind == "left_hand"] = np.nan
    columns: dict[str, Any] = {
        "frame": number.astype(np.int16),
        "row_id": [f"{n}-{k}-{i}" for n, k, i in zip(number, kind, at, strict=True)],
        "type": kind,
        "landmark_index": at.astype(np.int16),
    }
    columns |= {axis: pa.array(values[:, i], from_pandas=True) for i, axis in enumerate("xyz")}
    pq.write_table(pa.table(columns), path, compression="snappy")


def make_corpus(folder: Path, files: int, originals: list[Path]) -> int:
    """A corpus of copies of these files, each its own file on disk; gives their bytes."""
    lines, size = [], 0
    for i in range(files):
        participant, sequence = 1000 + i % 21, 10_000_000 + i
        path = f"train_landmark_files/{participant}/{sequence}.parquet"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(originals[i % len(originals)], folder / path)
        size += (folder / path).stat().st_size
        lines.append((path, participant, sequence, f"sign{i % 250}"))
    with (folder / LIST).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "participant_id", "sequence_id", "sign"), *lines])
    return size


def resident_mb(pid: int) -> float:
    """Memory that a process and its children hold right now, MB; Linux only. Pages of mapped files count too."""
    total = 0.0
    for folder in Path("/proc").iterdir():
        try:
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if folder.name == str(pid) or int(status.get("PPid", 0)) == pid:
            total += int(status.get("VmRSS", "0 kB").split()[0]) / 1024
    return total


def watched(run: Any) -> tuple[float, list[tuple[float, float]]]:
    """Seconds that `run` takes, and (seconds since its start, MB) ten times a second."""
    seen: list[tuple[float, float]] = []
    over = threading.Event()
    began = time.perf_counter()

    def watch() -> None:
        while not over.wait(0.1):
            seen.append((time.perf_counter() - began, resident_mb(os.getpid())))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        run()
    finally:
        taken = time.perf_counter() - began
        over.set()
        thread.join()
    return taken, seen


def growth(seen: list[tuple[float, float]], taken: float, files: int) -> float:
    """MB that memory grows by for every 1000 files, by a line through the second half of the samples."""
    late = np.array([sample for sample in seen if taken / 2 < sample[0] < taken * 0.95])
    return float(np.polyfit(late[:, 0], late[:, 1], 1)[0]) * taken / files * 1000


def main() -> None:
    """Makes the corpus, converts it, prints the figures and writes them down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=6000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--real", type=Path, help="a slice of the corpus, whose files are copied in place of drawn ones"
    )
    options = parser.parse_args()
    chance = np.random.default_rng(0)
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = [options.real / s.path for s in listed(options.real)] if options.real else []
        for i in range(0 if options.real else _DRAWN):
            frames = int(np.clip(chance.lognormal(np.log(_MEDIAN), _SPREAD), 2, _LONGEST))
            originals.append(folder / f"{i}.parquet")
            draw_sequence(originals[-1], frames, chance)
        size = make_corpus(folder / "corpus", options.files, originals)
        out = folder / "archive"
        taken, seen = watched(lambda: convert(folder / "corpus", out, options.jobs))
        alone, seen_alone = watched(lambda: convert(folder / "corpus", folder / "again", 1))
        began = time.perf_counter()
        table = open_table(out / "index.npz")
        table.clip(len(table) - 1)
        opened = time.perf_counter() - began
        frames = int(table.arrays.offsets[-1]) if table.arrays.offsets is not None else 0
    result = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load_at_start": load,
        "files": options.files,
        "of": "copies of real sequences" if options.real else "drawn sequences",
        "mean_frames": round(frames / options.files, 1),
        "mean_kb": round(size / options.files / 1000, 1),
        "jobs": options.jobs,
        "files_per_s": round(options.files / taken, 1),
        "files_per_s_one_process": round(options.files / alone, 1),
        "peak_mb": round(max(mb for _, mb in seen)),
        "peak_mb_one_process": round(max(mb for _, mb in seen_alone)),
        "growth_mb_per_1000_files": round(growth(seen_alone, alone, options.files), 2),
        "whole_corpus_min": round(94_477 / (options.files / taken) / 60, 1),
        "open_and_first_clip_ms": round(opened * 1000, 1),
    }
    kept = json.loads(_RESULT.read_text()) if _RESULT.is_file() else {}
    kept[str(result["of"])] = result
    _RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
