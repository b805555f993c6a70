"""Predict and verify: /v1/predict says what was signed, /v1/verify whether it was the sign that was asked for."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from deepsign import feedback
from deepsign.clip import Clip
from deepsign.feedback import Hint
from deepsign.recognizer import Recognizer
from deepsign.serve import bodies
from deepsign.serve.problems import MEDIA_TYPE
from deepsign.serve.schemas import AnswerBody, VerifyBody
from deepsign.serve.state import State

Model = Annotated[str | None, Query(max_length=128, description="a name of /v1/models; the first one by default")]
TopK = Annotated[int | None, Query(ge=1, le=1000, description="how many signs to rank; the model's own number if none")]
Gloss = Annotated[str, Query(min_length=1, max_length=128, description="the sign that was asked for")]

_REASONS = {
    400: "The body can't be read",
    401: "An API key is needed",
    404: "No such model",
    408: "The body stopped coming",
    413: "Larger than is taken",
    415: "Neither a form, nor JSON, nor a picture or video",
    422: "Can't be used, and why",
    429: "Too often; see Retry-After",
    503: "Busy, late, or a decoder was lost; see Retry-After",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These problems for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {status: {"description": _REASONS[status], "content": content} for status in statuses or _REASONS}


def router(state: State) -> APIRouter:
    """The two endpoints."""
    routes = APIRouter(prefix="/v1", tags=["recognition"])
    body = {"requestBody": dict(bodies.described())}

    @routes.post("/predict", response_model=AnswerBody, responses=refusals(), openapi_extra=body)
    async def predict(request: Request, model: Model = None, top_k: TopK = None) -> JSONResponse:
        """What is signed in a photo, a video or landmarks.

        Send a form with a file, JSON (a base64 file, or landmarks), or the bare file with its image/* or video/* type.
        """
        offered = state.offer.named(model)
        sent = await bodies.read(request, state.settings, state.pool.admit)
        answer = await state.answer(sent, offered, top_k)
        return JSONResponse(answer.to_json())

    @routes.post("/verify", response_model=VerifyBody, responses=refusals(), openapi_extra=body)
    async def verify(request: Request, gloss: Gloss, model: Model = None) -> JSONResponse:
        """Whether it was this sign, at the model's stated rate of wrong signs that pass."""
        offered = state.offer.named(model)
        sent = await bodies.read(request, state.settings, state.pool.admit)
        clip, seeing = await state.see(sent, offered)
        began = time.perf_counter()
        accepted, probability, hint, tip = await state.run(judge, offered.recognizer, clip, gloss)
        return JSONResponse(
            {
                "source": clip.source,
                "model": offered.bundle.name,
                "gloss": gloss,
                "accepted": accepted,
                "probability": round(probability, 4),
                "hint": hint,
                "tip": tip and {"part": tip.part, "finger": tip.finger, "change": tip.change},
                "ms": round(seeing + (time.perf_counter() - began) * 1000, 1),
            }
        )

    return routes


def judge(recognizer: Recognizer, clip: Clip, gloss: str) -> tuple[bool, float, str | None, Hint | None]:
    """Accepted, probability, and for a no the one thing worth saying, and what to change, where there is either."""
    found = recognizer.verdict(clip, gloss)
    if found.outcome == "accepted":
        return True, found.probability, None, None
    if not recognizer.sees(clip):
        return False, found.probability, "no hand is seen: show the whole hand, in good light", None
    labels = recognizer.bundle.labels
    if len(clip) == 1 and labels[labels.index(gloss)].needs_motion:
        return False, found.probability, f"{gloss} is a movement: send a clip of it", None
    tip = _tip(recognizer, clip, gloss, found.looks_like)
    words = [feedback.tip(tip)] if tip else []
    if found.looks_like is not None:
        say = labels[labels.index(found.looks_like)].say
        words = [f"this looks like {say}" + ("." if tip else ""), *words]
    return False, found.probability, " ".join(words) or None, tip


def _tip(recognizer: Recognizer, clip: Clip, gloss: str, taken_for: str | None) -> Hint | None:
    """What to change; None where nothing stands out, or the bundle doesn't know how its signs are made."""
    reference = None if clip.landmarks is None else feedback.reference_of(recognizer.bundle)
    return None if reference is None else feedback.hint(reference, gloss, recognizer.in_layout(clip), taken_for)
