"""Lessons: signs taught by a few clips each with a bundle's embedding: how well they are known, and how soon."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.evaluate.few_shot import Who, few_shot
from deepsign.evaluate.run import Store
from deepsign.perceive import write_landmarks
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer, seen
from deepsign.teach import teach

# Who teaches and is asked, how many signs, and by how many clips each. The app's case comes first; fewer signs are
# asked as well, because few of the people who sign unknown words sign five of them.
_EPISODES: tuple[tuple[Who, int, int], ...] = (
    ("same", 5, 5),
    ("same", 4, 5),
    ("same", 3, 5),
    ("other", 5, 5),
    ("other", 3, 5),
    ("other", 5, 1),
    ("any", 5, 5),
)
_BATCH = 128
_SIGNS, _CLIPS = 5, 5


@dataclass(frozen=True)
class Embedded:
    """N clips in which a hand is seen: embeddings (N, E), glosses (N,), signers (N,). `unseen` clips show none."""

    embeddings: NDArray[np.float32]
    glosses: NDArray[np.str_]
    signers: NDArray[np.str_]
    unseen: int


def embedded(recognizer: Recognizer, rows: Sequence[Row], store: Store) -> Embedded:
    """What the bundle's network makes of these rows; InputError where no hand is seen in any."""
    kept: list[Row] = []
    clips: list[Clip] = []
    for row in rows:
        clip = store.clip(row)
        if seen(clip):
            kept.append(row)
            clips.append(clip)
    if not clips:
        raise InputError("no clip of a sign that the bundle doesn't know: nothing to teach with")
    parts = [recognizer.logits(clips[i : i + _BATCH])[1] for i in range(0, len(clips), _BATCH)]
    glosses, signers = np.array([r.gloss for r in kept]), np.array([r.signer for r in kept])
    return Embedded(np.concatenate(parts), glosses, signers, len(rows) - len(kept))


def episodes(clips: Embedded, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Every kind of episode that these clips allow, and how many clips, signs and people stand behind each."""
    found: dict[str, Any] = {
        "clips": len(clips.glosses),
        "signs": len(set(clips.glosses.tolist())),
        "signers": len(set(clips.signers.tolist())),
        "unseen": clips.unseen,
    }
    for who, ways, shots in _EPISODES:
        name = f"{who}_{ways}way_{shots}shot"
        try:
            one = few_shot(clips.embeddings, clips.glosses, clips.signers, ways=ways, shots=shots, who=who)
        except InputError:
            found[name] = None  # nobody here signs that many signs that often
            continue
        rounded = {k: None if np.isnan(v) else round(v, 4) for k, v in asdict(one).items()}
        teachers = _teachers(clips, ways, shots, who) if who != "any" else len(set(clips.signers.tolist()))
        found[name] = {**rounded, "episodes": one.episodes, "teachers": teachers}
        say(f"few_shot, {name}: {one.top1:.1%}, {teachers} teachers")
    return found


def taught_in(bundle: Bundle, rows: Sequence[Row], store: Store) -> dict[str, Any]:
    """The time to teach 5 signs by 5 landmark files each, s, as `deepsign teach` does it: read, embed, decide, write.

    Finding the hands in a video comes before this, and takes as long as the video has frames.
    """
    often = [g for g, n in Counter(r.gloss for r in rows).most_common() if n >= _CLIPS][:_SIGNS]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # Under a name of its own: a vocabulary would otherwise look for the bundle of that name in the wheel.
        manifest = bundle.manifest.model_copy(update={"name": "measured"})
        base = bundles.write(folder / "measured", manifest, {n: (bundle.path / n).read_bytes() for n in bundles.FILES})
        files = {g: _files(folder, [r for r in rows if r.gloss == g], store) for g in often}
        began = time.perf_counter()
        for gloss, paths in files.items():
            teach(gloss, paths, str(folder / "taught.json"), model=str(base.path))
        return {
            "signs": len(files),
            "clips": sum(len(p) for p in files.values()),
            "seconds": round(time.perf_counter() - began, 3),
        }


def _files(folder: Path, rows: Sequence[Row], store: Store) -> list[str]:
    """Landmark files of the first five clips that differ and show a hand."""
    paths: list[str] = []
    for row in rows:
        clip = store.clip(row)
        if not seen(clip) or len(paths) == _CLIPS:
            continue
        path = folder / row.gloss / f"{len(paths)}.npz"
        write_landmarks(clip, path)
        paths.append(str(path))
    return paths


def _teachers(clips: Embedded, ways: int, shots: int, who: Who) -> int:
    """How many people have `ways` signs to teach by `shots` clips each, with clips left to ask about."""
    able = 0
    for name in set(clips.signers.tolist()):
        own = Counter(clips.glosses[clips.signers == name].tolist())
        of_others = set(clips.glosses[clips.signers != name].tolist())
        signs = [g for g, n in own.items() if (n > shots if who == "same" else n >= shots and g in of_others)]
        able += len(signs) >= ways
    return able
