"""Telemetry: sent to the operator's own collector if the settings ask for it, and never otherwise."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deepsign.problems import InputError
from deepsign.serve import telemetry
from deepsign.serve.settings import Settings
from toys import toy_bundle

_ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from starlette.testclient import TestClient
from serve_stage import still
from deepsign.serve import app, pool
from deepsign.serve.api import create
from deepsign.serve.settings import Settings
pool.Pool.start = lambda self: None
with TestClient(create(Settings(models=(sys.argv[2],), telemetry=sys.argv[3] == "on"))) as client:
    assert client.post("/v1/predict", json=still(0.1)).status_code == 200
app.page_folder = lambda: __import__("pathlib").Path(sys.argv[1])
with TestClient(app.create_app()) as client:
    assert client.get("/bundles/index.json").status_code == 200
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A collector's address, and what it was sent: path → everything."""
    sent: dict[str, bytes] = {}

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent[self.path] = sent.get(self.path, b"") + self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Collect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()
    server.server_close()


_HAS_IT = importlib.util.find_spec("fastapi.telemetry") is not None


@pytest.mark.parametrize(
    "wanted", [pytest.param("on", marks=pytest.mark.skipif(not _HAS_IT, reason="FastAPI for 3.10 has none")), "off"]
)
def test_only_the_settings_can_ask_for_it(wanted: str, collector: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, sent = collector
    place = toy_bundle(tmp_path / "toy").path
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
    }
    subprocess.run(
        [sys.executable, "-c", _ASK, str(Path(__file__).parent), str(place), wanted],
        check=True, timeout=120, env={**os.environ, **told},
    )  # fmt: skip
    if wanted == "off":
        assert sent == {}
        return
    assert b"/v1/predict" in sent["/v1/traces"]
    everything = b"".join(sent.values())
    assert b"bundles/index.json" not in everything, "the page's app never measures"
    assert b"landmarks" not in everything


def test_what_is_wanted_and_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"deepsign\[telemetry\]"):
        telemetry.telemetry(Settings(telemetry=True).telemetry)
