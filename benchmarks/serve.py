"""How much the API serves: landmarks, uploads, live sessions, overload, start-up, memory, damaged files.

    python benchmarks/serve.py --photo hand.jpg --seconds 10

Into docs/results/serve.json and docs/performance.md. Client and server share the machine's cores, and whatever else
runs makes it slower: the load average at the start is written down beside the figures. What is compared is measured
in turns within this one run.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from served import Wire, load, post, running

from deepsign.answer import Answerer
from deepsign.bundle import Bundle, shipped

_CLIENTS = 8
_SESSIONS, _FPS, _DEADLINE_MS = 20, 15, 100
_OVERLOAD = 10
_ROUNDS = 3


def landmarks() -> dict[str, Any]:
    """A still of the letters' own golden inputs."""
    golden = Bundle.open(shipped()["letters"]).golden[0]
    return {"landmarks": golden.landmarks[0], "layout": "hands", "aspect": golden.aspect}


def by_landmarks(seconds: float) -> dict[str, Any]:
    """Letters by landmarks, and what the bare recognizer does with them in one thread."""
    request = post("/v1/predict?model=letters", "application/json", json.dumps(landmarks()).encode())
    with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1") as server:
        asyncio.run(load(server.port, request, _CLIENTS, 1))
        return asyncio.run(load(server.port, request, _CLIENTS, seconds))


def by_upload(photo: bytes, seconds: float) -> dict[str, Any]:
    """Letters by JPEG upload with one decoder, in turns with the bare recognizer in one process."""
    request = post("/v1/predict?model=letters", "image/jpeg", photo)
    bare, served = [], []
    with tempfile.TemporaryDirectory() as folder, Answerer("letters") as answerer:
        path = Path(folder) / "a.jpg"
        path.write_bytes(photo)
        answerer.answer(path)
        with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1") as server:
            for _ in range(_ROUNDS):
                count, end = 0, time.perf_counter() + seconds / _ROUNDS
                while time.perf_counter() < end:
                    answerer.answer(path)
                    count += 1
                bare.append(count / (seconds / _ROUNDS))
                served.append(asyncio.run(load(server.port, request, 2, seconds / _ROUNDS)))
    rate = float(np.mean([one["per_s"] for one in served]))
    return {
        "per_s": round(rate, 1),
        "bare_per_s": round(float(np.mean(bare)), 1),
        "ratio": round(rate / float(np.mean(bare)), 3),
        "p50_ms": round(float(np.median([one["p50_ms"] for one in served])), 1),
        "p99_ms": round(float(np.median([one["p99_ms"] for one in served])), 1),
    }


def overload(photo: bytes, seconds: float) -> dict[str, Any]:
    """Ten times the clients that the queue has room for: what is still served, and how soon all is well again."""
    request = post("/v1/predict?model=letters", "image/jpeg", photo)
    with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1", DEEPSIGN_SERVE_QUEUE="4") as server:
        asyncio.run(load(server.port, request, 2, 1))
        peak = asyncio.run(load(server.port, request, 4, seconds))
        crowd = asyncio.run(load(server.port, request, 4 * _OVERLOAD, seconds))
        began = time.perf_counter()
        while asyncio.run(Wire(server.port).ask(request))[0] != 200:
            pass
        recovery = time.perf_counter() - began
    return {
        "peak_per_s": peak["per_s"],
        "served_per_s": crowd["per_s"],
        "ratio": round(crowd["per_s"] / peak["per_s"], 3),
        "refused": sum(n for status, n in crowd["statuses"].items() if status != "200"),
        "statuses": crowd["statuses"],
        "recovery_s": round(recovery, 3),
    }


def live(seconds: float) -> dict[str, Any]:
    """Sessions that each send a moment's landmarks 15 times a second, and how long each answer takes."""
    import websockets

    body = landmarks()
    taken: list[float] = []

    async def session(port: int, number: int) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{port}/v1/live?model=letters") as socket:
            await socket.recv()
            began = time.perf_counter() + number / _SESSIONS / _FPS
            for frame in range(int(seconds * _FPS)):
                await asyncio.sleep(max(0.0, began + frame / _FPS - time.perf_counter()))
                sent = time.perf_counter()
                await socket.send(json.dumps({**body, "time": frame / _FPS}))
                while json.loads(await socket.recv())["type"] != "prediction":
                    pass
                taken.append(time.perf_counter() - sent)

    async def sessions(port: int) -> None:
        await asyncio.gather(*(session(port, number) for number in range(_SESSIONS)))

    with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1") as server:
        asyncio.run(sessions(server.port))
        before, taken[:] = server.memory_mb()["server"], []
        asyncio.run(sessions(server.port))
        after = server.memory_mb()["server"]
    p50, p99 = np.percentile(np.array(taken) * 1000, [50, 99])
    late = float(np.mean(np.array(taken) * 1000 > _DEADLINE_MS))
    grown = round(after - before, 1)
    return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "late": round(late, 5), "grown_mb": grown}


def damaged(photo: bytes, uploads: int) -> dict[str, Any]:
    """Mutated uploads: bits flipped, cut, other beginnings; the server must answer each, and be well afterwards."""
    rng = np.random.default_rng(0)
    heads = (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\0\0\0\x18ftypisom",
        b"\x1a\x45\xdf\xa3",
        b"RIFF\0\0\0\0WEBP",
        b"PK\3\4",
        b"%PDF",
    )

    def one() -> bytes:
        data = np.frombuffer(photo, np.uint8).copy()
        at = rng.integers(0, len(data), rng.integers(1, 60))
        data[at] ^= rng.integers(1, 256, len(at), dtype=np.uint8)
        end = rng.integers(1, len(data) + 1) if rng.random() < 0.5 else len(data)
        return heads[rng.integers(len(heads))] + data[:end].tobytes()

    async def send(port: int) -> Counter[int]:
        wire, statuses = Wire(port), Counter[int]()
        for _ in range(uploads):
            statuses[(await wire.ask(post("/v1/predict?model=letters", "image/jpeg", one())))[0]] += 1
        return statuses

    with running(DEEPSIGN_SERVE_MODELS='["letters"]') as server:
        statuses = asyncio.run(send(server.port))
        before = server.memory_mb()["server"]
        well = asyncio.run(Wire(server.port).ask(post("/v1/predict", "image/jpeg", photo)))[0]
    return {
        "uploads": uploads,
        "statuses": {str(k): v for k, v in sorted(statuses.items())},
        "then": well,
        "server_mb": before,
    }


def start() -> dict[str, Any]:
    """From the command to /readyz, models and trackers warm; memory then, with letters and signs."""
    found = {}
    for names in (["letters"], [name for name in ("letters", "signs") if name in shipped()]):
        with running(DEEPSIGN_SERVE_MODELS=json.dumps(names), DEEPSIGN_SERVE_DECODERS="1") as server:
            found["+".join(names)] = {"ready_s": round(server.start_s, 2), "memory_mb": server.memory_mb()}
    return found


# What was measured, what it was to reach, and how it is said.
_ROWS: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
    (
        "letters by landmarks, 8 clients",
        "≥ 1,000 a second, p99 ≤ 25 ms",
        lambda r: f"{r['landmarks']['per_s']:,.0f} a second, p99 {r['landmarks']['p99_ms']:.0f} ms",
    ),
    (
        "letters by 640 × 480 JPEG, against the bare recognizer in one process",
        "≥ 80 %, p99 ≤ 3 × p50",
        lambda r: (
            f"{r['upload']['ratio']:.0%} ({r['upload']['per_s']:.0f} of {r['upload']['bare_per_s']:.0f} a second), "
            f"p99 {r['upload']['p99_ms'] / r['upload']['p50_ms']:.1f} × p50"
        ),
    ),
    (
        f"{_SESSIONS} live sessions at {_FPS} moments a second",
        "none later than 100 ms at p99, memory flat",
        lambda r: (
            f"p99 {r['live']['p99_ms']:.0f} ms, {r['live']['late']:.2%} late, {r['live']['grown_mb']:+.1f} MB "
            f"in {r['seconds']:.0f} s"
        ),
    ),
    (
        f"{_OVERLOAD} times as many clients as are served",
        "≥ 90 % of the peak, refusals at once, well again in 2 s",
        lambda r: (
            f"{r['overload']['ratio']:.0%}, {r['overload']['refused']:,} refused, well again in "
            f"{r['overload']['recovery_s']:.2f} s"
        ),
    ),
    (
        "from the command to /readyz, and memory then (letters and signs, one decoder)",
        "≤ 3 s, ≤ 350 MB",
        lambda r: " · ".join(
            f"{one['ready_s']:.1f} s, {one['memory_mb']['with_decoders']:.0f} MB "
            f"({one['memory_mb']['server']:.0f} without its decoder)"
            for name, one in list(r["start"].items())[-1:]
        ),
    ),
    (
        "damaged uploads",
        "no 5xx, and well afterwards",
        lambda r: (
            f"{r['damaged']['uploads']:,}: "
            + ", ".join(f"{n:,} × {status}" for status, n in r["damaged"]["statuses"].items())
            + f"; then {r['damaged']['then']}"
        ),
    ),
)
_MARKS = ("<!-- measured -->\n", "<!-- /measured -->\n")


def table(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    machine = found["machine"]
    head = (
        f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}; client and server on the same "
        f"machine, whose load average was {machine['load']} when the run began; {found['seconds']:g} s a part.\n\n"
        "| | to reach | measured |\n|---|---|---|\n"
    )
    return head + "".join(f"| {what} | {least} | {say(found)} |\n" for what, least, say in _ROWS)


def write_table(found: dict[str, Any], paper: Path) -> None:
    """Puts the table between the paper's marks."""
    before, _, rest = paper.read_text("utf-8").partition(_MARKS[0])
    after = rest.partition(_MARKS[1])[2]
    paper.write_text(before + _MARKS[0] + table(found) + _MARKS[1] + after, "utf-8")


def vga(photo: Path) -> bytes:
    """A photo as 640 × 480 JPEG, as webcams give."""
    file = io.BytesIO()
    Image.open(photo).convert("RGB").resize((640, 480)).save(file, "JPEG", quality=90)
    return file.getvalue()


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--uploads", type=int, default=5000)
    parser.add_argument("--out", type=Path, default=Path("docs/results/serve.json"))
    parser.add_argument("--paper", type=Path, default=Path("docs/performance.md"))
    given = parser.parse_args()
    photo = vga(given.photo)
    found: dict[str, Any] = {
        "machine": {
            "system": platform.system(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 2),
        },
        "seconds": given.seconds,
    }
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "start": start,
        "landmarks": lambda: by_landmarks(given.seconds),
        "upload": lambda: by_upload(photo, given.seconds),
        "live": lambda: live(given.seconds),
        "overload": lambda: overload(photo, given.seconds),
        "damaged": lambda: damaged(photo, given.uploads),
    }
    for name, part in parts.items():
        found[name] = part()
        print(name, json.dumps(found[name]), flush=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    write_table(found, given.paper)


if __name__ == "__main__":
    main()
