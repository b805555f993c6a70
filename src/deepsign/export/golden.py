"""Golden: inputs with their logits, which every runtime (Python, Node, the page) must reproduce."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from deepsign.bundle import Bundle
from deepsign.bundle_inputs import Golden, GoldenPicture, golden_of
from deepsign.clip import Clip, stack
from deepsign.export.graph import INPUTS, TOLERANCE, session_of
from deepsign.landmarks import layout_named, mirrored
from deepsign.problems import BundleError

# Frames of a clip kept in a golden case: enough to move, small enough to read.
_FRAMES = 8


def cases_of(clips: Sequence[Clip]) -> list[Clip]:
    """Six to ten clips that try what runtimes get wrong, made from real ones in the bundle's layout.

    Stills, the other hand, 2-D data, both hands at once, a clip, and a clip with frames and single points missing.
    """
    stills = [_short(c, 1) for c in clips[:4]]
    moving = _short(max(clips, key=len), _FRAMES)
    if len(moving) == 1:
        moving = _drifting(stills[0])
    assert moving.landmarks is not None
    assert moving.layout is not None
    gaps = moving.landmarks.copy()
    gaps[1::3] = np.nan
    gaps[0, 0] = np.nan
    flat = _points(stills[0]).copy()
    flat[..., 2] = np.nan
    cases = [
        *stills,
        _with(stills[0], mirrored(_points(stills[0]), moving.layout)),
        _with(stills[0], flat),
        moving,
        _with(moving, gaps),
    ]
    if "left_hand.wrist" in layout_named(moving.layout).index:
        both = mirrored(_points(stills[-1]), moving.layout)
        cases.append(_with(stills[0], np.where(np.isnan(_points(stills[0])), both, _points(stills[0]))))
    return cases


def written(graph: bytes, clips: Sequence[Clip]) -> bytes:
    """golden.json for a graph: each clip as it will be read back (rounded), with the logits the graph gives."""
    session = session_of(graph)
    cases = []
    for clip in clips:
        landmarks, times, aspect = stack([clip])
        golden = golden_of(landmarks[0], times[0], float(aspect[0]), np.zeros(0, np.float32))
        logits = session.run(["logits"], dict(zip(INPUTS, golden.arrays(), strict=True)))[0][0]
        cases.append(golden.model_copy(update={"logits": [round(float(v), 6) for v in logits]}).model_dump())
    return json.dumps(cases, separators=(",", ":")).encode()


def difference(session: ort.InferenceSession, golden: Sequence[Golden]) -> float:
    """The greatest difference between a graph's logits and the golden ones."""
    worst = 0.0
    for case in golden:
        found = session.run(["logits"], dict(zip(INPUTS, case.arrays(), strict=True)))[0][0]
        worst = max(worst, float(np.abs(found - np.array(case.logits)).max()))
    return worst


def of_pictures(session: ort.InferenceSession, golden: Sequence[GoldenPicture]) -> float:
    """As `difference`, for a graph that takes pixels."""
    found = [(session.run(["logits"], {"frames": case.frames()})[0][0], case.logits) for case in golden]
    return max(float(np.abs(logits - np.array(expected)).max()) for logits, expected in found)


def check(bundle: Bundle, graph: Path) -> float:
    """The greatest difference of this graph from the bundle's golden answers; BundleError beyond TOLERANCE."""
    session = session_of(graph.read_bytes())
    pictures = bundle.pictures
    worst = of_pictures(session, bundle.golden_pictures) if pictures else difference(session, bundle.golden)
    if not worst <= TOLERANCE:
        raise BundleError(f"{graph}: its logits differ from {bundle.path / 'golden.json'} by {worst:.2g}")
    return worst


def check_answers(
    bundle: Bundle,
    logits_of: Callable[[dict[str, Any]], Any],
    tolerance: float,
    name: str,
) -> float:
    """The greatest change of a golden probability, for a network whose arithmetic is another.

    logits_of  gives the logits (C,) for a golden case's inputs by name.
    Raises BundleError that begins with `name` beyond `tolerance`, and for a NaN.
    """
    temperature = bundle.manifest.decision.temperature
    cases: list[tuple[dict[str, Any], list[float]]]
    if bundle.pictures:
        cases = [({"frames": case.frames()}, case.logits) for case in bundle.golden_pictures]
    else:
        cases = [(dict(zip(INPUTS, case.arrays(), strict=True)), case.logits) for case in bundle.golden]
    worst = 0.0
    for number, (inputs, logits) in enumerate(cases):
        expected = _probabilities(np.array(logits), temperature)
        found = _probabilities(logits_of(inputs), temperature)
        worst = max(worst, float(np.abs(found - expected).max()))
        if not worst <= tolerance:  # a NaN fails too
            raise BundleError(
                f"{name}: golden case {number} differs by {worst:.2g} in probability (at most {tolerance:g})"
            )
    return worst


def _probabilities(
    logits: np.ndarray[tuple[int, ...], np.dtype[Any]], temperature: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    grown = np.exp(scaled - scaled.max())
    return np.asarray(grown / grown.sum())


def _short(clip: Clip, frames: int) -> Clip:
    """At most this many frames, spread over the clip; of a still's, one in which something is seen."""
    points = _points(clip)
    seen = np.flatnonzero(~np.isnan(points[..., 0]).all(axis=1))
    at = (
        np.array([seen[len(seen) // 2]])
        if frames == 1
        else np.unique(np.linspace(0, len(clip) - 1, frames).astype(int))
    )
    return replace(clip, landmarks=points[at], times=clip.times[at], frames=None, source="")


def _drifting(still: Clip) -> Clip:
    steps = np.arange(_FRAMES, dtype=np.float32)
    shift = np.stack([0.01 * steps, 0.005 * steps, 0 * steps], axis=1)
    return replace(still, landmarks=_points(still) + shift[:, None, :], times=np.arange(_FRAMES) / 25)


def _points(clip: Clip) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert clip.landmarks is not None
    return clip.landmarks


def _with(clip: Clip, landmarks: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Clip:
    return replace(clip, landmarks=landmarks.astype(np.float32))
