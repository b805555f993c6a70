"""Whether a left-handed signer is accepted as often as a right-handed one, into docs/results/app.json and docs/app.md.

    python benchmarks/left_handed.py --root ../shared/data

Right attempts of collections that nothing shipped was made from are judged as they are and mirrored, by the rule and
the networks that the page has (tests/golden holds the page to the same logits and verdicts).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from app import RESULT, document
from feedback import MANY, Attempt, study

from deepsign import bundle as bundles
from deepsign.data.tables import open_table
from deepsign.landmarks import mirrored
from deepsign.recognizer import Recognizer

TASKS = {"letters": "letters", "digits": "digits", "signs": "words"}


def accepted(recognizer: Recognizer, found: list[Attempt]) -> dict[str, Any]:
    """Accept rates as signed and in the mirror, and how many attempts went which way, by hand."""
    layout = recognizer.bundle.manifest.input.layout
    bars = recognizer.bundle.manifest.decision.per_sign_accept
    rates: dict[str, list[bool]] = {"as_signed": [], "mirrored": []}
    for attempt in found:
        if attempt.gloss not in bars or attempt.clip.landmarks is None:
            continue
        other = attempt.clip.with_landmarks(mirrored(attempt.clip.landmarks, layout), layout)
        for name, clip in (("as_signed", attempt.clip), ("mirrored", other)):
            rates[name].append(recognizer.verdict(clip, attempt.gloss).outcome == "accepted")
    signed, mirror = (float(np.mean(v)) for v in rates.values())
    return {
        "attempts": len(rates["mirrored"]),
        "as_signed": round(signed, 4),
        "mirrored": round(mirror, 4),
        "apart_points": round(100 * abs(signed - mirror), 2),
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("../shared/data"))
    parser.add_argument("--each", type=int, default=60, help="attempts of a collection, at most")
    given = parser.parse_args()
    suspect = open_table(given.root / MANY).suspect
    doubted = set() if suspect is None else {f"{MANY}#{i}" for i in np.flatnonzero(suspect)}
    hands = {}
    for name, task in TASKS.items():
        bundle = bundles.find(name)
        found = study(given.root, bundle, given.each, doubted, task=task, kind="study")
        hands[name] = accepted(Recognizer(bundle), found)
        print(name, hands[name], flush=True)
    measured = json.loads(RESULT.read_text("utf-8")) | {"left_handed": hands}
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    document(measured)


if __name__ == "__main__":
    main()
