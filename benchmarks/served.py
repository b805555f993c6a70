"""A server to measure, and a client that costs as little as can be: what the serve benchmarks are made of."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

DEEPSIGN = (sys.executable, "-m", "deepsign.cli", "serve")


class Server:
    """A server as a process, which answers /readyz by 200 once it is ready; `deepsign serve` unless told otherwise."""

    def __init__(self, command: Sequence[str] = DEEPSIGN, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
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
    refused: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.perf_counter() + seconds

    async def client() -> None:
        wire = Wire(port)
        while (began := time.perf_counter()) < end:
            status, _ = await wire.ask(request)
            statuses[status] += 1
            (taken if status == 200 else refused).append(time.perf_counter() - began)

    await asyncio.gather(*(client() for _ in range(clients)))
    p50, p99 = np.percentile(np.array(taken or [np.nan]) * 1000, [50, 99])
    return {
        "per_s": round(statuses[200] / seconds, 1),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        **({"refused_p99_ms": round(float(np.percentile(refused, 99)) * 1000, 2)} if refused else {}),
        "statuses": {str(k): v for k, v in sorted(statuses.items())},
    }


def vga(photo: Path) -> bytes:
    """A photo as 640 × 480 JPEG, as webcams give."""
    file = io.BytesIO()
    Image.open(photo).convert("RGB").resize((640, 480)).save(file, "JPEG", quality=90)
    return file.getvalue()


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
