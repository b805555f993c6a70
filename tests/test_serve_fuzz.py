"""Schemathesis asks the whole OpenAPI document for trouble: wrong types, wrong bodies, other methods, odd headers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deepsign.perceive import Landmarker
from test_serve_process import Served, until

FUZZER = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or shutil.which("schemathesis")
# Names that are there, for most of the requests: random ones would end at 404, and reach nothing behind it.
CONFIG = """
[dictionaries]
models = {values = ["toy"]}
signs = {values = ["A", "B"]}
files = {values = ["bundle.json", "model.onnx"]}

[parameters]
"query.model" = {dictionary = "models", probability = 0.8}
"query.gloss" = {dictionary = "signs", probability = 0.8}
"path.name" = {dictionary = "models", probability = 0.8}
"path.file" = {dictionary = "files", probability = 0.8}
"""
# Not every file that a schema lets through is a picture: those get a 422, and that check is left out.
CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all")
# The same requests each time. A person who asks for more examples by hand finds more, in more time.
ALIKE = ("--seed", "1", "--generation-deterministic", "--max-examples", "5", "--no-color", "--warnings", "off")


@pytest.mark.skipif(FUZZER is None, reason="needs schemathesis, which the dev extra has")
def test_nothing_that_the_document_allows_brings_a_fault(tmp_path: Path, still_tracker: Landmarker) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, "utf-8")
    served = Served(tmp_path, "--rate", "0")
    try:
        until(lambda: served.status("/readyz") == 200)
        command = [str(FUZZER), "--config-file", str(config), "run", f"{served.address}/openapi.json"]
        done = subprocess.run(
            [*command, *ALIKE, *CHECKS], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        _, *lines = served.written().splitlines()
        asked = [(line["route"], line["status"]) for line in map(json.loads, lines) if "route" in line]
    finally:
        served.close()
    assert len(asked) > 300
    assert not [one for one in asked if one[1] >= 500]
    for route in ("/v1/predict", "/v1/verify", "/v1/models/{name}", "/v1/models/{name}/files/{file}"):
        assert (route, 200) in asked, f"{route} was never reached"
