"""Schemathesis asks the whole OpenAPI document for trouble; skipped where it is not installed (it is large)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deepsign.perceive import Landmarker
from test_serve_process import Served

FUZZER = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or shutil.which("schemathesis")


@pytest.mark.skipif(FUZZER is None, reason="needs schemathesis: pip install schemathesis")
def test_nothing_that_the_document_allows_brings_a_fault(tmp_path: Path, still_tracker: Landmarker) -> None:
    served = Served(tmp_path, "--rate", "0")
    # Not every file that a schema lets through is a picture: those get a 422, and that check is left out.
    checks = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--suppress-health-check", "all"]
    try:
        done = subprocess.run(
            [str(FUZZER), "run", f"{served.address}/openapi.json", "--max-examples", "5", "--seed", "1", *checks],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        assert " 500" not in served.written().replace('"status": 500', " 500")
    finally:
        served.close()
