"""Teach: from a few clips of a sign to a vocabulary that knows it, in seconds; and how one is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepsign import bundle as bundles
from deepsign import vocabulary as vocabularies
from deepsign.bundle import Bundle
from deepsign.clip import Clip
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, Landmarker, open_clip
from deepsign.problems import InputError
from deepsign.prototypes import LEAST_LIKENESS, decide, left_out, prototypes
from deepsign.recognizer import Recognizer, seen
from deepsign.sources import camera_index, unfold
from deepsign.taught import base_bundle, base_of, find_base
from deepsign.vocabulary import NONE, Decision, Sign, TaughtClip, Vocabulary

# With one clip nothing tells how much a sign varies, and so none of what is not the sign.
FEWEST_CLIPS = 2
# What embeds a new vocabulary's clips unless a model is named: the first of these that is installed.
BASES = ("signs", "letters")
# Until a sign is taught, nothing decides; the file says what it will be replaced by.
_UNDECIDED = Decision(reject_below=1.0, sharpness=1.0)


@dataclass(frozen=True)
class Lesson:
    """What came of teaching.

    failed  (source, reason) of clips that could not be used.
    like    glosses of other signs that some clip of this one is nearer to than to its own.
    apart   whether its clips differ so much that they hardly show one sign.
    """

    vocabulary: Vocabulary
    path: Path
    sign: Sign
    failed: tuple[tuple[str, str], ...]
    like: tuple[str, ...]
    apart: bool


def teach(
    gloss: str,
    sources: Sequence[str],
    into: str,
    *,
    model: str | None = None,
    say: str | None = None,
    replace: bool = False,
    add: bool = False,
    advance: Callable[[str], None] = lambda _: None,
) -> Lesson:
    """Adds a sign to the vocabulary `into` (a name or a path), which is made if it isn't there.

    sources  videos, photos, landmark files, or folders of them, each one clip of the sign.
    model    the base bundle of a new vocabulary; "signs" by default, or "letters" where that isn't installed.
    say      the words to say; the gloss by default.
    replace  forget the clips that a sign of this gloss had. `add`: keep them.

    Nothing is written unless the sign then has FEWEST_CLIPS usable clips. Raises InputError that says why.
    """
    gloss = _checked_gloss(gloss)
    if say is not None and not say.isprintable():
        raise InputError(f"--say {say!r}: give words of printable letters")
    vocabulary, path, base = _opened(into, model)
    taken = vocabulary.sign(gloss)
    if taken and not (replace or add):
        raise InputError(
            f"{gloss}: {vocabulary.name} knows it already, by {len(taken.clips)} clips; --replace them, "
            "--add to them, or choose another name"
        )
    if add and not taken:
        raise InputError(f"{gloss}: {vocabulary.name} has no such sign to --add to; it has {_names(vocabulary)}")
    kept = list(taken.clips) if taken and add else []
    recognizer = Recognizer(base)
    clips, failed = _clips(sources, recognizer, kept, advance)
    if len(clips) < FEWEST_CLIPS:
        raise InputError(_too_few(gloss, len(clips), failed))
    sign = Sign(gloss=taken.gloss if taken else gloss, say=say or (taken.say if taken else gloss), clips=clips)
    others = [s for s in vocabulary.signs if s is not taken]
    at = vocabulary.signs.index(taken) if taken else len(others)
    decided = _decided(vocabulary, [*others[:at], sign, *others[at:]])
    vocabularies.write(path, decided)
    apart = float(left_out(_embeddings(sign)).mean()) < LEAST_LIKENESS
    return Lesson(decided, path, sign, tuple(failed), _like(sign, others), apart)


def forget(gloss: str, into: str) -> Vocabulary:
    """Takes a sign out of a vocabulary, its clips with it; InputError names the known signs."""
    path = vocabularies.place(into)
    vocabulary = vocabularies.read(path)
    sign = vocabulary.sign(gloss)
    if sign is None:
        raise InputError(f"{gloss}: {vocabulary.name} has no such sign; it has {_names(vocabulary)}")
    left = _decided(vocabulary, [s for s in vocabulary.signs if s is not sign])
    vocabularies.write(path, left)
    return left


def refresh(into: str) -> Vocabulary:
    """Embeds every clip anew, from the landmarks that were kept, after the base bundle has changed."""
    path = vocabularies.place(into)
    vocabulary = vocabularies.read(path)
    base = find_base(vocabulary.base.name, path)
    if base is None:
        base = base_bundle(vocabulary, path)  # says what is missing
    recognizer, layout = Recognizer(base), base.manifest.input.layout
    signs = [
        sign.model_copy(update={"clips": [_anew(clip, vocabulary.layout, recognizer) for clip in sign.clips]})
        for sign in vocabulary.signs
    ]
    changed = vocabulary.model_copy(update={"base": base_of(base), "layout": layout})
    done = _decided(changed, signs)
    vocabularies.write(path, done)
    return done


def _opened(into: str, model: str | None) -> tuple[Vocabulary, Path, Bundle]:
    path = vocabularies.place(into)
    if path.is_file():
        vocabulary = vocabularies.read(path)
        base = base_bundle(vocabulary, path)
        if model is not None and base_of(bundles.find(model)) != vocabulary.base:
            raise InputError(
                f"{path}: was begun with {base.name}, and all its signs must be told apart by the same model; "
                f"leave --model {model} out, or teach --into another vocabulary"
            )
        return vocabulary, path, base
    name = path.stem
    if name in bundles.shipped() or not re.fullmatch(vocabularies.NAME, name):
        why = "is a bundle's name" if name in bundles.shipped() else "may hold a–z, 0–9, dots, _ and - only"
        raise InputError(f"--into {into}: {name} {why}; choose another name")
    base = _new_base(model, path)
    manifest = base.manifest
    return (
        Vocabulary(
            schema_version=1,
            name=name,
            sign_language=manifest.sign_language,
            layout=manifest.input.layout,
            base=base_of(base),
            signs=[],
            decision=_UNDECIDED,
        ),
        path,
        base,
    )


def _new_base(model: str | None, path: Path) -> Bundle:
    installed = [name for name in BASES if name in bundles.shipped()]
    if model is None and not installed:
        raise InputError("no bundle is installed to teach; give one with --model DIR")
    base = bundles.find(model if model is not None else installed[0])
    found = find_base(base.name, path)
    if found is None or base_of(found) != base_of(base):
        raise InputError(
            f"{base.path}: a vocabulary finds its bundle by name, in the wheel or beside its own file; "
            f"copy this folder to {path.parent / base.name} and teach again"
        )
    return base


def _clips(
    sources: Sequence[str], recognizer: Recognizer, kept: list[TaughtClip], advance: Callable[[str], None]
) -> tuple[list[TaughtClip], list[tuple[str, str]]]:
    """The clips that were kept and those that could be read, and (source, reason) for the others."""
    clips, failed = list(kept), []
    layout = recognizer.bundle.manifest.input.layout
    for source in unfold(sources):
        try:
            taken = vocabularies.pack(_perceived(source, layout), source)
            _refuse_again(taken, clips)
            clips.append(_embedded(taken, layout, recognizer))
        except InputError as error:
            failed.append((source, str(error)))
        advance(source)
    return clips, failed


def _perceived(source: str, layout: str) -> Clip:
    if camera_index(source) is not None:
        raise InputError(f"{source}: signs are taught from files; record a few clips first")
    suffix = Path(source).suffix.lower()
    if suffix in LANDMARK_SUFFIXES:
        clip = open_clip(source, layout=layout)
    else:
        # A tracker of its own for each: one that has seen a clip still looks where its hand was.
        with Landmarker(layout, still=suffix in PHOTO_SUFFIXES) as tracker:
            clip = open_clip(source, layout=layout, engine=tracker)
    if not seen(clip):
        raise InputError(f"{source}: no hand is seen in it; show the whole hand, in good light")
    return clip


def _refuse_again(taken: TaughtClip, clips: list[TaughtClip]) -> None:
    for clip in clips:
        if clip.points == taken.points:
            raise InputError(f"{taken.source}: the sign has this very clip already; record the sign once more")


def _anew(clip: TaughtClip, layout: str, recognizer: Recognizer) -> TaughtClip:
    wanted = recognizer.bundle.manifest.input.layout
    kept = recognizer.in_layout(vocabularies.clip_of(clip, layout))
    packed = clip if wanted == layout else vocabularies.pack(kept, clip.source)
    return _embedded(packed, wanted, recognizer)


def _embedded(clip: TaughtClip, layout: str, recognizer: Recognizer) -> TaughtClip:
    """With the embedding of the points as they are kept, so that embedding them again gives the same."""
    _, embedding = recognizer.logits([vocabularies.clip_of(clip, layout)])
    return clip.model_copy(update={"embedding": [round(float(v), 6) for v in embedding[0]]})


def _decided(vocabulary: Vocabulary, signs: list[Sign]) -> Vocabulary:
    decision = _UNDECIDED
    if signs:
        reject_below, sharpness = decide([_embeddings(sign) for sign in signs], vocabulary.layout)
        decision = Decision(reject_below=round(reject_below, 6), sharpness=round(sharpness, 6))
    return Vocabulary.model_validate({**dict(vocabulary), "signs": signs, "decision": decision})


def _like(sign: Sign, others: list[Sign]) -> tuple[str, ...]:
    if not others:
        return ()
    own = _embeddings(sign)
    rest = prototypes([_embeddings(other) for other in others], 0, 1).likeness(own)
    nearest = {
        others[int(likeness.argmax())].gloss
        for likeness, near in zip(rest, left_out(own), strict=True)
        if likeness.max() > near
    }
    return tuple(sorted(nearest))


def _embeddings(sign: Sign) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([clip.embedding for clip in sign.clips], dtype=np.float64)


def _checked_gloss(gloss: str) -> str:
    plain = " ".join(gloss.split())
    if not plain or not plain.isprintable():
        raise InputError("a sign needs a name of printable letters: deepsign teach HELLO clip1.mp4 clip2.mp4 …")
    if plain.casefold() == NONE:
        raise InputError(f"{plain}: stands for 'not a sign I know'; choose another name for the sign")
    return plain


def _names(vocabulary: Vocabulary) -> str:
    return ", ".join(sign.gloss for sign in vocabulary.signs) or "no sign"


def _too_few(gloss: str, usable: int, failed: list[tuple[str, str]]) -> str:
    found = (
        "no clip was given" if not usable and not failed else f"{usable} usable {'clip' if usable == 1 else 'clips'}"
    )
    reasons = "".join(f"; {reason}" for _, reason in failed)
    need = f"at least {FEWEST_CLIPS} tell how much a sign varies, and 5 are good"
    return f"{gloss}: {found}; {need}; nothing was changed{reasons}"
