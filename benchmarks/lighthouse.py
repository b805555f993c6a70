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
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import RESULT, VIEWS, document

from browser_stage import CHROMIUM, FLAGS, serving_shipped

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
# s until a Chromium must answer: on a busy machine it takes longer than the 25 s that Lighthouse's own starter waits.
PATIENCE = 120.0


@contextmanager
def debugged() -> Iterator[int]:
    """A Chromium with a profile of its own; the port it answers on, once it does. RuntimeError where it never does."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        chosen, log = Path(folder) / "DevToolsActivePort", Path(folder) / "log.txt"
        command = [CHROMIUM or "chromium", *FLAGS, "--headless=new", f"--user-data-dir={folder}"]
        with log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [*command, "--remote-debugging-port=0", "about:blank"], stdout=out, stderr=subprocess.STDOUT
            )
        try:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    port = int(chosen.read_text("utf-8").split()[0])
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version", timeout=5).close()
                    break
                except (OSError, ValueError, IndexError):
                    if process.poll() is not None or time.monotonic() > until:
                        last = " | ".join(log.read_text("utf-8", "replace").splitlines()[-3:])
                        raise RuntimeError(f"Chromium does not answer (exit {process.poll()}): {last}") from None
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def scores(address: str, report: Path) -> dict[str, int]:
    """Category → score, 0 … 100. RuntimeError with Lighthouse's last words where it gives none."""
    with debugged() as port:
        command = ["npx", "--yes", LIGHTHOUSE, address, "--preset=desktop", "--quiet", f"--port={port}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", "--output=json", f"--output-path={report}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(" | ".join((done.stderr + done.stdout).strip().splitlines()[-3:]))
    found = json.loads(report.read_text("utf-8"))
    missing = [name for name in CATEGORIES if found["categories"][name]["score"] is None]
    if missing:
        raise RuntimeError(f"no score for {', '.join(missing)}: {found.get('runtimeError')}")
    return {name: round(100 * found["categories"][name]["score"]) for name in CATEGORIES}


def patiently(address: str, report: Path) -> dict[str, int]:
    """`scores`, and once more where that failed, saying why."""
    try:
        return scores(address, report)
    except (RuntimeError, subprocess.TimeoutExpired, OSError) as problem:
        print(f"{address}: once more, for {problem}", flush=True)
        return scores(address, report)


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
            views[view] = patiently(f"{base}/#/{view}", reports.resolve() / f"{view}.json")
            print(view, views[view], flush=True)
    measured = json.loads(RESULT.read_text("utf-8"))
    known = measured.get("lighthouse", {}).get("views", {})
    measured["lighthouse"] = {"version": LIGHTHOUSE, "load": round(os.getloadavg()[0], 1), "views": {**known, **views}}
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    document(measured)


if __name__ == "__main__":
    main()
