"""Bundle's inputs: pixels as bundle.json describes them, and golden.json's inputs of either kind."""

from __future__ import annotations

import base64
import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

# What `input.kind` may say.
KINDS = ("landmarks", "image", "clip")


class Strict(BaseModel):
    """A part of a bundle's files: no key may be missing, unknown, or of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Pictures(Strict):
    """What a graph that sees pixels takes: `frames`, uint8 RGB, (B, size, size, 3), or of clips (B, frames, …).

    fit     how a picture is brought to that square: see `deepsign.perceive.sampled.fitted`.
    frames  how many a clip is thinned or filled up to, by time; None for an image.
    """

    kind: Literal["image", "clip"]
    size: int = Field(ge=8, le=1024)  # px
    fit: Literal["pad", "crop", "squash"]
    frames: int | None = Field(ge=2, le=256)
    window: float = Field(gt=0)

    @model_validator(mode="after")
    def _agree(self) -> Pictures:
        if (self.kind == "clip") != (self.frames is not None):
            raise ValueError("a clip has a number of frames, and an image has none (null)")
        return self

    @property
    def layout(self) -> str:
        """No layout: whoever asks for landmarks of one finds none."""
        return ""


class Golden(Strict):
    """One input with the logits that every runtime must reproduce. None stands for NaN (not seen)."""

    landmarks: list[list[list[float | None]]]  # (T, P, 3)
    times: list[float]
    aspect: float
    logits: list[float]

    def arrays(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """landmarks (1, T, P, 3) with NaN, times (1, T), aspect (1,), as the graph takes them."""
        nan = float("nan")
        points = [[[nan if v is None else v for v in p] for p in frame] for frame in self.landmarks]
        return (
            np.array([points], dtype=np.float32),
            np.array([self.times], dtype=np.float32),
            np.array([self.aspect], dtype=np.float32),
        )


class GoldenPicture(Strict):
    """One input of pixels with its logits: `pixels` is base64 of zlib of the uint8 values in this shape."""

    shape: list[int]  # (H, W, 3) or (F, H, W, 3)
    pixels: str
    logits: list[float]

    def frames(self) -> NDArray[np.uint8]:
        """(1, H, W, 3) or (1, F, H, W, 3), as the graph takes it."""
        raw = zlib.decompress(base64.b64decode(self.pixels))
        return np.frombuffer(raw, dtype=np.uint8).reshape(1, *self.shape)


def golden_of(
    landmarks: NDArray[np.float32], times: NDArray[np.float32], aspect: float, logits: NDArray[np.float32]
) -> Golden:
    """A golden case from one clip (T, P, 3), its times (T,) and the logits (C,) it gave."""
    points = [[[None if np.isnan(v) else round(float(v), 6) for v in point] for point in frame] for frame in landmarks]
    return Golden(
        landmarks=points,
        times=[float(t) for t in times],
        aspect=float(aspect),
        logits=[float(v) for v in logits],
    )


def golden_picture_of(frames: NDArray[np.uint8], logits: NDArray[np.float32]) -> GoldenPicture:
    """A golden case from one picture (H, W, 3) or clip (F, H, W, 3) and the logits (C,) it gave."""
    packed = base64.b64encode(zlib.compress(np.ascontiguousarray(frames).tobytes(), 9)).decode("ascii")
    return GoldenPicture(shape=list(frames.shape), pixels=packed, logits=[round(float(v), 6) for v in logits])
