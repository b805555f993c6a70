"""Catalogue: /v1/models: what is on offer, how good it is, and the bundles' files for browsers."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from deepsign.serve.offer import Offered
from deepsign.serve.predict import refusals
from deepsign.serve.problems import Problem
from deepsign.serve.schemas import ModelBody, ModelList
from deepsign.serve.state import State

_TYPES = {".json": "application/json", ".md": "text/markdown; charset=utf-8"}


def router(state: State) -> APIRouter:
    """The list, one model, and its files."""
    routes = APIRouter(prefix="/v1/models", tags=["models"])

    @routes.get("", response_model=ModelList, responses=refusals(401, 429, 503))
    def models() -> JSONResponse:
        """What is on offer; the first answers where none is asked for."""
        return JSONResponse({"models": [_brief(one) for one in state.offer.models.values()]})

    @routes.get("/{name}", response_model=ModelBody, responses=refusals(401, 404, 422, 429, 503))
    def model(name: str) -> JSONResponse:
        """A model's signs, its measured quality, its card and its files."""
        return JSONResponse(_whole(state.offer.named(name)))

    @routes.get(
        "/{name}/files/{file}",
        response_class=Response,
        responses={304: {"description": "As you have it"}, **refusals(401, 404, 422, 429, 503)},
    )
    def file(request: Request, name: str, file: str) -> Response:
        """A file of the bundle. Its ETag is its sha256, as the manifest lists it."""
        offered = state.offer.named(name)
        if file not in offered.etags:
            raise Problem(404, "no-such-file", f"no such file; there are {', '.join(offered.etags) or 'none'}")
        headers = {"ETag": f'"{offered.etags[file]}"', "Cache-Control": "no-cache"}
        if _has(request.headers.get("if-none-match", ""), offered.etags[file]):
            return Response(status_code=304, headers=headers)
        path = offered.bundle.path / file
        return FileResponse(path, headers=headers, media_type=_TYPES.get(path.suffix, "application/octet-stream"))

    return routes


def _has(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags


def _brief(one: Offered) -> dict[str, object]:
    manifest = one.bundle.manifest
    return {
        "name": manifest.name,
        "task": manifest.task,
        "sign_language": manifest.sign_language,
        "signs": len(one.bundle.labels) - (manifest.decision.none_gloss is not None),
        "layout": manifest.input.layout or None,
        "params": manifest.model.params,
    }


def _whole(one: Offered) -> dict[str, object]:
    manifest = one.bundle.manifest
    decision = manifest.decision
    return {
        **_brief(one),
        "labels": [
            {
                "gloss": label.gloss,
                "say": label.say,
                "needs_motion": label.needs_motion,
                "verifiable": label.gloss in decision.per_sign_accept,
            }
            for label in one.bundle.labels
            if label.gloss != decision.none_gloss
        ],
        "window": manifest.input.window,
        "metrics": one.bundle.metrics if one.etags else {},
        "card": (one.bundle.path / "README.md").read_text("utf-8") if one.etags else None,
        "files": one.etags,
    }
