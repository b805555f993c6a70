"""The app: serves the built page, the bundles and the tracker's model files. It only ever gives; nothing is taken in.

/                       the page
/bundles/index.json     [{"name": …, "files": {file: sha256}}], the shipped bundles that the page can answer with
/bundles/<name>/<file>  their files
/tutorials/index.json   [bundle, …] that have tutorials: how each of their signs is made
/tutorials/<bundle>.json       … of a bundle, a person's own among them; see deepsign.tutorials
/tutorials/videos/<file>       the videos that a person put in
/assets-models/<file>   MediaPipe's model files, from the local cache
"""

from __future__ import annotations

import socket
from importlib import resources
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.perceive import assets
from deepsign.problems import AssetError, DeepSignError, InputError
from deepsign.serve.telemetry import OFF

# Nothing may come from, or go to, any other origin. 'wasm-unsafe-eval' is what WebAssembly needs.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Task and layout of the bundles that the page can answer with; others are not offered there.
PAGE_READS = {("handshape", "hands"), ("isolated", "hands_pose")}
# The model files that the page may ask for.
PAGE_ASSETS = ("hand_landmarker.task", "pose_landmarker_full.task", "gesture_recognizer.task")


def page_folder() -> Path:
    """Where the built page lies in this install; InputError says how to build it."""
    folder = Path(str(resources.files("deepsign"))) / "web"
    if not (folder / "index.html").is_file():
        raise InputError(f"{folder}: the page is not built; run `make start`, or `npm ci && npm run build` in web/")
    return folder


def create_app() -> FastAPI:
    """The app of `deepsign app`: static files under a strict content policy, and no endpoint that takes data."""
    page = page_folder()
    app = FastAPI(telemetry=OFF, title="DeepSign", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        # The build names its assets by their content; everything else is asked for anew, and answered with its ETag.
        fixed = request.url.path.startswith("/assets/") and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
        return response

    @app.get("/bundles/index.json")
    def bundle_index() -> JSONResponse:
        opened = [bundles.Bundle.open(path) for path in bundles.shipped().values()]
        readable = [b for b in opened if (b.manifest.task, b.manifest.input.layout) in PAGE_READS]
        return JSONResponse([{"name": b.name, "files": b.manifest.files} for b in readable])

    @app.get("/bundles/{name}/{file}")
    def bundle_file(name: str, file: str) -> FileResponse:
        known = bundles.shipped()
        if name not in known or file not in (bundles.MANIFEST, *bundles.FILES, *bundles.OPTIONAL_FILES):
            raise HTTPException(404)
        if not (known[name] / file).is_file():
            raise HTTPException(404)
        return FileResponse(known[name] / file)

    @app.get("/tutorials/index.json")
    def tutorial_index() -> JSONResponse:
        return JSONResponse(sorted(tutorials.served()))

    @app.get("/tutorials/videos/{file}")
    def tutorial_video(file: str) -> FileResponse:
        video = tutorials.video_of(file)
        if video is None:
            raise HTTPException(404)
        return FileResponse(video)

    @app.get("/tutorials/{name}.json")
    def bundle_tutorials(name: str) -> JSONResponse:
        known = tutorials.served()
        if name not in known:
            raise HTTPException(404)
        return JSONResponse(known[name].model_dump())

    @app.get("/assets-models/{file}")
    def model_file(file: str) -> FileResponse:
        if file not in PAGE_ASSETS:
            raise HTTPException(404)
        try:
            return FileResponse(assets.fetch(file), media_type="application/octet-stream")
        except AssetError as error:
            raise HTTPException(503, str(error)) from None

    app.mount("/", StaticFiles(directory=page, html=True), name="page")
    return app


def free_port(host: str, wanted: int) -> int:
    """The wanted port if it is free, else the next free one of the twenty after it; InputError if there is none."""
    for port in range(wanted, min(wanted + 21, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise DeepSignError(f"port {port}: not allowed here; choose one above 1023 with --port") from None
            except OSError:
                continue
            return port
    raise InputError(f"ports {wanted} to {wanted + 20} on {host} are all in use; choose another with --port")


def run(host: str, port: int) -> None:
    """Serves until Ctrl-C."""
    import uvicorn

    uvicorn.run(create_app(), host=host, port=port, log_level="warning", access_log=False, server_header=False)
