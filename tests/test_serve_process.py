"""`deepsign serve` as a process on a real socket: signals, silence, clients that go, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from deepsign.client import Client
from serve_stage import still
from toys import hand_clip, toy_bundle

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux shows them")


class Served:
    """A running server: its address, its process, and what it writes."""

    def __init__(self, folder: Path, *flags: str, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.folder = folder
        toy_bundle(folder / "toy")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "deepsign.cli", "serve", "--model", str(folder / "toy")]
        self.log = (folder / "log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*prefix, *command, "--port", str(self.port), *flags],
            stderr=self.log,
            env={**os.environ, "TMPDIR": str(folder), "DEEPSIGN_SERVE_DECODERS": "1", **environment},
        )
        try:
            until(lambda: self.status("/healthz") == 200)
        except BaseException:
            self.close()
            raise

    def status(self, path: str) -> int:
        try:
            return httpx2.get(f"{self.address}{path}").status_code
        except httpx2.TransportError:
            assert self.process.poll() is None, self.written()
            return 0

    def written(self) -> str:
        return Path(self.log.name).read_text("utf-8")

    def children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(c) for task in tasks.iterdir() for c in (task / "children").read_text("ascii").split()]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Waits for it; so long only where it never comes: a machine that runs ten other things starts a server in 30 s."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


def test_it_answers_reloads_and_ends_leaving_nothing(served: Served) -> None:
    with Client(served.address) as client:
        assert client.predict(hand_clip([0.9])).predictions[0].gloss == "A"
        toy_bundle(served.folder / "toy", name="newer")
        served.process.send_signal(signal.SIGHUP)
        until(lambda: client.models()[0].name == "newer")
    decoders = served.children()
    assert decoders
    served.process.terminate()
    assert served.process.wait(60) in (0, -signal.SIGTERM)
    until(lambda: not any(alive(pid) for pid in decoders))
    assert sorted(p.name for p in served.folder.iterdir()) == ["log", "toy"]
    greeting, *lines = served.written().splitlines()
    assert "Traceback" not in served.written()
    assert served.address in greeting
    assert all(json.loads(line)["level"] in ("info", "warning") for line in lines)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_it_with_the_usual_status(tmp_path: Path, workers: str) -> None:
    # Whoever runs the tests in the background has them ignore Ctrl-C, and so would the server.
    served = Served(tmp_path, "--workers", workers, prefix=("env", "--default-signal=INT"))
    served.process.send_signal(signal.SIGINT)
    try:
        assert served.process.wait(60) == 130
        assert "Traceback" not in served.written()
    finally:
        served.close()


def test_killed_it_leaves_no_decoder_and_no_file(served: Served) -> None:
    decoders = served.children()
    assert decoders
    served.process.kill()
    served.process.wait()
    until(lambda: not any(alive(pid) for pid in decoders))
    assert sorted(p.name for p in served.folder.iterdir()) == ["log", "toy"]


def test_clients_that_say_nothing_or_go_hold_nobody_up(served: Served) -> None:
    silent = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(50)]
    half = socket.create_connection(("127.0.0.1", served.port))
    half.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\nContent-Length: 9999\r\n\r\nabc")
    half.close()
    assert httpx2.post(f"{served.address}/v1/predict", json=still(), timeout=60).status_code == 200
    for one in silent:
        one.close()
    until(lambda: "deepsign_requests_in_work 1.0" in httpx2.get(f"{served.address}/metrics", timeout=60).text)


def test_a_stopped_body_and_a_large_one_are_refused_on_the_wire(tmp_path: Path) -> None:
    served = Served(tmp_path, "--max-upload-mb", "0.1", DEEPSIGN_SERVE_IDLE_SECONDS="1")
    try:
        head = b"POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\n"
        for rest, status in (
            (b"Content-Length: 9999\r\n\r\nabc", b"408"),
            (b"Content-Length: 999999\r\n\r\n", b"413"),
            (b"Transfer-Encoding: chunked\r\n\r\n" + (b"ffff\r\n" + b"x" * 65535 + b"\r\n") * 2, b"413"),
        ):
            with socket.create_connection(("127.0.0.1", served.port), timeout=60) as wire:
                wire.sendall(head + rest)
                answer = wire.recv(65536)
                while b"request_id" not in answer:
                    answer += wire.recv(65536)
            assert answer.startswith(b"HTTP/1.1 " + status)
            assert b"application/problem+json" in answer
        with socket.create_connection(("127.0.0.1", served.port), timeout=60) as endless:
            endless.sendall(head + b"Content-Length: 999999999\r\n\r\n")
            with pytest.raises(OSError, match=r"reset|[Bb]roken"):  # it is listened to for a while, and no longer
                while True:
                    endless.sendall(b"x" * 10_000)
    finally:
        served.close()


def test_flags_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    for flags, said in (
        (["--model", str(tmp_path / "no")], "no such bundle"),
        (["--api-key", "short"], "at least 8 characters"),
        (["--workers", "0"], "--workers 0"),
        (["--host", "203.0.113.1"], "can't listen there"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "deepsign.cli", "serve", *flags], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
