"""Lessons: signs taught by a few clips each with a bundle's embedding: how well they are known, and how soon."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.evaluate import metrics
from deepsign.evaluate.few_shot import FewShot, Who, few_shot
from deepsign.evaluate.run import Store
from deepsign.landmarks import HANDS_POSE
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
    """N clips that show a hand: embeddings (N, E) of a layout, glosses (N,), signers (N,). `unseen` clips show none."""

    embeddings: NDArray[np.float32]
    glosses: NDArray[np.str_]
    signers: NDArray[np.str_]
    unseen: int
    layout: str = HANDS_POSE.name

    def of(self, signer: str) -> Embedded:
        """One person's clips."""
        at = self.signers == signer
        return replace(
            self, embeddings=self.embeddings[at], glosses=self.glosses[at], signers=self.signers[at], unseen=0
        )


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
    layout = recognizer.bundle.manifest.input.layout
    return Embedded(np.concatenate(parts), glosses, signers, len(rows) - len(kept), layout)


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
        one = _drawn(clips, who, ways, shots)
        found[name] = None  # nobody here signs that many signs that often
        if one is None:
            continue
        rounded = {k: None if np.isnan(v) else round(v, 4) for k, v in asdict(one).items()}
        between = [rounded.pop("low"), rounded.pop("high")]
        found[name] = {**rounded, "episodes": one.episodes, "interval_over_episodes": between}
        if who != "any":
            found[name] |= _by_teacher(clips, who, ways, shots)
        say(f"few_shot, {name}: {one.top1:.1%}, {found[name].get('teachers', 'any')} teachers")
    return found


def _drawn(clips: Embedded, who: Who, ways: int, shots: int) -> FewShot | None:
    """The episodes, or None where none can be drawn."""
    try:
        return few_shot(
            clips.embeddings, clips.glosses, clips.signers, ways=ways, shots=shots, who=who, layout=clips.layout
        )
    except InputError:
        return None


def _by_teacher(clips: Embedded, who: Who, ways: int, shots: int) -> dict[str, Any]:
    """How many people can teach such an episode; where they are asked themselves, top-1 of each and its interval."""
    names = sorted(set(clips.signers.tolist()))
    if who == "other":
        return {"teachers": sum(_teaches(clips, name, ways, shots) for name in names)}
    each = {name: _drawn(clips.of(name), who, ways, shots) for name in names}
    top1 = {name: round(one.top1, 4) for name, one in each.items() if one is not None}
    between = metrics.interval(list(top1), np.array(list(top1.values())))
    return {
        "teachers": len(top1),
        "interval": None if between is None else [round(v, 4) for v in between],
        "per_teacher": top1,
    }


def _teaches(clips: Embedded, name: str, ways: int, shots: int) -> bool:
    """Whether this person signs `ways` signs, `shots` times each, that others sign as well."""
    own = Counter(clips.glosses[clips.signers == name].tolist())
    of_others = set(clips.glosses[clips.signers != name].tolist())
    return sum(n >= shots and gloss in of_others for gloss, n in own.items()) >= ways


def taught_in(bundle: Bundle, rows: Sequence[Row], store: Store) -> dict[str, Any]:
    """The time to teach 5 signs by 5 landmark files each, s, as `deepsign teach` does it: read, embed, decide, write.

    Finding the hands in a video comes before this, and takes as long as the video has frames.
    """
    often = [g for g, n in Counter(r.gloss for r in rows).most_common() if n >= _CLIPS][:_SIGNS]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        # Under a name of its own: a vocabulary would otherwise look for the bundle of that name in the wheel.
        manifest = bundle.manifest.model_copy(update={"name": "measured"})
        base = bundles.write(folder / "measured", manifest, bundle.contents)
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
