"""OpenAPI: the document at /openapi.json, and in docs/openapi.json: `python -m deepsign.serve.openapi` prints it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from deepsign.serve.schemas import Landmarks, Picture, ProblemBody

DESCRIPTION = """Recognises signs in photos, videos and landmarks. Nothing that is sent is kept.

Errors are problem details (RFC 9457): `detail` for people, `code` for programs. `WS /v1/live` takes JPEG frames or
landmarks and gives predictions and segments: see docs/api.md."""


def document(app: FastAPI) -> dict[str, Any]:
    """The document: what FastAPI finds, and the bodies that are read by hand."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, made = models_json_schema(
            [(model, "validation") for model in (Landmarks, Picture, ProblemBody)],
            ref_template="#/components/schemas/{model}",
        )
        schemas = found["components"]["schemas"]
        schemas.update(made["$defs"])
        # Every 422 of ours is a problem; FastAPI's own description of one is not what is sent.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = found
    return app.openapi_schema


def main() -> None:
    """Prints the document; its content doesn't depend on which models are installed."""
    import json

    from deepsign.serve.api import create

    print(json.dumps(document(create()), indent=1, sort_keys=True, ensure_ascii=False))


if __name__ == "__main__":
    main()
