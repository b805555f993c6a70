"""How well drawn signers are tracked and read, into docs/results/synth_signers.json.

    python benchmarks/synth_signers.py --clips 48

Frames in which the whole hand is drawn: in how many the tracker finds a hand, in how many on the right side, and how
far its points are from the drawn ones, in palm lengths. Then what the bundles `letters` and `signs` say to the clips.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.clip import Clip
from deepsign.data.synth import FPS
from deepsign.data.synth_signers import WORDS, signer_clip
from deepsign.landmarks import HANDS_POSE
from deepsign.perceive import Landmarker
from deepsign.recognizer import load

_SIDES = ("right_hand", "left_hand")


def tracked(frames: list[NDArray[np.uint8]], known: Clip) -> NDArray[np.float32]:
    """(T, 75, 3), as the tracker sees the frames."""
    with Landmarker(HANDS_POSE.name) as tracker:
        return np.stack([tracker.see(frame, at / FPS) for at, frame in enumerate(frames)])


def measured(clips: int, seed: int) -> dict[str, Any]:
    """The figures, for each sign and all together."""
    letters, signs = load("letters"), load("signs")
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    answers: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for number in range(clips):
        drawn, known = signer_clip(number, seed)
        assert known.landmarks is not None
        seen = tracked(list(drawn.frames), known)
        side = next(s for s in _SIDES if not np.isnan(known.landmarks[:, HANDS_POSE.part(s)]).all())
        found[drawn.gloss] += list(compared(known.landmarks, seen, side, known.aspect))
        clip = known.with_landmarks(seen, HANDS_POSE.name)
        if drawn.gloss in WORDS:
            said = signs.predict(signs.in_layout(clip))
        else:
            middle = slice(len(seen) // 2 - 8, len(seen) // 2 + 8)
            held = Clip.from_landmarks(seen[middle], HANDS_POSE.name, fps=FPS, aspect=known.aspect)
            said = letters.predict(letters.in_layout(held))
        best = bool(said.candidates) and said.candidates[0].gloss == drawn.gloss
        answers[drawn.gloss].append((best, best and said.known))
    return {
        "clips": clips,
        "all": figures([f for part in found.values() for f in part], [a for part in answers.values() for a in part]),
        **{gloss: figures(found[gloss], answers[gloss]) for gloss in sorted(found)},
    }


def compared(
    known: NDArray[np.float32], seen: NDArray[np.float32], side: str, aspect: float
) -> list[tuple[float, ...]]:
    """(found, on the right side, error) of each frame in which the hand is drawn; the error is NaN where not found."""
    hand = known[:, HANDS_POSE.part(side), :2] * [aspect, 1]
    there = {s: seen[:, HANDS_POSE.part(s), :2] * [aspect, 1] for s in _SIDES}
    rows = []
    for at in np.flatnonzero(~np.isnan(hand).any(axis=(1, 2))):
        palm = float(np.linalg.norm(hand[at, 9] - hand[at, 0]))
        off = [float(np.linalg.norm(points[at] - hand[at], axis=1).mean()) / palm for points in there.values()]
        right = not np.isnan(there[side][at]).any()
        rows.append(
            (float(not np.isnan(off).all()), float(right), float(np.nanmin(off)) if not np.isnan(off).all() else np.nan)
        )
    return rows


def figures(rows: list[tuple[float, ...]], answers: list[tuple[bool, bool]]) -> dict[str, float]:
    """Shares, and the median and 95th percentile of the error."""
    found, right, off = np.array(rows).T
    best, known = np.array(answers).mean(axis=0)
    p50, p95 = np.nanpercentile(off, [50, 95])
    named = {"frames": len(rows), "found": found.mean(), "right_side": right.mean(), "error_p50": p50, "error_p95": p95}
    return {k: round(float(v), 3) for k, v in {**named, "best_answer": best, "accepted": known}.items()}


def main() -> None:
    """Measures and writes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clips", type=int, default=48)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, default=Path("docs/results/synth_signers.json"))
    chosen = options.parse_args()
    found = measured(chosen.clips, chosen.seed)
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found["all"]))


if __name__ == "__main__":
    main()
