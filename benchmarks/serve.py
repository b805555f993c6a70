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
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepsign.answer import Answerer
from deepsign.bundle import Bundle, shipped

_CLIENTS = 8
_SESSIONS, _FPS, _DEADLINE_MS = 20, 15, 100
_OVERLOAD = 10
_ROUNDS = 3


class Server:
    """`deepsign serve` as a process."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deepsign.cli", "serve", "--port", str(self.port)],
            env={**os.environ, "DEEPSIGN_SERVE_RATE": "0", **environment},
            stderr=subprocess.DEVNULL,
        )
        while asyncio.run(self._status("/readyz")) != 200:
            if self.process.poll() is not None:
                raise SystemExit("the server ended")
        self.start_s = time.perf_counter() - began

    async def _status(self, path: str) -> int:
        try:
            return (await Wire(self.port).ask(get(path)))[0]
        except OSError:
            await asyncio.sleep(0.02)
            return 0

    def memory_mb(self) -> dict[str, float]:
        """Proportional set sizes (a shared page counts once): the server's own, and with its decoders."""
        task = Path(f"/proc/{self.process.pid}/task")
        children = [c for one in task.iterdir() for c in (one / "children").read_text("ascii").split()]
        own, *others = [_pss(pid) for pid in (str(self.process.pid), *children)]
        return {"server": round(own, 1), "with_decoders": round(own + sum(others), 1)}

    def close(self) -> None:
        """Ends it as a balancer would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Wire:
    """A keep-alive connection that costs the client as little as can be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """A request's status and body."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        body = await reader.readexactly(length)
        if b"connection: close" in head:
            writer.close()
            self._streams = None
        return int(head.split(b" ", 2)[1]), body


def get(path: str) -> bytes:
    """A GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


def post(path: str, kind: str, body: bytes) -> bytes:
    """A POST as it goes over the wire."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def load(port: int, request: bytes, clients: int, seconds: float) -> dict[str, Any]:
    """So many clients, each asking again as soon as it has its answer."""
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.perf_counter() + seconds

    async def client() -> None:
        wire = Wire(port)
        while (began := time.perf_counter()) < end:
            status, _ = await wire.ask(request)
            statuses[status] += 1
            if status == 200:
                taken.append(time.perf_counter() - began)

    await asyncio.gather(*(client() for _ in range(clients)))
    p50, p99 = np.percentile(np.array(taken or [np.nan]) * 1000, [50, 99])
    return {
        "per_s": round(statuses[200] / seconds, 1),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "statuses": {str(k): v for k, v in sorted(statuses.items())},
    }


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
        return heads[rng.integers(len(heads))] + data[: rng.integers(1, len(data) + 1)].tobytes()

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


@contextmanager
def running(**environment: str) -> Iterator[Server]:
    """A server for the while."""
    server = Server(**environment)
    try:
        yield server
    finally:
        server.close()


def _pss(pid: str) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return int(text.partition("\nPss:")[2].split()[0]) / 1024


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


if __name__ == "__main__":
    main()
