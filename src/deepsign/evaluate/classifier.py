"""Classifier: how long a network takes for a clip, and how large it is."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.recognizer import Recognizer

# What a sign of two seconds has at 30 frames a second, rounded up.
_FRAMES, _FPS = 64, 30.0
_WARM, _RUNS = 20, 500


def measured(bundle: Bundle, clip: Clip) -> dict[str, Any]:
    """The time from landmarks to answer, ms, for 64 frames on one thread, and the graph's bytes.

    clip  what was really signed; it is repeated or cut to 64 frames.
    """
    recognizer = Recognizer(bundle)
    full = recognizer.in_layout(clip)
    assert full.landmarks is not None and full.layout is not None
    points = full.landmarks[np.arange(_FRAMES) % len(full)]
    long = Clip.from_landmarks(points, full.layout, fps=_FPS, aspect=full.aspect)
    for _ in range(_WARM):
        recognizer.predict(long)
    taken = [_timed(recognizer, long) for _ in range(_RUNS)]
    p50, p95 = np.percentile(np.array(taken) * 1000, [50, 95])
    return {
        "frames": _FRAMES,
        "runs": _RUNS,
        "p50_ms": round(float(p50), 3),
        "p95_ms": round(float(p95), 3),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "bytes": bundle.model_path.stat().st_size,
    }


def _timed(recognizer: Recognizer, clip: Clip) -> float:
    began = time.perf_counter()
    recognizer.predict(clip)
    return time.perf_counter() - began
