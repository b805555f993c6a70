"""What happens to a running server: killed decoders, clients that go, a full disk, models that change under load."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import numpy as np
import pytest
import uvicorn
from numpy.typing import NDArray

from deepsign.perceive import Landmarker
from deepsign.serve import run
from deepsign.serve.api import create
from deepsign.serve.settings import Settings
from serve_stage import jpeg, still
from test_serve_process import Served, alive, until
from toys import toy_bundle

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux shows them")
PATIENCE = 120.0  # seconds: for a machine that runs ten other things
LEFT = ["log", "toy"]


@contextmanager
def serving(folder: Path, *flags: str, **environment: str) -> Iterator[Served]:
    served = Served(folder, "--rate", "0", *flags, DEEPSIGN_SERVE_DEADLINE=str(PATIENCE), **environment)
    try:
        until(lambda: served.status("/readyz") == 200)
        yield served
    finally:
        served.close()


@pytest.fixture(scope="module")
def photo(hand_picture: NDArray[np.uint8]) -> bytes:
    return jpeg(hand_picture)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for several tests: each has to leave it well. It looks for changed models often."""
    with serving(tmp_path_factory.mktemp("served"), DEEPSIGN_SERVE_WATCH_SECONDS="0.1") as served:
        yield served


def upload(served: Served, photo: bytes) -> httpx2.Response:
    return httpx2.post(
        f"{served.address}/v1/predict", content=photo, headers={"Content-Type": "image/jpeg"}, timeout=PATIENCE
    )


def decoder_of(served: Served) -> int:
    (found,) = [c for c in served.children() if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]
    return found


def in_work(served: Served, count: int) -> bool:
    """Whether so many requests are in work, besides the one that asks."""
    measures = httpx2.get(f"{served.address}/metrics", timeout=PATIENCE).text
    return f"deepsign_requests_in_work {count + 1}.0" in measures


def test_a_killed_decoder_costs_its_own_client_one_request(
    served: Served, photo: bytes, still_tracker: Landmarker
) -> None:
    killed, answers = decoder_of(served), []
    os.kill(killed, signal.SIGSTOP)
    asking = threading.Thread(target=lambda: answers.append(upload(served, photo)))
    asking.start()
    until(lambda: in_work(served, 1))
    os.kill(killed, signal.SIGKILL)
    asking.join()
    assert (answers[0].status_code, answers[0].json()["code"]) == (503, "decoder-lost")
    assert answers[0].headers["retry-after"]
    assert httpx2.post(f"{served.address}/v1/predict", json=still(), timeout=PATIENCE).status_code == 200
    assert upload(served, photo).status_code == 200
    assert decoder_of(served) != killed
    assert sorted(p.name for p in served.folder.iterdir()) == LEFT


def test_a_client_that_goes_costs_nobody_anything(served: Served, photo: bytes, still_tracker: Landmarker) -> None:
    head = f"POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    decoder = decoder_of(served)
    os.kill(decoder, signal.SIGSTOP)
    with socket.create_connection(("127.0.0.1", served.port)) as wire:
        wire.sendall(head.encode() + photo)
        until(lambda: in_work(served, 1))
    os.kill(decoder, signal.SIGCONT)
    assert upload(served, photo).status_code == 200
    until(lambda: in_work(served, 0))
    assert "Traceback" not in served.written()
    assert sorted(p.name for p in served.folder.iterdir()) == LEFT


def test_connections_that_never_ask_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "HEAD_SECONDS", 0.1)
    toy_bundle(tmp_path / "toy")
    # The app's own life would start decoders; here only connections count.
    app = create(Settings(models=(str(tmp_path / "toy"),)))
    config = uvicorn.Config(app, http=run.Connection, lifespan="off", log_config=None, timeout_keep_alive=1)

    async def ask() -> None:
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.ensure_future(server.serve(sockets=[listening]))
            port = listening.getsockname()[1]
            for said in (b"", b"GET /healthz HTTP/1.1\r\nHost:"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(said)
                with suppress(ConnectionResetError):
                    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
                writer.close()
            server.should_exit = True
            await serving

    asyncio.run(ask())


def test_models_change_under_load_and_no_request_is_dropped(served: Served) -> None:
    """By SIGHUP, then by the folder alone."""
    seen: Counter[tuple[int, str]] = Counter()
    done = threading.Event()

    def ask() -> None:
        with httpx2.Client(timeout=PATIENCE) as client:
            while not done.is_set():
                answer = client.post(f"{served.address}/v1/predict", json=still())
                seen[answer.status_code, answer.json().get("model", answer.text)] += 1

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    try:
        until(lambda: seen[200, "toy"] > 20)
        toy_bundle(served.folder / "toy", name="second")
        served.process.send_signal(signal.SIGHUP)
        until(lambda: seen[200, "second"] > 20)
        toy_bundle(served.folder / "toy", name="third")
        until(lambda: seen[200, "third"] > 20)
    finally:
        done.set()
        for one in asking:
            one.join()
    assert set(seen) == {(200, "toy"), (200, "second"), (200, "third")}


def test_several_workers_answer_are_renewed_and_end_together(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as served:
        first = served.children()
        for _ in range(8):  # whichever of them takes the connection
            assert httpx2.post(f"{served.address}/v1/predict", json=still(), timeout=PATIENCE).status_code == 200
        toy_bundle(tmp_path / "toy", name="newer")
        served.process.send_signal(signal.SIGHUP)
        until(lambda: not any(alive(pid) for pid in first if pid not in served.children()))
        until(lambda: {_model(served) for _ in range(4)} == {"newer"})
        every = served.children()
        served.process.terminate()
        served.process.wait(PATIENCE)
        until(lambda: not any(alive(pid) for pid in every))
        assert "Traceback" not in served.written()
        assert sorted(p.name for p in tmp_path.iterdir()) == LEFT


def _model(served: Served) -> str:
    try:
        answer = httpx2.post(f"{served.address}/v1/predict", json=still(), timeout=PATIENCE)
    except httpx2.TransportError:
        return "none"
    return str(answer.json().get("model"))


# A full file system for temporary files and as working folder, and the other places that they might go to read-only; in
# a space of mounts of its own, so that nobody else meets it.
FULL = """
set -e
mount -t tmpfs -o size=64k none "$1"
dd if=/dev/zero of="$1/filler" bs=1k status=none 2>/dev/null || true
for place in /tmp /var/tmp; do
    mount --rbind "$place" "$place"
    mount -o remount,bind,ro "$place"
done
cd "$1"
for place in "$1" /tmp /var/tmp; do ! { echo room > "$place/probe"; } 2>/dev/null; done
shift
exec "$@"
"""


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64k none /var/tmp && mount --rbind /tmp /tmp"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_unshare(), reason="needs the right to mount a file system of its own")
def test_a_full_disk_is_no_reason_to_fail(tmp_path: Path, photo: bytes, still_tracker: Landmarker) -> None:
    full = tmp_path / "full"
    full.mkdir()
    prefix = ("unshare", "-m", "sh", "-c", FULL, "sh", str(full))
    served = Served(tmp_path, "--rate", "0", prefix=prefix, TMPDIR=str(full), DEEPSIGN_SERVE_DEADLINE=str(PATIENCE))
    try:
        until(lambda: served.status("/readyz") == 200)
        form = httpx2.post(
            f"{served.address}/v1/predict", files={"file": ("a.jpg", photo + bytes(3_000_000))}, timeout=PATIENCE
        )
        assert form.status_code == 200, form.text
        assert upload(served, photo).status_code == 200
    finally:
        served.close()
