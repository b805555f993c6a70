"""Answers: what a server says, typed; and the error that it tells a problem with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deepsign.problems import DeepSignError


class ServerError(DeepSignError):
    """A problem that the server told, or that it could not be reached.

    status  of HTTP; 0 where there was no answer.
    code    for programs: "too-large"; "unreachable" where there was no answer.
    """

    def __init__(self, status: int, code: str, detail: str, request_id: str = "") -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.request_id = status, code, detail, request_id


@dataclass(frozen=True)
class Ranked:
    """A sign and its calibrated probability."""

    gloss: str
    probability: float


@dataclass(frozen=True)
class Found:
    """A sign in a moving source, start and end in s."""

    gloss: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Answered:
    """What was signed: see `deepsign.answer.Answer`. `predictions` is empty where no hand was seen."""

    source: str
    model: str
    predictions: tuple[Ranked, ...]
    known: bool
    ms: float
    segments: tuple[Found, ...] = ()
    needs_motion: tuple[str, ...] = ()
    glimpsed: float | None = None


@dataclass(frozen=True)
class Verified:
    """Whether it was the sign that was asked for; for a no, perhaps the one thing to do, in words and as `tip`."""

    source: str
    model: str
    gloss: str
    accepted: bool
    probability: float
    hint: str | None
    tip: dict[str, str | None] | None
    ms: float


@dataclass(frozen=True)
class Offered:
    """A model of the server."""

    name: str
    task: str
    sign_language: str
    signs: int
    layout: str
    params: int


def answered(found: dict[str, Any]) -> Answered:
    """The JSON of /v1/predict."""
    return Answered(
        source=found["source"],
        model=found["model"],
        predictions=tuple(Ranked(**one) for one in found["predictions"]),
        known=found["known"],
        ms=found["ms"],
        segments=tuple(Found(**one) for one in found.get("segments", ())),
        needs_motion=tuple(found.get("needs_motion", ())),
        glimpsed=found.get("glimpsed"),
    )


def verified(found: dict[str, Any]) -> Verified:
    """The JSON of /v1/verify."""
    return Verified(**found)


def offered(found: dict[str, Any]) -> tuple[Offered, ...]:
    """The JSON of /v1/models."""
    return tuple(Offered(**one) for one in found["models"])
