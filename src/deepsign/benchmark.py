"""Benchmark: how fast a bundle answers on this machine, by stage, and how much memory it takes."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.landmarks import layout_named
from deepsign.perceive import Landmarker, read_frames
from deepsign.perceive.sampled import sample
from deepsign.problems import AssetError, InputError
from deepsign.recognizer import Recognizer

# What most webcams and most corpora's clips are.
_WIDTH, _HEIGHT, _FPS = 320, 240, 30
# Runs before the clock counts: caches and branch predictors wake up.
_WARM = 3
Frame = NDArray[np.uint8]


def benchmark(bundle: str | Path, frames: int = 30, runs: int = 100) -> dict[str, Any]:
    """Times a bundle on a drawn clip of `frames` frames, `runs` times.

    "stages" has ms for decode (from a file), landmarks (where the bundle takes them and the tracker is here) and
    network; "clip" the whole of it; each with p50, p95 and p99. "frames_per_second" is that of the whole, "memory_mb"
    the process's most so far.
    """
    if frames < 1 or runs < 1:
        raise InputError(f"--seq-len {frames} --runs {runs}: give numbers from 1 up")
    opened = bundles.find(bundle)
    recognizer = Recognizer(opened)
    with tempfile.TemporaryDirectory() as folder:
        source = _written(Path(folder) / "clip.mp4", frames)
        stages = _of_pixels(recognizer, source, runs) if opened.pictures else _of_landmarks(recognizer, source, runs)
    whole = np.sum(list(stages.values()), axis=0)
    return {
        "bundle": opened.name,
        "kind": opened.manifest.input.kind,
        "frames": frames,
        "runs": runs,
        "stages": {name: _spread(ms) for name, ms in stages.items()},
        "clip": _spread(whole),
        "frames_per_second": round(frames * 1000 / float(np.median(whole)), 1),
        "memory_mb": _memory(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """What was measured, for a person."""
    head = f"{found['bundle']} ({found['kind']}): {found['frames']} frames, {found['runs']} runs"
    table = [f"{'ms':<12}{'p50':>9}{'p95':>9}{'p99':>9}"]
    for name, spread in (*found["stages"].items(), ("whole clip", found["clip"])):
        table.append(f"{name:<12}" + "".join(f"{spread[p]:9.2f}" for p in ("p50", "p95", "p99")))
    return [head, *table, f"{found['frames_per_second']} frames/s, {found['memory_mb']} MB, load {found['load']}"]


def _of_pixels(recognizer: Recognizer, source: Path, runs: int) -> dict[str, NDArray[np.float64]]:
    given = recognizer.bundle.pictures
    assert given is not None
    if given.frames is not None:
        shown, _ = sample(source, given.frames, given.size, given.fit)
        clip = Clip.from_frames(shown, fps=_FPS)
        decode = _timed(lambda: sample(source, given.frames or 1, given.size, given.fit), runs)
        return {"decode": decode, "network": _timed(lambda: recognizer.predict(clip), runs)}
    pictures = [Clip.from_frames(frame) for _, frame in read_frames(source)]
    decode = _timed(lambda: list(read_frames(source)), runs)
    return {"decode": decode, "network": _timed(lambda: [recognizer.predict(p) for p in pictures], runs)}


def _of_landmarks(recognizer: Recognizer, source: Path, runs: int) -> dict[str, NDArray[np.float64]]:
    layout = recognizer.bundle.manifest.input.layout
    pictures = list(read_frames(source))
    stages = {"decode": _timed(lambda: list(read_frames(source)), runs)}
    try:
        with Landmarker(layout) as tracker:
            clock = iter(range(10**9))

            def track() -> None:
                for _, frame in pictures:
                    tracker.see(frame, next(clock) / _FPS)

            stages["landmarks"] = _timed(track, runs)
    except AssetError as error:
        print(f"deepsign: landmarks are not timed ({error})", file=sys.stderr)
    clip = _hands(recognizer.bundle, len(pictures))
    return stages | {"network": _timed(lambda: recognizer.predict(clip), runs)}


def _hands(bundle: Bundle, frames: int) -> Clip:
    """Points in motion; which ones makes no difference to the time a network takes."""
    rng = np.random.default_rng(0)
    points = len(layout_named(bundle.manifest.input.layout))
    still = rng.uniform(0.3, 0.7, (1, points, 3))
    moved = still + np.linspace(0, 0.2, frames)[:, None, None]
    return Clip.from_landmarks(moved.astype(np.float32), bundle.manifest.input.layout, fps=_FPS)


def _timed(call: Callable[[], object], runs: int) -> NDArray[np.float64]:
    """(runs,) ms."""
    for _ in range(min(_WARM, runs)):
        call()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return np.array(taken)


def _spread(ms: NDArray[np.float64]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(ms, p)), 3) for p in (50, 95, 99)}


def _memory() -> float | None:
    """The most memory that this process has held, MB; None where the system doesn't say."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def _written(path: Path, frames: int) -> Path:
    """A clip of a light that crosses noise, as an H.264 mp4."""
    import av

    rng = np.random.default_rng(0)
    wall = rng.integers(60, 120, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=Fraction(_FPS))
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for at in range(frames):
            picture = wall.copy()
            left = round(at / max(1, frames - 1) * (_WIDTH - 80))
            picture[60:180, left : left + 80] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
