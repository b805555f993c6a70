"""Schemas: what the API takes and gives, as the OpenAPI document shows it and as bodies are checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from deepsign.clip import Clip
from deepsign.landmarks import layout_named
from deepsign.perceive.landmark_file import FARTHEST
from deepsign.problems import InputError

Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Number | None], Field(min_length=3, max_length=3)]
Frame = Annotated[list[Point], Field(min_length=1, max_length=128)]
LayoutName = Literal["hand", "hands", "hands_pose"]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Landmarks(_Taken):
    """Landmarks as MediaPipe gives them: x and y fractions of the picture, z on x's scale; null where not seen."""

    landmarks: Annotated[list[Frame], Field(min_length=1)] | Frame = Field(
        description="(frames, points, 3), or (points, 3) for a still"
    )
    layout: LayoutName = Field("hands", description="hand: 21 points; hands: 42; hands_pose: 75")
    times: list[Number] | None = Field(None, description="seconds of each frame, increasing")
    fps: Annotated[Number, Field(gt=0)] | None = Field(None, description="frames a second, where there are no times")
    aspect: Annotated[Number, Field(gt=0, le=100)] = Field(1.0, description="the picture's width / its height")

    def clip(self, most_frames: int, most_seconds: float) -> Clip:
        """As a clip; InputError for what doesn't fit together or is too long."""
        try:
            with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused below
                array = np.array(self.landmarks, dtype=np.float32)  # null becomes NaN
        except ValueError:
            raise InputError("landmarks: every frame must have as many points as the first") from None
        if (frames := len(array) if array.ndim == 3 else 1) > most_frames:
            raise InputError(f"landmarks: {frames} frames, and {most_frames} are taken; cut them into clips")
        if array.shape[-2] != (points := len(layout_named(self.layout))):
            raise InputError(f"landmarks: layout {self.layout} has {points} points, not {array.shape[-2]}")
        if (np.abs(array) > FARTHEST).any():
            raise InputError("landmarks: must be fractions of the picture's width and height, not pixels")
        if self.times is not None and len(self.times) != frames:
            raise InputError(f"times: {len(self.times)} for {frames} frames of landmarks")
        clip = Clip.from_landmarks(array, self.layout, self.times, self.fps, self.aspect, source="landmarks")
        if clip.duration > most_seconds:
            raise InputError(f"landmarks: longer than {most_seconds:g} s; cut them into clips")
        return clip


class Picture(_Taken):
    """A photo or a video in JSON."""

    file: str = Field(min_length=1, description="base64, or a data: URL")
    filename: str = Field("", description="only given back as the answer's source")


class Ranked(BaseModel):
    """A sign and its calibrated probability."""

    gloss: str
    probability: Annotated[float, Field(ge=0, le=1)]


class Found(BaseModel):
    """A sign in a moving source."""

    gloss: str
    start: float = Field(description="seconds")
    end: float = Field(description="seconds")
    probability: float


class AnswerBody(BaseModel):
    """What was signed; the same object as `deepsign predict --json` prints."""

    source: str
    model: str
    predictions: list[Ranked] = Field(description="best first; empty where no hand was seen")
    known: bool = Field(description="false: not a sign I know")
    ms: float = Field(description="milliseconds of opening, seeing and answering, without waiting")
    segments: list[Found] | None = Field(None, description="only where signs were found in a moving source")
    glimpsed: float | None = Field(
        None, description="seconds that a hand is seen, where that is too short for a sign that moves"
    )
    needs_motion: list[str] | None = Field(None, description="signs that this still may be the start of")


class TipBody(BaseModel):
    """What to change in an attempt; `hint` says it in words."""

    part: Literal["hand", "orientation", "fingers", "thumb", "movement", "place"]
    finger: Literal["index", "middle", "ring", "little"] | None = Field(description="null: none, or several")
    change: str = Field(description="straighten, bend, touch, palm_out, start_chin, … (docs/feedback.md)")


class VerifyBody(BaseModel):
    """Whether it was the sign that was asked for."""

    source: str
    model: str
    gloss: str
    accepted: bool
    probability: float
    hint: str | None = Field(description="one thing to do about a no")
    tip: TipBody | None = Field(description="what to change, for programs; null where nothing stands out")
    ms: float


class SeedBody(BaseModel):
    """The answer of the contract that DeepSign's forerunners had."""

    filename: str
    prediction: str | None = Field(description="null: not a sign I know")
    probabilities: list[list[float]] = Field(description="one row: a probability for each of the model's signs")
    model: str


class LabelBody(BaseModel):
    """A sign that a model knows."""

    gloss: str
    say: str
    needs_motion: bool
    verifiable: bool = Field(description="whether /v1/verify can be asked for it")


class ModelBrief(BaseModel):
    """A model in the list."""

    name: str
    task: str
    sign_language: str = Field(description="ISO 639-3")
    signs: int
    layout: LayoutName | None = Field(description="of its landmarks; null: it is shown the pictures themselves")
    params: int


class ModelBody(ModelBrief):
    """A model: its signs, how it decides, how good it is, and its files."""

    labels: list[LabelBody]
    window: float = Field(description="seconds of a live stream that one answer looks back on")
    metrics: dict[str, Any]
    card: str | None = Field(description="the model card, Markdown")
    files: dict[str, str] = Field(description="file → sha256, under /v1/models/{name}/files/")


class ModelList(BaseModel):
    """What is on offer; the first answers where none is asked for."""

    models: list[ModelBrief]


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok", "starting", "failing"]
    detail: str | None = None


class ProblemBody(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(description="for programs")
    detail: str = Field(description="for people: what is wrong, and the way out")
    request_id: str


class LiveFrame(_Taken):
    """One message to a live session: landmarks of the next moment, or the wish to finish."""

    landmarks: Frame | None = None
    time: Annotated[Number, Field(ge=0)] = Field(0.0, description="seconds, increasing")
    layout: LayoutName = "hands"
    aspect: Annotated[Number, Field(gt=0, le=100)] = 1.0
    finish: bool = Field(False, description="answer the sign that is going on, as if the stream had ended")
