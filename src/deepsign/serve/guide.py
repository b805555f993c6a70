"""Guide: /docs: every endpoint with its parameters and a form to try it; no script, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from deepsign.serve.openapi import document

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.1rem; } code, pre { font-family: ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; } table { border-collapse: collapse; }
td, th { text-align: left; padding: .25rem 1rem .25rem 0; vertical-align: top; }
form { margin: 1rem 0; } input, button { font: inherit; margin: .25rem .5rem .25rem 0; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
# The one thing that OpenAPI can't describe.
_LIVE = """<h2><code>WS /v1/live</code></h2>
<p>A session: binary messages are JPEG frames, text messages landmarks:</p>
<pre>{"landmarks": [[x, y, z], …], "layout": "hands", "time": 0.033, "aspect": 1.78}   or   {"finish": true}</pre>
<p>Back come <code>prediction</code> for each moment and <code>segment</code> for each sign as it ends. Frames that are
stale before their turn comes are dropped, and counted.</p>"""


def router(app: FastAPI) -> APIRouter:
    """The page."""
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page(document(app)), headers={"Content-Security-Policy": POLICY})

    return routes


def page(api: dict[str, Any]) -> str:
    """The OpenAPI document as HTML."""
    parts = [
        _endpoint(path, method.upper(), operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    about = "".join(f"<p>{escape(text)}</p>" for text in api["info"]["description"].split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>DeepSign API</title><style>{_STYLE}</style>'
        f"<h1>DeepSign API {escape(api['info']['version'])}</h1>{about}"
        '<p>The whole description: <a href="/openapi.json">/openapi.json</a>. Where the server wants a key, send '
        "<code>Authorization: Bearer KEY</code>; the forms here can't.</p>"
        f"{''.join(parts)}{_LIVE}</html>"
    )


def _endpoint(path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = operation.get("parameters", [])
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{escape(p.get('description') or p.get('schema', {}).get('description', ''))}</td></tr>"
        for p in parameters
    )
    told = escape(operation.get("description", operation.get("summary", "")))
    statuses = ", ".join(operation["responses"])
    tables = f"<table>{rows}</table>" if rows else ""
    return (
        f"<h2><code>{method} {escape(path)}</code></h2><p>{told}</p>{tables}<p>Answers: {escape(statuses)}</p>"
        f"{_form(path, method, operation, parameters)}"
    )


def _form(path: str, method: str, operation: dict[str, Any], parameters: list[dict[str, Any]]) -> str:
    """A form where a browser can fill one in without a script: a file, or a plain GET."""
    if method == "GET":
        return "" if "{" in path else f'<form action="{escape(path)}"><button>Try it</button></form>'
    content = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    # A form that sends a file has no query of its own.
    if content is None or any(p.get("required") for p in parameters):
        return ""
    name = escape(next(iter(content["schema"]["properties"])))
    return (
        f'<form action="{escape(path)}" method="post" enctype="multipart/form-data">'
        f'<label>A photo or a video <input type="file" name="{name}" required></label><button>Try it</button></form>'
    )
