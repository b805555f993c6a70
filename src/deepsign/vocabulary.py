"""Vocabulary: signs that a person taught by a few clips each, in one JSON file that can be given to others.

It names the bundle whose embedding tells its signs apart, and holds each clip's embedding, and the landmarks it came
from: points, never pictures. With them a vocabulary outlives its bundle: when that changes, the clips are embedded
anew. Reading is strict: a missing or an extra key is refused by name. Writing is atomic.
"""

from __future__ import annotations

import base64
import binascii
import os
import sys
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from deepsign.clip import Clip
from deepsign.landmarks import LAYOUTS
from deepsign.problems import InputError
from deepsign.prototypes import Prototypes, prototypes
from deepsign.refusal import read_json
from deepsign.whole import written_whole

SCHEMA_VERSION = 1
SUFFIX = ".json"
NAME = r"^[a-z0-9][a-z0-9._-]*$"
# What no sign may be called: it stands for "not a sign I know".
NONE = "none"
# Points are kept as whole numbers of this part of the picture (a sixth of a pixel at 1280), from −4 to 4 pictures.
_STEP = 1 / 8000
_NOT_SEEN = -32768
# A larger file is no vocabulary: a thousand signs of five clips take a tenth of it.
_MOST_BYTES = 1 << 30


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Base(_Strict):
    """The bundle that embeds: its name, and its model.onnx's sha256."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class TaughtClip(_Strict):
    """A clip of a sign.

    source     the file's name, without its folders.
    times      (T,) s from the clip's start.
    aspect     width / height of the picture.
    points     (T, P, 3) little-endian int16 in base64, in steps of 1/8000 of the picture; −32768 is "not seen".
    embedding  (E,) what the base bundle makes of these points.
    """

    source: str
    times: list[float] = Field(min_length=1)
    aspect: float = Field(gt=0)
    points: str
    embedding: list[float] = Field(min_length=1)


class Sign(_Strict):
    """A taught sign: its gloss, the words to say it, and its clips."""

    gloss: str = Field(min_length=1)
    say: str = Field(min_length=1)
    clips: list[TaughtClip] = Field(min_length=1)


class Decision(_Strict):
    """`reject_below`: a cosine under it is "not a sign I know"; `sharpness`: how a logit grows with the cosine."""

    reject_below: float = Field(le=1)
    sharpness: float = Field(gt=0)


class Vocabulary(_Strict):
    """The file. No key has a default: what is not written down is not known."""

    schema_version: Literal[1]
    name: str = Field(pattern=NAME)
    sign_language: str = Field(pattern=r"^[a-z]{3}$")  # ISO 639-3
    layout: str
    base: Base
    signs: list[Sign]
    decision: Decision

    @model_validator(mode="after")
    def _agree(self) -> Vocabulary:
        if self.layout not in LAYOUTS:
            raise ValueError(f"unknown landmark layout {self.layout!r}; known: {', '.join(LAYOUTS)}")
        names = [sign.gloss.casefold() for sign in self.signs]
        if len(set(names)) != len(names) or NONE in names:
            raise ValueError(f"glosses must differ from one another and from {NONE!r}: {', '.join(sorted(names))}")
        if len({len(clip.embedding) for sign in self.signs for clip in sign.clips}) > 1:
            raise ValueError("embeddings must be of one length")
        for sign in self.signs:
            for clip in sign.clips:
                clip_of(clip, self.layout)
        return self

    def sign(self, gloss: str) -> Sign | None:
        """The sign of that gloss, however it is capitalised; None where there is none."""
        return next((sign for sign in self.signs if sign.gloss.casefold() == gloss.casefold()), None)

    def prototypes(self) -> Prototypes:
        """The signs, opened for answering; there must be one."""
        embeddings = [np.array([clip.embedding for clip in sign.clips]) for sign in self.signs]
        return prototypes(embeddings, self.decision.reject_below, self.decision.sharpness)


def pack(clip: Clip, source: str) -> TaughtClip:
    """A landmark clip as the file holds it, without its embedding (one 0)."""
    assert clip.landmarks is not None
    steps = np.clip(np.round(clip.landmarks.astype(np.float64) / _STEP), -32767, 32767)
    whole = np.where(np.isnan(steps), _NOT_SEEN, steps).astype("<i2")
    return TaughtClip(
        # A file's name may hold bytes that are no text, which JSON can't.
        source=Path(source).name.encode("utf-8", "backslashreplace").decode(),
        times=[float(t) for t in clip.times - clip.times[0]],
        aspect=round(clip.aspect, 6),
        points=base64.b64encode(whole.tobytes()).decode("ascii"),
        embedding=[0.0],
    )


def clip_of(taught: TaughtClip, layout: str) -> Clip:
    """The landmark clip that was kept; ValueError where its points don't fit its times and the layout."""
    try:
        whole = np.frombuffer(base64.b64decode(taught.points, validate=True), dtype="<i2")
        points: NDArray[np.float32] = whole.reshape(len(taught.times), len(LAYOUTS[layout]), 3) * np.float32(_STEP)
    except (binascii.Error, ValueError):
        shape = f"({len(taught.times)}, {len(LAYOUTS[layout])}, 3)"
        raise ValueError(f"{taught.source}: its points are no {shape} int16 numbers in base64") from None
    points[whole.reshape(points.shape) == _NOT_SEEN] = np.nan
    try:
        return Clip.from_landmarks(points, layout, taught.times, aspect=taught.aspect, source=taught.source)
    except InputError as error:
        raise ValueError(str(error)) from None


def folder() -> Path:
    """Where vocabularies are kept: $DEEPSIGN_DATA/vocabularies, else this platform's folder for a user's data."""
    if chosen := os.environ.get("DEEPSIGN_DATA"):
        return Path(chosen).expanduser() / "vocabularies"
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "deepsign" / "vocabularies"


def place(name_or_path: str | Path) -> Path:
    """The file that a vocabulary of this name or path has, whether it is there or not."""
    path = Path(name_or_path)
    if path.suffix == SUFFIX or path.parent != Path() or str(name_or_path).startswith("."):
        return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
    return folder() / f"{path.name}{SUFFIX}"


def known() -> dict[str, Path]:
    """Name → file of the vocabularies in `folder()`."""
    return {path.stem: path for path in sorted(folder().glob(f"*{SUFFIX}"))}


def read(path: Path) -> Vocabulary:
    """The vocabulary in this file; InputError names the file and what is wrong with it."""
    try:
        return read_json(path, Vocabulary, SCHEMA_VERSION, "a vocabulary", _MOST_BYTES, "export or copy it again")
    except FileNotFoundError:
        names = ", ".join(known()) or "none yet"
        raise InputError(
            f"{path}: no such vocabulary (yours: {names}); make one with `deepsign teach NAME CLIPS --into {path.stem}`"
        ) from None


def write(path: Path, vocabulary: Vocabulary) -> None:
    """Writes the file beside its place and renames it: what was there stays whole until the new one is."""
    with written_whole(path) as file:
        file.write(vocabulary.model_dump_json().encode() + b"\n")
