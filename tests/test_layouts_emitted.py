"""The page's point indices are Python's: web/src/engine/layouts.ts is made from deepsign.landmarks and not stale."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"


def test_the_pages_layouts_are_pythons() -> None:
    made = subprocess.run(
        [sys.executable, str(WEB / "scripts" / "emit_layouts.py"), "--print"],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    ).stdout
    committed = (WEB / "src" / "engine" / "layouts.ts").read_text("utf-8")
    assert made == committed, "stale: run python web/scripts/emit_layouts.py"
