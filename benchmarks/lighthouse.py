"""Lighthouse's scores of the built page, view by view, into docs/results/app.json and docs/app.md.

    python benchmarks/lighthouse.py

Fetches Lighthouse from the npm registry into npm's own cache when it first runs; needs the built page and Chromium. As
on a desktop (10 Mbit/s, 40 ms). Lighthouse names whatever is under 1 in the reports that --reports FOLDER keeps.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from app import RESULT, VIEWS, document

from browser_stage import CHROMIUM, serving_shipped

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
FLAGS = "--headless=new --no-sandbox --disable-gpu"


def scores(address: str, report: Path) -> dict[str, int]:
    """Category → score, 0 … 100."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--preset=desktop", "--quiet", f"--chrome-flags={FLAGS}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", "--output=json", f"--output-path={report}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM or ""}
    subprocess.run(command, check=True, env=environment, timeout=600)
    found = json.loads(report.read_text("utf-8"))["categories"]
    return {name: round(100 * found[name]["score"]) for name in CATEGORIES}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--reports", type=Path, help="a folder to keep the reports in")
    parser.add_argument("--views", nargs="*", default=list(VIEWS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving_shipped() as base:
        reports = given.reports or Path(folder)
        reports.mkdir(parents=True, exist_ok=True)
        views = {}
        for view in given.views:
            views[view] = scores(f"{base}/#/{view}", reports.resolve() / f"{view}.json")
            print(view, views[view], flush=True)
    measured = json.loads(RESULT.read_text("utf-8"))
    known = measured.get("lighthouse", {}).get("views", {})
    measured["lighthouse"] = {"version": LIGHTHOUSE, "load": round(os.getloadavg()[0], 1), "views": {**known, **views}}
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    document(measured)


if __name__ == "__main__":
    main()
