"""Signs of one's own, measured: words no bundle learnt, by a few clips each, into docs/results/few_shot.json.

    python benchmarks/few_shot.py signs --clips ../shared/data/motion/webcam_words/luja-manandhar.npz --clips …

Name tables of people whom the bundle was not trained on. Words that it knows are left out, and those of --without.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from deepsign.data.tables import Table, open_table
from deepsign.evaluate.few_shot import Who, few_shot
from deepsign.landmarks import mirrored
from deepsign.problems import InputError
from deepsign.prototypes import decide, prototypes
from deepsign.recognizer import Recognizer, load, seen

# Who is asked about, and how many signs and clips of each: the first is the figure that the project is held to.
_WAYS: tuple[tuple[Who, int, int], ...] = (("same", 5, 5), ("same", 5, 2), ("any", 5, 5), ("other", 3, 5))


def plain(gloss: str) -> str:
    """A gloss without capitals, spaces and hyphens: collections write THANK-YOU in many ways."""
    return "".join(c for c in gloss.casefold() if c.isalnum())


def embed(
    recognizer: Recognizer, table: Table, each: int, left_out: set[str], mirror: bool
) -> tuple[list[np.ndarray[Any, Any]], list[str], list[str]]:
    """Embeddings, glosses and signers of up to `each` clips of a table."""
    rows, glosses, signers = [], [], []
    for item in np.random.default_rng(0).permutation(np.flatnonzero(table.seen))[:each]:
        gloss = plain(str(table.labels[item]))
        if not gloss or gloss in left_out:
            continue
        clip = recognizer.in_layout(table.clip(int(item)))
        if mirror and clip.landmarks is not None and clip.layout is not None:
            clip = clip.with_landmarks(mirrored(clip.landmarks, clip.layout), clip.layout)
        if not seen(clip):
            continue
        rows.append(recognizer.logits([clip])[1][0])
        glosses.append(gloss)
        signers.append(
            f"{table.path.parent.name}/{table.path.stem}/{'' if table.signers is None else table.signers[item]}"
        )
    return rows, glosses, signers


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("bundle")
    parser.add_argument("--clips", type=Path, action="append", required=True, help="a table of clips; may be repeated")
    parser.add_argument(
        "--without", nargs="*", default=["idle", "goodbye", "thanks"], help="further words to leave out"
    )
    parser.add_argument("--each", type=int, default=1000, help="clips of each table")
    parser.add_argument("--episodes", type=int, default=600)
    parser.add_argument("--out", type=Path, default=Path("docs/results/few_shot.json"))
    given = parser.parse_args()
    recognizer = load(given.bundle)
    layout = recognizer.bundle.manifest.input.layout
    left_out = {plain(word) for word in (*recognizer.bundle.labels.glosses, *given.without)}
    tables = [open_table(path) for path in given.clips]
    sides = []
    for mirror in (False, True):
        parts = [embed(recognizer, table, given.each, left_out, mirror) for table in tables]
        sides.append(np.array([row for part in parts for row in part[0]]))
        glosses = np.array([gloss for part in parts for gloss in part[1]])
        signers = np.array([signer for part in parts for signer in part[2]])
    near, other_hand = sides
    episodes: dict[str, Any] = {}
    for who, ways, shots in _WAYS:
        try:
            found = few_shot(
                near, glosses, signers, ways=ways, shots=shots, episodes=given.episodes, who=who, layout=layout
            )
        except InputError as error:
            print(f"{who}: left out ({error})")
            continue
        episodes[f"{who} signer, {ways}-way {shots}-shot"] = {
            k: None if isinstance(v, float) and math.isnan(v) else round(v, 4) for k, v in asdict(found).items()
        }
    taught = [near[glosses == gloss][:5] for gloss in sorted(set(glosses.tolist()))[:20]]
    began = time.perf_counter()
    prototypes(taught, *decide(taught, layout))
    seconds = time.perf_counter() - began
    cosine = (near * other_hand).sum(axis=1) / (np.linalg.norm(near, axis=1) * np.linalg.norm(other_hand, axis=1))
    report = {
        recognizer.bundle.name: {
            "trained_on": sorted(credit.name for credit in recognizer.bundle.manifest.provenance.data),
            "clips": len(near),
            "words": len(set(glosses.tolist())),
            "signers": len(set(signers.tolist())),
            "sources": sorted({f"{path.parent.name}/{path.stem}" for path in given.clips}),
            "episodes": episodes,
            "mirrored_cosine": {"mean": round(float(cosine.mean()), 5), "least": round(float(cosine.min()), 5)},
            "decide_20_signs_s": round(seconds, 4),
        }
    }
    kept = json.loads(given.out.read_text("utf-8")) if given.out.is_file() else {}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(kept | report, indent=1) + "\n", "utf-8")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
