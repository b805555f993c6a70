"""What the learner's page weighs, how soon it is there and what axe finds, into docs/results/app.json and docs/app.md.

    python benchmarks/app.py

Needs the built page, the shipped bundles, Chromium and playwright. Sizes are of gzip's level 9, about what web hosts
send; `deepsign app` itself compresses only what leaves the machine. Times are for a throttled network, and depend on
what else the machine does: the load average stands beside them.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser_stage import Visit, chromium, scene, serving_shipped, write_y4m  # noqa: E402
from test_page_first_sign import first_sign, hello_film  # noqa: E402

PAGE = ROOT / "src" / "deepsign" / "web"
RESULT = ROOT / "docs" / "results" / "app.json"
DOCUMENT = ROOT / "docs" / "app.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
VIEWS = ("learn", "practise", "fingerspell", "recognise", "my-signs", "models", "settings", "privacy")
THEMES: dict[str, dict[str, str]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
# The bundles as people call them.
KINDS = {"letters": "letters", "digits": "numbers", "signs": "words"}
# Lighthouse's settings for a desktop: 40 ms, 10 Mbit/s.
NETWORK = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10_240 * 1024 / 8,
    "uploadThroughput": 10_240 * 1024 / 8,
}
_WATCH = """
window.seen = { paint: 0, largest: 0, shift: 0, blocked: 0 }
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true })
watch('paint', (e) => e.name === 'first-contentful-paint' && (seen.paint = e.startTime))
watch('largest-contentful-paint', (e) => (seen.largest = e.startTime))
watch('layout-shift', (e) => e.hadRecentInput || (seen.shift += e.value))
watch('longtask', (e) => (seen.blocked += Math.max(0, e.duration - 50)))
"""
_CONTROLLED = "() => navigator.serviceWorker.controller !== null"
_KEEP = "async () => (await navigator.serviceWorker.ready).active.postMessage('keep all')"
_KEPT = "async () => (await (await caches.open('deepsign')).keys()).length"


def packed(content: bytes) -> int:
    """Bytes after gzip."""
    return len(gzip.compress(content, 9))


def scripts() -> dict[str, int]:
    """Bytes of the page's JavaScript, compressed: what loads with the page, and the workers with their libraries."""
    files = sorted((PAGE / "assets").glob("*.js"))
    theirs = [f for f in files if f.name.startswith(("vision_wasm", "libraries")) or ".worker-" in f.name]
    own = [f for f in files if f not in theirs]
    style = sum(packed(f.read_bytes()) for f in (PAGE / "assets").glob("*.css"))
    return {
        "page_javascript": sum(packed(f.read_bytes()) for f in own),
        "workers_and_libraries": sum(packed(f.read_bytes()) for f in theirs),
        "styles": style,
    }


def weigh(addresses: Iterable[str]) -> int:
    """Bytes that these addresses send, compressed, each once."""
    total = 0
    for address in sorted(set(addresses)):
        with urlopen(address) as answer:  # noqa: S310 - this machine's own server
            total += packed(answer.read())
    return total


def first_loads(browser: Browser, base: str) -> dict[str, int]:
    """Compressed bytes until a view can be used, each for somebody who comes for the first time."""
    found = {}
    for name, view in (("learn", "learn"), ("letters", "recognise"), ("words", "practise")):
        visit = Visit(browser, base).open(view)
        if name == "words":
            visit.says("Make this sign", patience=180)
            visit.start_camera()
            visit.see(lambda: visit.page.locator("#stage.showing").count() == 1, "the camera", 180)  # noqa: B023
        visit.page.wait_for_timeout(1000)
        found[name] = weigh(r.url for r in visit.requests if r.url.startswith(base))
        visit.close()
    return found


def second_visit(browser: Browser, base: str) -> dict[str, Any]:
    """What a second visit asks the network for, and whether one without a network gets letters ready."""
    visit = Visit(browser, base, service_workers="allow").open("learn")
    visit.see(lambda: bool(visit.page.evaluate(_CONTROLLED)), "the service worker", 180)
    visit.page.evaluate(_KEEP)
    count = -1
    while count != (count := int(visit.page.evaluate(_KEPT))):
        visit.page.wait_for_timeout(8000)
    before = len(visit.requests)
    visit.open("recognise")
    visit.page.reload()
    visit.open("recognise")
    asked = [r for r in visit.requests[before:] if (a := r.response()) and not a.from_service_worker]
    network = [r.url for r in asked if not r.url.endswith("/sw.js")]
    visit.context.set_offline(True)
    visit.page.reload()
    visit.see(lambda: visit.page.get_by_role("button", name="Start the camera").count() == 1, "letters, offline", 180)
    visit.close()
    return {"files_kept": count, "bytes": weigh(network), "offline_ready": True, "errors": visit.errors}


def newcomer(playwright: Playwright, base: str) -> dict[str, float]:
    """Seconds and keys from the open page to the first sign that was right, through the real trackers."""
    with tempfile.TemporaryDirectory() as folder:
        film = hello_film(Path(folder) / "hello.y4m")
        with chromium(playwright, camera=film) as browser:
            took, keys = first_sign(Visit(browser, base))
    return {"seconds": round(took, 1), "keys": keys}


def appears(browser: Browser, base: str) -> dict[str, float]:
    """How soon Learn stands there over a throttled network, ms; how much it moves; how long it blocks, ms."""
    visit = Visit(browser, base, viewport={"width": 1350, "height": 940})
    session = visit.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    visit.context.add_init_script(_WATCH)
    visit.open("learn")
    visit.page.wait_for_timeout(3000)
    seen: dict[str, float] = visit.page.evaluate("() => seen")
    visit.close()
    names = {"paint": "first_contentful_paint_ms", "largest": "largest_contentful_paint_ms"}
    names |= {"shift": "layout_shift", "blocked": "blocked_ms"}
    return {names[k]: round(v, 3 if k == "shift" else 0) for k, v in seen.items()}


def sweep(browser: Browser, base: str) -> dict[str, Any]:
    """axe's violations by view and theme; console errors and requests to other origins over all of them."""
    found: dict[str, dict[str, int]] = {}
    strange: set[str] = set()
    errors: list[str] = []
    for theme, wanted in THEMES.items():
        visit = Visit(browser, base, **wanted)
        for view in VIEWS:
            found.setdefault(view, {})[theme] = len(visit.open(view).violations())
        strange |= {r.url for r in visit.requests if not r.url.startswith((f"{base}/", f"blob:{base}/", "data:"))}
        errors += visit.errors
        visit.close()
    return {"axe": found, "requests_elsewhere": len(strange), "console_errors": errors}


def document(measured: dict[str, Any]) -> None:
    """Writes the figures into docs/app.md, between its two marks."""
    js, first, second, soon, swept = (
        measured[k] for k in ("javascript", "first_load", "second_visit", "learn", "sweep")
    )
    wrong = sum(sum(themes.values()) for themes in swept["axe"].values())
    mega = 1e6
    rows = [
        ("the page's own JavaScript, all views", "≤ 120 kB", f"{js['page_javascript'] / 1e3:.0f} kB"),
        ("first load: Learn", "≤ 20 MB", f"{first['learn'] / mega:.2f} MB"),
        ("first load: letters before the camera", "≤ 20 MB", f"{first['letters'] / mega:.1f} MB"),
        ("first load: words before the camera", "≤ 20 MB", f"{first['words'] / mega:.1f} MB"),
        ("second visit", "0", f"{second['bytes']} bytes"),
        ("second visit without a network", "works", "works" if second["offline_ready"] else "fails"),
        ("requests to other origins", "0", str(swept["requests_elsewhere"])),
        ("console errors", "0", str(len(swept["console_errors"]))),
        (f"axe violations, {len(VIEWS)} views × {len(THEMES)} themes", "0", str(wrong)),
        ("first contentful paint of Learn, 10 Mbit/s", "≤ 0.9 s", f"{soon['first_contentful_paint_ms'] / 1e3:.2f} s"),
        ("largest contentful paint", "≤ 1.2 s", f"{soon['largest_contentful_paint_ms'] / 1e3:.2f} s"),
        ("layout shift", "≤ 0.1", f"{soon['layout_shift']:.3f}"),
        ("main thread blocked", "≤ 150 ms", f"{soon['blocked_ms']:.0f} ms"),
    ]
    if sign := measured.get("first_sign"):
        rows.append(
            ("a newcomer's first right sign, by keyboard", "≤ 90 s", f"{sign['seconds']:.0f} s, {sign['keys']} keys")
        )
    for kind, one in measured.get("accepted", {}).items():
        low, high = one["accepted_interval"] or (0, 1)
        people = f"{one['people']} people, {one['asked']} signs asked"
        share = f"{one['accepted']:.1%} ({low:.1%} to {high:.1%}); within three takes {one['in_three']:.1%}"
        rows.append((f"right attempts accepted at the first take, {KINDS[kind]}: {people}", "≥ 95 %", share))
        low, high = one["wrong_interval"] or (0, 1)
        rows.append((f"wrong ones accepted, {KINDS[kind]}", "≤ 5 %", f"{one['wrong']:.1%} ({low:.1%} to {high:.1%})"))
    if hands := measured.get("left_handed"):
        worst = max(one["apart_points"] for one in hands.values())
        rows.append(("right attempts accepted, left hand against right", "≤ 2 points", f"{worst:.1f} points apart"))
    if lighthouse := measured.get("lighthouse"):
        for name, least in (("performance", 90), ("accessibility", 100), ("best-practices", 95)):
            lowest = min(view[name] for view in lighthouse["views"].values())
            rows.append((f"Lighthouse, {name.replace('-', ' ')}, the lowest view", f"≥ {least}", str(lowest)))
    table = ["| measure | target | measured |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    text = DOCUMENT.read_text("utf-8")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    DOCUMENT.write_text("\n".join([f"{head}{BEGIN}", *table, f"{END}{tail}"]), "utf-8")


def main() -> None:
    """Measures, and writes both files."""
    machine = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()}
    measured: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.is_file() else {}
    measured |= {"machine": machine, "javascript": scripts()}
    with (
        serving_shipped() as base,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as folder,
        chromium(playwright, camera=write_y4m(Path(folder) / "wall.y4m", [scene(None, 0)] * 30)) as browser,
    ):
        measured["first_load"] = first_loads(browser, base)
        measured["first_sign"] = newcomer(playwright, base)
        measured["second_visit"] = second_visit(browser, base)
        measured["learn"] = appears(browser, base)
        measured["sweep"] = sweep(browser, base)
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    document(measured)


if __name__ == "__main__":
    main()
