"""The verbs serve, recognition as a service over HTTP and WebSocket; and app, the learner's page."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deepsign.problems import InputError


def serve(
    *,
    model: Annotated[list[str] | None, Parameter(name=["--model", "-m"], negative="")] = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    api_key: Annotated[list[str] | None, Parameter(negative="")] = None,
    origin: Annotated[list[str] | None, Parameter(negative="")] = None,
    max_upload_mb: float | None = None,
    rate: float | None = None,
) -> None:
    """Recognition as a service: photos, videos and landmarks in, answers out. Nothing that is sent is kept.

    Every limit can be set in the environment, too: DEEPSIGN_SERVE_QUEUE=32. docs/api.md lists them.

    Parameters
    ----------
    model
        A bundle's name or folder, or your own vocabulary; again for more. All installed bundles by default.
    host
        Address to listen on; 0.0.0.0 for the network, and then give --api-key.
    port
        Where to listen.
    workers
        Server processes, each with its own models, decoders and limits.
    api_key
        Who sends one of these may ask. Better in the environment: DEEPSIGN_SERVE_API_KEYS='["..."]'
    origin
        A page of this origin may ask (CORS), https://example.org say; again for more.
    max_upload_mb
        The largest upload, 25 by default.
    rate
        Requests a second and client, 100 by default; 0 for no limit.
    """
    given: dict[str, object] = {
        "models": model,
        "api_keys": api_key,
        "origins": origin,
        "max_upload_mb": max_upload_mb,
        "rate": rate,
    }
    if workers < 1:
        raise InputError(f"--workers {workers}: give a number from 1 up")
    _check_port(port)
    from deepsign.serve.run import run
    from deepsign.serve.settings import PREFIX

    # The server's processes read their settings from the environment, whether they are one or many.
    for name, value in given.items():
        if value is not None:
            os.environ[f"{PREFIX}{name.upper()}"] = json.dumps(value)
    run(host, port, workers)


def serve_page(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    browser: Annotated[bool, Parameter(negative="")] = False,
    export: Annotated[Path | None, Parameter(negative="")] = None,
    embed: str | None = None,
) -> None:
    """The learner's page, on this machine: http://127.0.0.1:8000

    Parameters
    ----------
    host
        Address to listen on. Browsers give a camera only to localhost or to HTTPS.
    port
        Where to listen; if it is in use, the next free one is taken, and said.
    browser
        Open the page in the browser.
    export
        Write the page into this folder instead, as files for any web host that has HTTPS.
    embed
        An origin whose pages may show this one within them, https://example.org say. By default none may.
    """
    from deepsign.serve import app as page
    from deepsign.serve import site

    _check_port(port)
    folder = page.page_folder()
    if export:
        written = site.export(folder, export, embed)
        print(f"{export}: {len(written)} files; serve them at the root of an address (docs/app.md)")
        return
    site.headers(embed)  # refused before anything is said to run
    free = page.free_port(host, port)
    if free != port:
        print(f"port {port} is in use; taking {free}")
    address = f"http://{f'[{host}]' if ':' in host else host}:{free}"
    print(f"DeepSign is at {address}   (Ctrl-C ends it)", flush=True)
    if browser:
        import webbrowser

        webbrowser.open(address)
    page.run(host, free, embed)


def _check_port(port: int) -> None:
    if not 0 < port < 65536:
        raise InputError(f"--port {port}: give a number from 1 to 65535")
