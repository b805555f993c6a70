"""Taught: a person's own vocabulary, opened as if it were a bundle, so that whatever answers can answer with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from deepsign import bundle as bundles
from deepsign import vocabulary as vocabularies
from deepsign.bundle import Bundle, Decision, LabelEntry
from deepsign.problems import InputError
from deepsign.prototypes import Prototypes
from deepsign.runtime import Floats, Runtime, open_runtime
from deepsign.vocabulary import NONE, Base, Vocabulary


class TaughtRuntime:
    """The base bundle's network with a vocabulary's prototypes behind its embedding."""

    def __init__(self, network: Runtime, prototypes: Prototypes) -> None:
        self._network, self._prototypes = network, prototypes

    def run(self, landmarks: Floats, times: Floats, aspect: Floats) -> tuple[Floats, Floats]:
        """See `Runtime.run`; one logit a taught sign, in the vocabulary's order, then "none of them"."""
        _, embedding = self._network.run(landmarks, times, aspect)
        return self._prototypes.logits(embedding).astype(np.float32), embedding


def is_vocabulary(name_or_path: str | Path) -> bool:
    """Whether this names a vocabulary, and no shipped bundle or bundle's folder."""
    if str(name_or_path) in bundles.shipped() or Path(name_or_path).is_dir():
        return False
    return Path(name_or_path).suffix == vocabularies.SUFFIX or vocabularies.place(name_or_path).is_file()


def open_vocabulary(name_or_path: str | Path, runtime: str = "onnx") -> tuple[Bundle, Runtime]:
    """A vocabulary as a bundle and its runtime.

    Raises InputError where it can't be read, holds no sign, or its base bundle is not here or has changed.
    """
    path = vocabularies.place(name_or_path)
    vocabulary = vocabularies.read(path)
    if not vocabulary.signs:
        raise InputError(f"{path}: holds no sign yet; teach one: deepsign teach NAME CLIPS --into {name_or_path}")
    base = base_bundle(vocabulary, path)
    network = open_runtime(base.model_path, base.name, runtime)
    return _as_bundle(vocabulary, base), TaughtRuntime(network, vocabulary.prototypes())


def base_bundle(vocabulary: Vocabulary, path: Path) -> Bundle:
    """The bundle that the vocabulary at `path` was embedded by; InputError where that is not here, or has changed."""
    name = vocabulary.base.name
    found = find_base(name, path)
    if found is None:
        raise InputError(f"{path}: its base bundle {name} is not installed; put its folder at {path.parent / name}")
    if base_of(found) != vocabulary.base:
        raise InputError(
            f"{path}: was taught with another version of {name}; bring it up to date: "
            f"deepsign teach --refresh --into {path}"
        )
    return found


def find_base(name: str, path: Path) -> Bundle | None:
    """The shipped bundle of this name, or the one in a folder of this name beside the vocabulary at `path`."""
    folder = bundles.shipped().get(name, path.parent / name)
    return Bundle.open(folder) if folder.is_dir() else None


def base_of(bundle: Bundle) -> Base:
    """How a vocabulary names this bundle."""
    return Base(name=bundle.name, sha256=hashlib.sha256(bundle.model_path.read_bytes()).hexdigest())


def _as_bundle(vocabulary: Vocabulary, base: Bundle) -> Bundle:
    """The base bundle with the vocabulary's name, signs and decision."""
    labels = [(sign.gloss, sign.say) for sign in vocabulary.signs] + [(NONE, NONE)]
    changed = {
        "name": vocabulary.name,
        "sign_language": vocabulary.sign_language,
        "labels": [LabelEntry(gloss=g, say=say, needs_motion=False, still_as=None) for g, say in labels],
        "decision": Decision(
            temperature=1.0,
            # The logit of "none" says what is too far: a further bound would count the same doubt twice.
            reject_below=0.0,
            none_gloss=NONE,
            # What may pass as a sign that someone was asked for is fitted to many signers, and here is one.
            per_sign_accept={},
            false_accept=base.manifest.decision.false_accept,
            top_k=base.manifest.decision.top_k,
        ),
    }
    return Bundle(base.path, base.manifest.model_copy(update=changed))
