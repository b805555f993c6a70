"""`deepsign teach` and `deepsign models`: signs of your own, by a few clips each, and all that is installed."""

from __future__ import annotations

import time
from typing import Annotated

from cyclopts import Parameter

from deepsign.problems import InputError

Flag = Parameter(negative="")


def teach(
    name: str | None = None,
    /,
    *clips: str,
    into: str,
    model: Annotated[str | None, Parameter(name=["--model", "-m"])] = None,
    say: str | None = None,
    replace: Annotated[bool, Flag] = False,
    add: Annotated[bool, Flag] = False,
    forget: str | None = None,
    refresh: Annotated[bool, Flag] = False,
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
) -> int:
    """A sign of your own from two to ten clips; then: deepsign predict clip.mp4 --model VOCABULARY

    deepsign teach GOOD-NIGHT take1.mp4 take2.mp4 take3.mp4 take4.mp4 take5.mp4 --into mysigns

    The vocabulary keeps points, never pictures. Nothing is changed unless the sign has two usable clips.

    Parameters
    ----------
    name
        The sign's gloss.
    clips
        Videos, photos or landmark files of it, or folders of them.
    into
        Your vocabulary: a name, or the path of a .json file. It is made if it isn't there.
    model
        The bundle that a new vocabulary builds on.
    say
        The words to show for the sign; its name by default.
    replace
        Forget the clips that a sign of this name had.
    add
        Keep the clips that a sign of this name had.
    forget
        Take this sign out.
    refresh
        Bring the vocabulary up to date after its bundle has changed.
    list_
        Show what the vocabulary holds.
    """
    asked = [w for w, on in (("NAME", name), ("--forget", forget), ("--refresh", refresh), ("--list", list_)) if on]
    if len(asked) != 1:
        raise InputError(
            f"{' and '.join(asked) or 'nothing'} given: give one of NAME CLIPS, --forget, --refresh, --list"
        )
    if replace and add:
        raise InputError("--replace forgets the clips of a sign and --add keeps them: give one of them")
    if name:
        return _teach(name, clips, into, model, say, replace, add)
    _change(into, forget, refresh)
    return 0


def _teach(
    name: str, clips: tuple[str, ...], into: str, model: str | None, say: str | None, replace: bool, add: bool
) -> int:
    from deepsign import teach as lessons
    from deepsign.terminal import complain, print_failure, progress

    began = time.perf_counter()
    with progress(f"teaching {name}", len(clips)) as advance:
        lesson = lessons.teach(name, clips, into, model=model, say=say, replace=replace, add=add, advance=advance)
    for source, reason in lesson.failed:
        print_failure(source, reason, as_json=False)
    if lesson.apart:
        complain(f"{name}: its clips differ much from one another; look whether all show this sign, and whole")
    if lesson.like:
        complain(f"{name} is easily taken for {' or '.join(lesson.like)}: some of its clips are nearer to that")
    seconds = time.perf_counter() - began
    print(f"{lesson.path}: {lesson.sign.gloss} by {len(lesson.sign.clips)} clips, {seconds:.1f} s")
    print(f"try it: deepsign predict CLIP --model {into}")
    return int(bool(lesson.failed))


def _change(into: str, forget: str | None, refresh: bool) -> None:
    from deepsign import vocabulary as vocabularies

    path = vocabularies.place(into)
    if forget or refresh:
        from deepsign import teach as lessons

        vocabulary = lessons.forget(forget, into) if forget else lessons.refresh(into)
        done = f"{forget} is forgotten" if forget else f"up to date with {vocabulary.base.name}"
        print(f"{path}: {done}, {len(vocabulary.signs)} signs")
        return
    vocabulary = vocabularies.read(path)
    print(f"{path}: {len(vocabulary.signs)} signs ({vocabulary.sign_language}), by {vocabulary.base.name}")
    for sign in vocabulary.signs:
        said = f" ({sign.say})" if sign.say != sign.gloss else ""
        print(f"  {sign.gloss}{said}: {len(sign.clips)} clips")


def models(*, json: Annotated[bool, Parameter(name="--json", negative="")] = False) -> None:
    """What is installed, with its measured quality, and the vocabularies of your own.

    Parameters
    ----------
    json
        One JSON object a line, on stdout alone.
    """
    from deepsign.bundle import Bundle, shipped
    from deepsign.terminal import print_json

    opened = [Bundle.open(path) for path in shipped().values()]
    if not opened and not json:
        print("no bundle is installed; train one with `deepsign train RECIPE`")
    for bundle in opened:
        manifest, found = bundle.manifest, bundle.metrics
        if json:
            print_json({"name": bundle.name, **manifest.model_dump(), "metrics": found})
            continue
        signs = len(bundle.labels) - (manifest.decision.none_gloss is not None)
        print(f"{bundle.name}: {signs} signs ({manifest.sign_language}), {manifest.model.params:,} parameters")
        if isinstance(found.get("top1"), float):
            who = f"{found['clips']} clips of {found['signers']} signers"
            print(f"  {found['top1']:.1%} right at first, {who}: {found['split']}")
    _print_vocabularies(json)


def _print_vocabularies(as_json: bool) -> None:
    """The vocabularies of your own, one a line; what is wrong with one goes to stderr, and the others go on."""
    from deepsign import vocabulary as vocabularies
    from deepsign.terminal import complain, print_json

    for name, path in vocabularies.known().items():
        try:
            vocabulary = vocabularies.read(path)
        except InputError as error:
            complain(str(error))
            continue
        signs = [sign.gloss for sign in vocabulary.signs]
        if as_json:
            print_json({"name": name, "base": vocabulary.base.name, "signs": signs})
        else:
            print(f"{name}: {len(signs)} signs of your own, taught by clips, on {vocabulary.base.name}")
