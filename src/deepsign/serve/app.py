"""The app: serves the built page, the bundles and the tracker's model files. It only ever gives; nothing is taken in.

/                       the page
/bundles/index.json     [{"name": …, "files": {file: sha256}}], the shipped bundles that the page can answer with
/bundles/<name>/<file>  their files
/tutorials/index.json   [bundle, …] that have tutorials: how each of their signs is made
/tutorials/<bundle>.json       … of a bundle, a person's own among them; see deepsign.tutorials
/tutorials/videos/<file>       the videos that a person put in
/sw.js                  the page's service worker, told the digests of all of these
/assets-models/<file>   MediaPipe's model files, from the local cache
"""

from __future__ import annotations

import mimetypes
import socket
from importlib import resources
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.perceive import assets
from deepsign.problems import AssetError, DeepSignError, InputError
from deepsign.serve import site
from deepsign.serve.telemetry import OFF

# Systems differ in what they know of these.
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("application/wasm", ".wasm")


def page_folder() -> Path:
    """Where the built page lies in this install; InputError says how to build it."""
    folder = Path(str(resources.files("deepsign"))) / "web"
    if not (folder / "index.html").is_file():
        raise InputError(f"{folder}: the page is not built; run `make start`, or `npm ci && npm run build` in web/")
    return folder


def create_app(embed: str | None = None, compress: bool = False) -> FastAPI:
    """The app of `deepsign app`: static files under a strict content policy, and no endpoint that takes data.

    embed     an origin whose pages may show this one within them.
    compress  whether answers are compressed: worth its time over a network, not on one machine.
    """
    page = page_folder()
    headers = site.headers(embed)
    app = FastAPI(telemetry=OFF, title="DeepSign", docs_url=None, redoc_url=None, openapi_url=None)

    if compress:
        app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)

    @app.middleware("http")
    async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(headers)
        fixed = request.url.path.startswith(site.FIXED) and response.status_code == 200
        response.headers["Cache-Control"] = site.CACHE_FIXED if fixed else site.CACHE_ASKED
        return response

    @app.get("/sw.js")
    def service_worker() -> Response:
        if not (page / site.WORKER).is_file():
            raise HTTPException(404)
        return Response(site.service_worker(page), media_type="text/javascript")

    @app.get("/bundles/index.json")
    @app.get("/tutorials/{name}.json")
    def given(request: Request) -> Response:
        content = site.data().get(request.url.path)
        if not isinstance(content, bytes):
            raise HTTPException(404)
        return Response(content, media_type="application/json")

    @app.get("/bundles/{name}/{file}")
    def bundle_file(name: str, file: str) -> FileResponse:
        known = bundles.shipped()
        if name not in known or file not in (bundles.MANIFEST, *bundles.FILES, *bundles.OPTIONAL_FILES):
            raise HTTPException(404)
        if not (known[name] / file).is_file():
            raise HTTPException(404)
        return FileResponse(known[name] / file)

    @app.get("/tutorials/videos/{file}")
    def tutorial_video(file: str) -> FileResponse:
        video = tutorials.video_of(file)
        if video is None:
            raise HTTPException(404)
        return FileResponse(video)

    @app.get("/assets-models/{file}")
    def model_file(file: str) -> FileResponse:
        if file not in site.PAGE_ASSETS:
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
            except socket.gaierror as error:
                raise DeepSignError(f"--host {host}: no address of this machine ({error.strerror})") from None
            except PermissionError:
                raise DeepSignError(f"port {port}: not allowed here; choose one above 1023 with --port") from None
            except OSError:
                continue
            return port
    raise InputError(f"ports {wanted} to {wanted + 20} on {host} are all in use; choose another with --port")


def run(host: str, port: int, embed: str | None = None) -> None:
    """Serves until Ctrl-C, which raises KeyboardInterrupt once the server has ended."""
    import uvicorn

    app = create_app(embed, compress=host not in ("127.0.0.1", "::1", "localhost"))
    # Not `uvicorn.run`, which swallows Ctrl-C: a shell's loop would go on.
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run()
