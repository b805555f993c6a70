"""Minutes of practice in Chromium: how soon verdicts come, whether memory stays flat: docs/results/practise.json.

    python benchmarks/practise.py --minutes 10

A made-up signer stands in the trackers' place (tests/made_trackers.py) and signs one of two signs, or neither, over and
over; the page asks for them as it asks a learner. What trackers cost is measured elsewhere; what is measured here is
everything after them: boundaries, network, rule, page. Other programs make it slower: the load average is written down.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser_stage import Visit, chromium, scene, serving_toy, write_y4m
from lesson_stage import HELLO, THANK_YOU, TOY, UNKNOWN
from made_trackers import stand_in

_RESULT = Path("docs/results/practise.json")
# Writes every verdict down, with how long after the sign's end it stood in the page.
_LISTEN = """
window.verdicts = []
new MutationObserver((changes) => {
  for (const { target } of changes) window.verdicts.push(Number(target.dataset.verdictMs))
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-verdict-ms'] })
"""
_EVERY = 30.0  # s between two looks at the memory


def practise(visit: Visit, seconds: float) -> tuple[list[float], list[float]]:
    """Practises that long; the verdicts' delays, ms, and the heap's size after each collection, MB."""
    visit.context.add_init_script(_LISTEN)
    visit.page.goto(f"{visit.base}/#/practise")
    visit.says("Make this sign")
    visit.start_camera()
    session = visit.context.new_cdp_session(visit.page)
    heap: list[float] = []
    began = looked = time.monotonic()
    while time.monotonic() - began < seconds:
        visit.page.wait_for_timeout(500)
        lesson = visit.page.locator("[data-phase]")
        if lesson.get_attribute("data-phase") == "over":
            visit.page.get_by_role("button", name="Another five minutes").click()
        elif int(lesson.get_attribute("data-misses") or 0) >= 3:
            visit.page.get_by_role("button", name="Skip").click()
        if time.monotonic() - looked >= _EVERY:
            looked = time.monotonic()
            session.send("HeapProfiler.collectGarbage")
            heap.append(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
    return visit.page.evaluate("() => window.verdicts"), heap


def _slope(values: list[float]) -> float:
    """By how much a straight line through these grows from one to the next."""
    return float(np.polyfit(range(len(values)), values, 1)[0])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        wall = write_y4m(Path(folder) / "wall.y4m", [scene(None, 0)] * 30, fps=30)
        with serving_toy(Path(folder), moving=True, **TOY) as base, chromium(playwright, camera=wall) as browser:
            visit = Visit(browser, base)
            stand_in(visit, [HELLO, THANK_YOU, UNKNOWN])
            verdicts, heap = practise(visit, 60 * minutes)
            assert visit.errors == [], visit.errors
            visit.stayed_home()
            visit.close()
    found = {
        "minutes": minutes,
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "load_before": round(load, 1)},
        "verdicts": {
            "count": len(verdicts),
            "ms_median": round(float(np.median(verdicts))),
            "ms_p95": round(float(np.quantile(verdicts, 0.95))),
        },
        "heap_mb": {
            "first": round(heap[0], 2),
            "last": round(heap[-1], 2),
            # Of a line through the second half, when everything was loaded: what ten more minutes would add.
            "growth_in_10_minutes": round(_slope(heap[len(heap) // 2 :]) * 600 / _EVERY, 2),
            "every_30_s": [round(mb, 2) for mb in heap],
        },
    }
    _RESULT.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
