"""Whether the page's lite body tracker leads to the full one's answers, into docs/results/lite_pose.json.

    python benchmarks/lite_pose.py --root ../shared/data

Both follow the same films (collections of signs, other people than the bundle learned from); the bundle `signs` answers
to what each saw, whether it knows the sign or not. How far their points lie apart is in shoulder widths.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.landmarks import HANDS_POSE
from deepsign.perceive import Landmarker, assets, read_frames
from deepsign.recognizer import Recognizer, load

RESULT = Path("docs/results/lite_pose.json")
PARTS = {"shoulders": ("left_shoulder", "right_shoulder"), "elbows": ("left_elbow", "right_elbow")}
PARTS |= {"wrists": ("left_wrist", "right_wrist"), "nose": ("nose",)}


def followed(film: Path, body: str) -> tuple[Clip, float]:
    """What the trackers see of a film, and what a picture takes, ms."""
    fetch, names = assets.fetch, {"pose_landmarker_full.task": f"pose_landmarker_{body}.task"}
    with mock.patch.object(assets, "fetch", lambda name: fetch(names.get(name, name))):
        tracker = Landmarker(HANDS_POSE.name)
    frames = read_frames(film)
    began = time.perf_counter()
    with tracker:
        seen = [(at, tracker.see(frame, at)) for at, frame in frames]
    took = 1000 * (time.perf_counter() - began) / len(seen)
    times = np.array([at for at, _ in seen])
    points = np.stack([p for _, p in seen])
    return Clip(landmarks=points, layout=HANDS_POSE.name, times=times, aspect=frames.aspect), took


def apart(one: Clip, other: Clip) -> dict[str, float]:
    """The median distance of each part between two sightings, in shoulder widths."""
    assert one.landmarks is not None and other.landmarks is not None
    shape = np.array([1.0, 1.0 / one.aspect])

    def at(clip: NDArray[np.float32], names: tuple[str, ...]) -> NDArray[np.float64]:
        return np.asarray(clip[:, [HANDS_POSE.index[f"pose.{n}"] for n in names], :2] * shape)

    ends = at(one.landmarks, PARTS["shoulders"])
    unit = float(np.nanmedian(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=-1)))
    gaps = {p: np.linalg.norm(at(one.landmarks, n) - at(other.landmarks, n), axis=-1) for p, n in PARTS.items()}
    return {part: float(np.nanmedian(gap)) / unit for part, gap in gaps.items()}


def said(signs: Recognizer, clip: Clip) -> tuple[str, float, bool]:
    """The bundle's first answer, its probability, and whether it is sure enough to say it."""
    answer = signs.predict(signs.in_layout(clip))
    if not answer.candidates:
        return "", 0.0, False
    return answer.candidates[0].gloss, answer.candidates[0].probability, answer.known


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path("../shared/data"))
    films = sorted((parser.parse_args().root / "video").rglob("*.mp4"))
    signs = load("signs")
    rows: list[dict[str, Any]] = []
    for film in films:
        (full, took_full), (lite, took_lite) = followed(film, "full"), followed(film, "lite")
        a, b = said(signs, full), said(signs, lite)
        rows.append(
            {
                "first": a[0] == b[0],
                "same": (a[0] if a[2] else None) == (b[0] if b[2] else None),
                "probability": abs(a[1] - b[1]),
                "took": (took_full, took_lite),
                **apart(full, lite),
            }
        )
        print(film.name, a, b, flush=True)
    found = {
        "films": len(rows),
        "first_answer_agrees": sum(r["first"] for r in rows),
        "what_is_said_agrees": sum(r["same"] for r in rows),
        "probability_apart_median": round(float(np.median([r["probability"] for r in rows])), 3),
        "apart_shoulder_widths": {part: round(float(np.median([r[part] for r in rows])), 3) for part in PARTS},
        "picture_ms": {
            k: round(float(np.median([r["took"][i] for r in rows])), 1) for i, k in enumerate(("full", "lite"))
        },
        "bytes": {k: assets.ASSETS[f"pose_landmarker_{k}.task"].size for k in ("full", "lite")},
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
