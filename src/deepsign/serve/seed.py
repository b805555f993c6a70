"""Seed: the endpoint of DeepSign's forerunners with the same answer, so that their pages go on working."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from deepsign.clip import Clip
from deepsign.serve import bodies
from deepsign.serve.predict import Model, refusals
from deepsign.serve.problems import Problem
from deepsign.serve.schemas import SeedBody
from deepsign.serve.state import State

_BINARY = {"type": "string", "format": "binary"}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": {"type": "object", "properties": {"img": _BINARY}}},
        "application/json": {
            "schema": {"type": "object", "properties": {"image": {"type": "string", "description": "base64"}}}
        },
        "application/octet-stream": {"schema": _BINARY},
        "image/*": {"schema": _BINARY},
        "text/plain": {"schema": {"type": "string", "description": "base64"}},
    },
}


def router(state: State) -> APIRouter:
    """/get_image_prediction_prod, and /predict, which is the same."""
    routes = APIRouter(tags=["the seeds' contract"])

    async def seed(request: Request, model: Model = None) -> JSONResponse:
        """What is signed in a photo: an upload, base64, or the bare bytes of a frame."""
        offered = state.offer.named(model)
        sent = await bodies.read(request, state.settings, state.pool.admit, seed=True)
        if isinstance(sent, Clip):
            raise Problem(422, "invalid", "send a picture; landmarks are for /v1/predict")
        labels = offered.bundle.labels
        none = offered.bundle.manifest.decision.none_gloss
        answer = await state.answer(sent, offered, len(labels))
        found = {c.gloss: c.probability for c in answer.prediction.candidates}
        best = answer.prediction.best
        row = [round(found.get(label.gloss, 0.0), 6) for label in labels if label.gloss != none]
        return JSONResponse(
            {
                "filename": answer.source,
                "prediction": best.gloss if best else None,
                "probabilities": [row],
                "model": offered.bundle.name,
            }
        )

    for path in ("/get_image_prediction_prod", "/predict"):
        routes.post(
            path,
            response_model=SeedBody,
            responses=refusals(),
            openapi_extra={"requestBody": _BODY},
            operation_id=path.strip("/"),
        )(seed)
    return routes
