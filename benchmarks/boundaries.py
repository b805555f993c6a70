"""How well sign boundaries are found in made-up streams, and how soon, into docs/results/boundaries.json.

    python benchmarks/boundaries.py

A span is right if it overlaps a true one by IoU 0.5 or more, each true one counted once. The delay is from the moment
when the hands stopped, or left the picture, to the frame that ended the sign. Streams: tests/made_streams.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepsign.boundaries import STILL, Boundaries, Span, spans

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from made_streams import Stream, Truth, stream

# What the app's plan asked for, and what a verdict within 0.3 s leaves room for.
_STILLS = (0.2, STILL, 0.3, 0.35)
_FIRST_SEED = 10_000  # the tests' streams, which the rules were made with, have lower ones


def live(s: Stream) -> list[Span]:
    """The spans as a camera gives them: each as it was when it was last decided, without the rest of a hold."""
    machine = Boundaries(s.aspect)
    found = (machine.feed(points, float(t)) for points, t in zip(s.landmarks, s.times, strict=True))
    return list({span.start: span for span in found if span}.values())


def recorded(s: Stream, still: float = STILL) -> list[Span]:
    """The spans as a recording gives them."""
    return spans(s.landmarks, s.times, s.aspect, still=still)


def iou(a: Span, b: Truth) -> float:
    """Shared time over joint time."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return max(0.0, shared) / (max(a.end, b.end) - min(a.start, b.start))


def pairs(found: Sequence[Span], true: Sequence[Truth]) -> list[tuple[Span, Truth]]:
    """Each true sign with the span that is it, if there is one; at IoU 0.5 there is never more than one."""
    return [(a, b) for b in true for a in found if iou(a, b) >= 0.5]


def measure(streams: Iterable[Stream], find: Callable[[Stream], list[Span]] = recorded) -> dict[str, Any]:
    """F1, recall by kind of sign, and delays in ms over these streams."""
    found_count = true_count = 0
    kinds: dict[str, list[int]] = {}
    matched: list[tuple[Span, Truth]] = []
    for s in streams:
        found = find(s)
        hits = pairs(found, s.signs)
        matched += hits
        found_count += len(found)
        true_count += len(s.signs)
        for sign in s.signs:
            kinds.setdefault(sign.kind, []).append(int(any(b is sign for _, b in hits)))
    delays = np.array([(a.decided - b.stopped) * 1000 for a, b in matched])
    by_kind = {kind: delays[[b.kind == kind for _, b in matched]] for kind in kinds}
    edges = np.array([[abs(a.start - b.start), abs(a.end - b.end)] for a, b in matched]) * 1000
    return {
        "f1": round(2 * len(matched) / max(1, found_count + true_count), 4),
        "precision": round(len(matched) / max(1, found_count), 4),
        "recall": round(len(matched) / max(1, true_count), 4),
        "recall_by_kind": {kind: round(float(np.mean(hits)), 4) for kind, hits in sorted(kinds.items())},
        "signs": true_count,
        "delay_ms": {f"p{q}": round(float(np.percentile(delays, q))) for q in (50, 95)},
        "delay_p95_ms_by_kind": {k: round(float(np.percentile(v, 95))) for k, v in sorted(by_kind.items()) if len(v)},
        "start_off_ms": {f"p{q}": round(float(np.percentile(edges[:, 0], q))) for q in (50, 95)},
        "end_off_ms": {f"p{q}": round(float(np.percentile(edges[:, 1], q))) for q in (50, 95)},
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--streams", type=int, default=400, help="how many streams for each figure")
    parser.add_argument("--out", type=Path, default=Path("docs/results/boundaries.json"))
    given = parser.parse_args()
    seeds = range(_FIRST_SEED, _FIRST_SEED + given.streams)
    mixed = [stream(seed) for seed in seeds]
    found = {
        "streams": len(mixed),
        "first_seed": _FIRST_SEED,
        "10_to_30_fps": measure(mixed),
        "by_fps": {str(fps): measure(stream(seed, fps) for seed in seeds) for fps in (10, 15, 30)},
        "live": measure(mixed, live),
        "by_stillness_s": {f"{still:.2f}": measure(mixed, partial(recorded, still=still)) for still in _STILLS},
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
