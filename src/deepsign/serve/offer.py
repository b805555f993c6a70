"""Offer: the models that a server answers with: loaded once, warmed, shared by all requests, changed as a whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepsign import bundle as bundles
from deepsign.answer import Answerer
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.landmarks import HOLISTIC
from deepsign.problems import BundleError
from deepsign.recognizer import Recognizer, load
from deepsign.serve.batch import Batch
from deepsign.serve.problems import Problem

# As `deepsign predict` prefers: see `deepsign.answer`.
FIRST = "letters"


@dataclass(frozen=True)
class Offered:
    """A model on offer.

    etags   file → its sha256; empty for a person's own vocabulary, which has no files to give.
    stamp   what tells that its folder has changed.
    stills  answers stills that come at the same time together.
    """

    recognizer: Recognizer
    etags: dict[str, str]
    stamp: tuple[int, int]
    stills: Batch

    @property
    def bundle(self) -> Bundle:
        """The bundle, or what a vocabulary opens as."""
        return self.recognizer.bundle

    @property
    def layout(self) -> str:
        """What trackers have to see for it; empty for one that is shown the pictures themselves."""
        return self.bundle.manifest.input.layout

    def answerer(self, top_k: int | None) -> Answerer:
        """Answers with this model; light, so each request makes its own."""
        return Answerer(self.recognizer, top_k)


class Offer:
    """Models by name. `reload` reads them anew and puts them in place at once; requests under way keep theirs."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        self._names = names
        self.models = self._load()

    def reload(self) -> None:
        """Reads every model anew; where one can't be read the error is raised and all stay as they are."""
        self.models = self._load()

    def changed(self) -> bool:
        """Whether any model's folder holds other files than were read."""
        return any(_stamp(one.bundle) != one.stamp for one in self.models.values())

    @property
    def first(self) -> str:
        """The model that answers where none is asked for."""
        return next(iter(self.models))

    @property
    def layouts(self) -> list[str]:
        """What trackers have to see."""
        return sorted({one.bundle.manifest.input.layout for one in self.models.values() if not one.bundle.pictures})

    def named(self, name: str | None) -> Offered:
        """The model of this name; a 404 that names those on offer. Only names are looked up, never paths."""
        found = self.models.get(name or self.first)
        if found is None:
            raise Problem(404, "no-such-model", f"no such model; on offer: {', '.join(self.models)}")
        return found

    def _load(self) -> dict[str, Offered]:
        names = self._names or tuple(sorted(bundles.shipped(), key=lambda name: (name != FIRST, name)))
        if not names:
            raise BundleError("no bundle is installed; give one with --model DIR")
        opened: dict[str, Offered] = {}
        for name in names:
            one = _open(name)
            if one.bundle.name in opened:
                raise BundleError(f"{name}: a second model of the name {one.bundle.name}; offer one of them")
            opened[one.bundle.name] = one
        return opened


def _open(name: str) -> Offered:
    recognizer = load(name)
    bundle = recognizer.bundle
    if bundle.manifest.input.layout == HOLISTIC.name:
        raise BundleError(f"{name}: reads faces, which is not served; use deepsign predict --model {name}")
    stamp = _stamp(bundle)
    is_bundle = Path(name).is_dir() or name in bundles.shipped()
    etags = dict(bundle.manifest.files) if is_bundle else {}
    if is_bundle:
        etags[bundles.MANIFEST] = hashlib.sha256((bundle.path / bundles.MANIFEST).read_bytes()).hexdigest()
    _warm(recognizer)
    return Offered(recognizer, etags, stamp, Batch(recognizer))


def _warm(recognizer: Recognizer) -> None:
    """The first run of a graph takes far longer than any other."""
    bundle = recognizer.bundle
    if (taken := bundle.pictures) is not None:
        frames = np.zeros((taken.frames or 1, taken.size, taken.size, 3), np.uint8)
        recognizer.predict(Clip.from_frames(frames, times=np.arange(len(frames)) / 10.0))
        return
    for golden in bundle.golden[:1]:
        landmarks, times, aspect = golden.arrays()
        layout, at = bundle.manifest.input.layout, times[0].astype(np.float64)
        recognizer.predict(Clip.from_landmarks(landmarks[0], layout, times=at, aspect=float(aspect[0])))


def _stamp(bundle: Bundle) -> tuple[int, int]:
    """Bundles are replaced as a whole, so their manifest's own file tells; 0 while there is none."""
    try:
        stat = (bundle.path / bundles.MANIFEST).stat()
    except OSError:
        return (0, 0)
    return (stat.st_ino, stat.st_mtime_ns)
