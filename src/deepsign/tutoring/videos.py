"""Videos: a person's own video of a sign, which they may show, as a tutorial of theirs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.clip import Clip
from deepsign.landmarks import HANDS_POSE, shows_a_hand
from deepsign.perceive import open_clip
from deepsign.problems import InputError
from deepsign.tutorials import Credit, Part, Tutorial, Tutorials
from deepsign.tutoring.hands import hand_diagram, leads_left
from deepsign.tutoring.smooth import Diagram, diagram

# A sign takes 4 s at most (`deepsign.boundaries`); a longer video shows more than one.
LONGEST = 8.0
# What every browser plays.
_PLAYED = (".mp4", ".webm")


def import_video(
    video: Path, gloss: str, bundle: str, signer: str, licence: str, link: str | None = None, keep: bool = False
) -> Path:
    """Adds the sign's landmarks, as a diagram with its credit, to one's own tutorials; gives the file they are in.

    gloss    a sign of the bundle; what was shown for it before is replaced.
    signer   who signs in it, as they want to be named; licence: under which they let it be shown.
    link     an https address of the video, or of others by the signer.
    keep     the video itself is kept and shown too.

    Raises InputError, which names what is wrong: a sign that the bundle hasn't, a video without a sign or too long a
    one, a credit that is missing, a link that isn't https.
    """
    known = bundles.find(bundle)
    spelled = {label.gloss.casefold(): label.gloss for label in known.labels}
    if gloss.casefold() not in spelled or spelled[gloss.casefold()] == known.manifest.decision.none_gloss:
        raise InputError(f"{gloss}: {bundle} has no such sign; it has {', '.join(known.labels.glosses)}")
    for value, name in ((signer, "--signer"), (licence, "--licence")):
        if not value.strip():
            raise InputError(f"{name} is empty; whoever signs in a video has to be named, with the licence they gave")
    if link is not None and not re.match(tutorials.LINK, link):
        raise InputError(f"{link}: a link must be an https address")
    if keep and video.suffix.lower() not in _PLAYED:
        raise InputError(f"{video}: browsers don't play it; save it as MP4 (H.264) or WebM, or leave --keep-video out")
    layout = known.manifest.input.layout
    made = _drawn(_seen(video, layout), layout)
    credit = Credit(made="video", source=signer.strip(), licence=licence.strip())
    shown = tutorials.pack(made.clip, spelled[gloss.casefold()], _parts(made), made.head, credit, link)
    if keep:
        shown = shown.model_copy(update={"video": _kept(video, known.name, shown.gloss)})
    return _added(shown, known, made.clip)


def _seen(video: Path, layout: str) -> Clip:
    clip = open_clip(video, layout=layout)
    assert clip.landmarks is not None
    if clip.duration > LONGEST:
        raise InputError(f"{video}: lasts {clip.duration:.0f} s; cut it to the one sign, at most {LONGEST:.0f} s")
    if not shows_a_hand(clip.landmarks, layout):
        raise InputError(f"{video}: no hand is seen in it; film the whole upper body, in good light")
    return clip


def _drawn(clip: Clip, layout: str) -> Diagram:
    if layout == HANDS_POSE.name:
        return diagram(clip)
    return hand_diagram(clip, flip=leads_left(clip))


def _parts(made: Diagram) -> list[Part]:
    parts: list[Part] = ["left_hand"] if "left" in made.hands else []
    return [*parts, *(["body"] if made.head is not None else []), "right_hand"]  # type: ignore[list-item]


def _kept(video: Path, bundle: str, gloss: str) -> str:
    """Copies the video to where own ones are kept; its name there."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{bundle} {gloss}").strip("-") + video.suffix.lower()
    folder = tutorials.folder() / tutorials.VIDEOS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(video, folder / name)
    except OSError as error:
        raise InputError(f"{folder / name}: can't be written ({error.strerror or error})") from None
    return name


def _added(shown: Tutorial, bundle: bundles.Bundle, clip: Clip) -> Path:
    path = tutorials.folder() / f"{bundle.name}{tutorials.SUFFIX}"
    one = Tutorials(
        schema_version=1,
        bundle=bundle.name,
        sign_language=bundle.manifest.sign_language,
        layout="hands_pose" if clip.layout == HANDS_POSE.name else "hands",
        aspect=clip.aspect,
        tutorials=[shown],
        left_out=[],
    )
    tutorials.write(path, tutorials.merged(tutorials.read(path), one) if path.exists() else one)
    return path
