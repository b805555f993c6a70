"""What the serve benchmarks measured, as docs/results/serve.json and as the table of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path("docs/results/serve.json")
PAPER = Path("docs/performance.md")


def machine() -> dict[str, Any]:
    """Where this is measured, and how busy it was as it began."""
    return {
        "system": platform.system(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def write_part(name: str, found: dict[str, Any]) -> None:
    """Puts one part among the results, and the table into the paper."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    results["machine"] = {key: value for key, value in machine().items() if key != "load"}
    results[name] = found
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    before, _, rest = PAPER.read_text("utf-8").partition(_MARKS[0])
    after = rest.partition(_MARKS[1])[2]
    PAPER.write_text(before + _MARKS[0] + table(results) + _MARKS[1] + after, "utf-8")


# What was measured, what it was to reach, and how it is said.
_ROWS: tuple[tuple[str, str, str, Callable[[dict[str, Any]], str]], ...] = (
    (
        "landmarks",
        "letters by landmarks, 8 clients",
        "≥ 1,000 a second, p99 ≤ 25 ms",
        lambda r: f"{r['per_s']:,.0f} a second, p99 {r['p99_ms']:.0f} ms",
    ),
    (
        "upload",
        "letters by 640 × 480 JPEG, against the bare recognizer in one process",
        "≥ 80 %, p99 ≤ 3 × p50",
        lambda r: (
            f"{r['ratio']:.0%} ({r['per_s']:.0f} of {r['bare_per_s']:.0f} a second), "
            f"p99 {r['p99_ms'] / r['p50_ms']:.1f} × p50"
        ),
    ),
    (
        "against",
        "a network of 0.8 M parameters by base64 JPEG, against Keras behind FastAPI, layer for layer the same",
        "≥ 3 × its requests a second",
        lambda r: (
            f"{r['ratio']:.1f} × ({r['deepsign']['per_s']:.0f} and {r[r['faster']]['per_s']:.0f} a second; "
            f"p99 {r['deepsign']['p99_ms']:.0f} and {r[r['faster']]['p99_ms']:.0f} ms)"
        ),
    ),
    (
        "live",
        "20 live sessions at 15 moments a second",
        "none later than 100 ms at p99, memory flat",
        lambda r: (
            f"p99 {r['p99_ms']:.0f} ms, {r['late']:.2%} late; in {r['seconds']:g} s {r['grown_mb']:+.1f} MB "
            f"of {r['memory_mb'][0]:.0f}"
        ),
    ),
    (
        "overload",
        "10 times as many clients as are served",
        "≥ 90 % of the peak, refusals at once, well again in 2 s",
        lambda r: (
            f"{r['ratio']:.0%} for {r['seconds']:g} s, {r['refused']:,} refused, p99 {r['refused_p99_ms']:.0f} ms; "
            f"well again in {r['recovery_s']:.2f} s"
        ),
    ),
    (
        "start",
        "from the command to /readyz, and memory then (letters and signs, one decoder)",
        "≤ 3 s, ≤ 350 MB",
        lambda r: " · ".join(
            f"{one['ready_s']:.1f} s, {one['memory_mb']['with_decoders']:.0f} MB "
            f"({one['memory_mb']['server']:.0f} without its decoder)"
            for name, one in list(r["servers"].items())[-1:]
        ),
    ),
    (
        "damaged",
        "damaged uploads",
        "no 5xx, and well afterwards",
        lambda r: (
            f"{r['uploads']:,}: "
            + ", ".join(f"{n:,} × {status}" for status, n in r["statuses"].items())
            + f"; then {r['then']}"
        ),
    ),
)
_MARKS = ("<!-- measured -->\n", "<!-- /measured -->\n")


def table(found: dict[str, Any]) -> str:
    """The figures as Markdown; a part that was not measured has no row."""
    where = found["machine"]
    head = (
        f"{where['cores']} cores, {where['system']}, Python {where['python']}; client and server on the same machine. "
        "Load: its average when the part began.\n\n"
        "| | to reach | measured | load |\n|---|---|---|---|\n"
    )
    rows = (
        f"| {what} | {least} | {say(found[part])} | {found[part]['load']} |\n"
        for part, what, least, say in _ROWS
        if part in found
    )
    return head + "".join(rows)
