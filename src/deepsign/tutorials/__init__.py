"""Tutorials: how each sign of a bundle is made, as moving points to draw. A diagram, not a signer.

One JSON file a bundle: `letters.json` beside this module, and a person's own in `folder()`, made from videos that they
may show. Points of hands and upper body, never pictures and no face; whose they are and under which licence. Reading is
strict: a missing or an extra key is refused by name.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from deepsign import vocabulary
from deepsign.clip import Clip
from deepsign.landmarks import HANDS_POSE, layout_named
from deepsign.problems import InputError
from deepsign.refusal import read_json
from deepsign.whole import written_whole

SCHEMA_VERSION = 1
SUFFIX = ".json"
# Where the videos lie that a person put in, below `folder()`.
VIDEOS = "videos"
# The points of the body that a diagram is drawn from. The nose says where the head is; nothing else of a face is kept.
BODY = (
    "pose.nose",
    *(f"pose.{side}_{point}" for point in ("shoulder", "elbow", "wrist", "hip") for side in ("left", "right")),
)
# What a link must look like: nothing is opened that isn't https.
LINK = r"^https://[^\s\"<>]+$"
# As in vocabularies: whole numbers of this part of the picture, and what stands for "not seen".
_STEP = 1 / 8000
_NOT_SEEN = -32768
# A larger file holds no tutorials: those that ship take a hundredth of it.
_MOST_BYTES = 64 << 20

_log = logging.getLogger(__name__)

Part = Literal["left_hand", "body", "right_hand"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Credit(_Strict):
    """Where a tutorial comes from.

    made     clip: a person's clip, cut, filled and smoothed; hand: one of many photographed hands, the most typical;
             drawn: such a hand, carried along a path; video: a video that somebody put in.
    source   the collection, or the signer's name.
    licence  SPDX name.
    """

    made: Literal["clip", "hand", "drawn", "video"]
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)


class Tutorial(_Strict):
    """One sign.

    rate     frames a second, evenly spaced; 0 for a still, which has one frame.
    parts    which points follow: the signer's left hand (21), `BODY` (9), the right hand (21).
    points   (T, P, 3) little-endian int16 in base64, in steps of 1/8000 of the picture; −32768 is "not seen".
    head     the head's radius, as a fraction of the picture's width; None without a body.
    video    the name of a video file that shows the same, in the folder of the file; None: there is none.
    link     where a Deaf signer's video of the sign is; None: no address is known. Nobody opens it but a click.
    """

    gloss: str = Field(min_length=1)
    rate: float = Field(ge=0, le=120)
    parts: list[Part] = Field(min_length=1)
    points: str
    head: float | None = Field(gt=0, lt=1)
    credit: Credit
    video: str | None = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*\.(mp4|webm)$")
    link: str | None = Field(pattern=LINK)


class LeftOut(_Strict):
    """A sign of the bundle that nothing good enough shows, and why."""

    gloss: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Tutorials(_Strict):
    """The file. No key has a default: what is not written down is not known."""

    schema_version: Literal[1]
    bundle: str = Field(pattern=vocabulary.NAME)
    sign_language: str = Field(pattern=r"^[a-z]{3}$")  # ISO 639-3
    layout: Literal["hands", "hands_pose"]
    aspect: float = Field(gt=0)
    tutorials: list[Tutorial]
    left_out: list[LeftOut]

    @model_validator(mode="after")
    def _agree(self) -> Tutorials:
        names = [one.gloss for one in self.tutorials] + [entry.gloss for entry in self.left_out]
        if len(set(names)) != len(names):
            raise ValueError(f"a sign is listed twice: {', '.join(sorted(names))}")
        for tutorial in self.tutorials:
            clip_of(tutorial, self.layout, self.aspect)
        return self

    def tutorial(self, gloss: str) -> Tutorial | None:
        """The sign's tutorial; None where there is none."""
        return next((one for one in self.tutorials if one.gloss == gloss), None)


def pack(
    clip: Clip, gloss: str, parts: list[Part], head: float | None, credit: Credit, link: str | None = None
) -> Tutorial:
    """A landmark clip, evenly spaced in time, as the file holds it; points that aren't of these parts are dropped."""
    assert clip.landmarks is not None and clip.layout is not None
    kept = clip.landmarks[:, _places(parts, clip.layout)].astype(np.float64)
    steps = np.clip(np.round(kept / _STEP), -32767, 32767)
    whole = np.where(np.isnan(steps), _NOT_SEEN, steps).astype("<i2")
    return Tutorial(
        gloss=gloss,
        rate=round((len(clip) - 1) / clip.duration, 3) if len(clip) > 1 else 0.0,
        parts=parts,
        points=base64.b64encode(whole.tobytes()).decode("ascii"),
        head=None if head is None else round(head, 4),
        credit=credit,
        video=None,
        link=link,
    )


def clip_of(tutorial: Tutorial, layout: str, aspect: float) -> Clip:
    """The tutorial as a landmark clip; points that it lacks are NaN. ValueError where they don't fit its parts."""
    if layout == "hands" and "body" in tutorial.parts:
        raise ValueError(f"{tutorial.gloss}: layout hands has no body")
    places = _places(tutorial.parts, layout)
    try:
        whole = np.frombuffer(base64.b64decode(tutorial.points, validate=True), dtype="<i2").reshape(-1, len(places), 3)
    except (binascii.Error, ValueError):
        raise ValueError(f"{tutorial.gloss}: its points are no (T, {len(places)}, 3) int16 numbers in base64") from None
    if not len(whole) or (len(whole) > 1) != (tutorial.rate > 0):
        raise ValueError(f"{tutorial.gloss}: {len(whole)} frames at {tutorial.rate} a second")
    points = np.full((len(whole), len(layout_named(layout)), 3), np.nan, dtype=np.float32)
    points[:, places] = np.where(whole == _NOT_SEEN, np.nan, whole * np.float32(_STEP))
    times: NDArray[np.float64] = np.arange(len(whole)) / (tutorial.rate or 1.0)
    return Clip.from_landmarks(points, layout, times=times, aspect=aspect, source=tutorial.gloss)


def shipped() -> dict[str, Path]:
    """Bundle → file of the tutorials that this install has."""
    return _files(Path(str(resources.files(__name__))))


def shipped_place(bundle: str) -> Path:
    """The file of a bundle's tutorials in this install, whether it is there or not."""
    return Path(str(resources.files(__name__))) / f"{bundle}{SUFFIX}"


def folder() -> Path:
    """Where a person's own tutorials are kept: beside their vocabularies (see `vocabulary.folder`)."""
    return vocabulary.folder().parent / "tutorials"


def own() -> dict[str, Path]:
    """Bundle → file of the tutorials in `folder()`."""
    return _files(folder())


def served() -> dict[str, Tutorials]:
    """Bundle → what a learner is shown: a person's own tutorials in the place of the shipped ones of the same signs.

    A file of their own that can't be read is left out and logged; the shipped ones are there all the same.
    """
    found = {bundle: read(path) for bundle, path in shipped().items()}
    for bundle, path in own().items():
        try:
            theirs = read(path)
            found[bundle] = merged(found[bundle], theirs) if bundle in found else theirs
        except InputError as error:
            _log.warning("%s: left out (%s)", path, error)
    return found


def merged(first: Tutorials, over: Tutorials) -> Tutorials:
    """The tutorials of both; of a sign that both show, `over`'s. InputError where they aren't of one bundle."""
    if (first.bundle, first.layout, first.aspect) != (over.bundle, over.layout, over.aspect):
        raise InputError(
            f"tutorials of {over.bundle} in {over.layout} can't join those of {first.bundle}; make them anew"
        )
    shown = {one.gloss: one for one in (*first.tutorials, *over.tutorials)}
    left_out = [entry for entry in first.left_out if entry.gloss not in shown]
    return first.model_copy(update={"tutorials": list(shown.values()), "left_out": left_out})


def video_of(name: str) -> Path | None:
    """The video of that name in `folder()`, if one of a person's own tutorials names it."""
    for path in own().values():
        try:
            named = any(one.video == name for one in read(path).tutorials)
        except InputError:
            continue
        if named and (folder() / VIDEOS / name).is_file():
            return folder() / VIDEOS / name
    return None


def read(path: Path) -> Tutorials:
    """The tutorials in this file; InputError names the file and what is wrong with it."""
    try:
        return read_json(path, Tutorials, SCHEMA_VERSION, "a file of tutorials", _MOST_BYTES, "make or copy it again")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `deepsign data tutorials` makes one") from None


def write(path: Path, tutorials: Tutorials) -> None:
    """Writes the file, whole or not at all: a line a sign, so that a change of one shows as one."""
    raw = tutorials.model_dump()
    lines = {
        key: [json.dumps(entry, ensure_ascii=False) for entry in raw.pop(key)] for key in ("tutorials", "left_out")
    }
    head = json.dumps(raw, indent=1)[:-2]
    body = "".join(f',\n "{key}": [\n  ' + ",\n  ".join(found) + "\n ]" for key, found in lines.items() if found)
    empty = "".join(f',\n "{key}": []' for key, found in lines.items() if not found)
    with written_whole(path) as out:
        out.write(f"{head}{body}{empty}\n}}\n".encode())


def _files(where: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(where.glob(f"*{SUFFIX}"))}


def _places(parts: list[Part], layout: str) -> list[int]:
    """Where the points of these parts stand in the layout, in the file's order."""
    known = layout_named(layout)
    found: list[int] = []
    for part in ("left_hand", "body", "right_hand"):
        if part in parts:
            points = BODY if part == "body" else [p for p in HANDS_POSE.points if p.startswith(f"{part}.")]
            found += [known.index[point] for point in points]
    return found
