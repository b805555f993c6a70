"""How much the API serves: landmarks, uploads, live sessions, overload, start-up, memory, damaged files.

    python benchmarks/serve.py --photo hand.jpg                          everything, in 15 minutes
    python benchmarks/serve.py --photo hand.jpg --only live overload     or parts of it

Into docs/results/serve.json and docs/performance.md. Client and server share the machine's cores, and whatever else
runs makes it slower: the load average at the start is written down beside the figures. What is compared is measured
in turns within this one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from serve_table import machine, write_part
from served import Server, Wire, load, post, running, vga

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


def overload(photo: bytes, seconds: float, long: float) -> dict[str, Any]:
    """Ten times the clients that the queue has room for: what is still served, and how soon all is well again."""
    request = post("/v1/predict?model=letters", "image/jpeg", photo)
    with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1", DEEPSIGN_SERVE_QUEUE="4") as server:
        asyncio.run(load(server.port, request, 2, 1))
        peaks = [asyncio.run(load(server.port, request, 4, seconds))]
        crowd = asyncio.run(load(server.port, request, 4 * _OVERLOAD, long))
        began = time.perf_counter()
        while asyncio.run(Wire(server.port).ask(request))[0] != 200:
            pass
        recovery = time.perf_counter() - began
        # Before and after: what else the machine does changes within a minute.
        peaks.append(asyncio.run(load(server.port, request, 4, seconds)))
    peak = float(np.mean([one["per_s"] for one in peaks]))
    return {
        "seconds": long,
        "peak_per_s": round(peak, 1),
        "served_per_s": crowd["per_s"],
        "ratio": round(crowd["per_s"] / peak, 3),
        "refused_p99_ms": crowd["refused_p99_ms"],
        "refused": sum(n for status, n in crowd["statuses"].items() if status != "200"),
        "statuses": crowd["statuses"],
        "recovery_s": round(recovery, 3),
    }


def live(seconds: float) -> dict[str, Any]:
    """Sessions that each send a moment's landmarks 15 times a second, and how long each answer takes."""
    import websockets

    body = landmarks()
    taken: list[float] = []

    async def session(port: int, number: int, seconds: float) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{port}/v1/live?model=letters") as socket:
            await socket.recv()
            began = time.perf_counter() + number / _SESSIONS / _FPS
            frame = 0
            while frame < seconds * _FPS:
                await asyncio.sleep(max(0.0, began + frame / _FPS - time.perf_counter()))
                sent = time.perf_counter()
                await socket.send(json.dumps({**body, "time": frame / _FPS}))
                while json.loads(await socket.recv())["type"] != "prediction":
                    pass
                taken.append(time.perf_counter() - sent)
                # As a camera does: what came while the answer was on its way is not sent any more.
                frame = max(frame + 1, int((time.perf_counter() - began) * _FPS))

    async def sessions(server: Server, seconds: float) -> list[float]:
        watch = asyncio.create_task(_memory(server, seconds))
        await asyncio.gather(*(session(server.port, number, seconds) for number in range(_SESSIONS)))
        return await watch

    with running(DEEPSIGN_SERVE_MODELS='["letters"]', DEEPSIGN_SERVE_DECODERS="1") as server:
        asyncio.run(sessions(server, min(seconds, 10)))
        taken.clear()
        memory = asyncio.run(sessions(server, seconds))
    p50, p99 = np.percentile(np.array(taken) * 1000, [50, 99])
    return {
        "seconds": seconds,
        # Fewer than all where answers came later than the next moment.
        "answered": round(len(taken) / (_SESSIONS * _FPS * seconds), 4),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "late": round(float(np.mean(np.array(taken) * 1000 > _DEADLINE_MS)), 5),
        "grown_mb": round(memory[-1] - memory[0], 1),
        "memory_mb": memory,
    }


async def _memory(server: Server, seconds: float) -> list[float]:
    """The server's own memory, MB, every ten seconds, or in a short run ten times."""
    every, found = min(10.0, seconds / 10), [server.memory_mb()["server"]]
    for _ in range(int(seconds / every) - 1):
        await asyncio.sleep(every)
        found.append(server.memory_mb()["server"])
    return found


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
    found: dict[str, Any] = {}
    for names in (["letters"], [name for name in ("letters", "signs") if name in shipped()]):
        with running(DEEPSIGN_SERVE_MODELS=json.dumps(names), DEEPSIGN_SERVE_DECODERS="1") as server:
            found["+".join(names)] = {"ready_s": round(server.start_s, 2), "memory_mb": server.memory_mb()}
    return {"servers": found}


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=10, help="of each part")
    parser.add_argument("--live-seconds", type=float, default=600)
    parser.add_argument("--overload-seconds", type=float, default=60)
    parser.add_argument("--uploads", type=int, default=5000)
    parser.add_argument("--only", nargs="*", default=(), help="these parts; the others' figures stay")
    given = parser.parse_args()
    photo = vga(given.photo)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "start": start,
        "landmarks": lambda: by_landmarks(given.seconds),
        "upload": lambda: by_upload(photo, given.seconds),
        "live": lambda: live(given.live_seconds),
        "overload": lambda: overload(photo, given.seconds, given.overload_seconds),
        "damaged": lambda: damaged(photo, given.uploads),
    }
    for name in given.only or parts:
        load_before = machine()["load"]
        found = {"load": load_before, **parts[name]()}
        print(name, json.dumps(found), flush=True)
        write_part(name, found)


if __name__ == "__main__":
    main()
