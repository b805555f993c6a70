"""Uploads: photos and videos through the decoders, which may die, hang and be full; the seeds' contract."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from deepsign.perceive import Landmarker
from deepsign.serve import decode
from deepsign.serve.pool import Pool
from deepsign.serve.problems import Problem
from deepsign.serve.settings import Settings
from serve_stage import jpeg, server

posix = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, still_tracker: Landmarker) -> Iterator[TestClient]:
    with server(tmp_path_factory.mktemp("serve"), most_pixels=4_000_000, most_frames=40) as client:
        client.portal.call(client.app.state.deepsign.warm)  # type: ignore[attr-defined, union-attr]
        yield client


@pytest.fixture(scope="module")
def photo(hand_picture: NDArray[np.uint8]) -> bytes:
    return jpeg(hand_picture)


def video(hand_picture: NDArray[np.uint8], frames: int) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height = 240, 240
        small = np.array(Image.fromarray(hand_picture).resize((240, 240)))
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_it_becomes_ready(client: TestClient) -> None:
    assert client.get("/readyz").json()["status"] == "ok"


def test_a_photo_is_answered_alike_however_it_is_sent(client: TestClient, photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    jpeg_type = {"Content-Type": "image/jpeg"}
    answers = [
        client.post("/v1/predict", files={"file": ("a.jpg", photo)}),
        client.post("/v1/predict", content=photo, headers=jpeg_type),
        client.post("/v1/predict", json={"file": text}),
        client.post("/v1/predict", json={"file": f"data:image/jpeg;base64,{text}", "filename": "a.jpg"}),
        client.post("/v1/predict", content=photo, headers={"Content-Type": "application/octet-stream"}),
        client.post("/v1/predict", files={"file": (None, text)}),
    ]
    assert [a.status_code for a in answers] == [200] * len(answers)
    first = answers[0].json()
    assert first["predictions"]
    assert all(a.json()["predictions"] == first["predictions"] for a in answers)
    assert [a.json()["source"] for a in answers] == ["a.jpg", "upload", "upload", "a.jpg", "upload", "upload"]


def test_a_name_is_only_ever_given_back(client: TestClient, photo: bytes) -> None:
    for name, shown in (("../../etc/passwd", "passwd"), ("C:\\a\\b.jpg", "b.jpg"), ("..", ".."), ("a\x00\nb", "ab")):
        sent = client.post("/v1/predict", json={"file": base64.b64encode(photo).decode(), "filename": name})
        assert sent.json()["source"] == shown


def test_the_seeds_contract_stands(client: TestClient, photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    for path in ("/get_image_prediction_prod", "/predict"):
        answers = [
            client.post(path, files={"img": ("a.jpg", photo, "image/jpeg")}),
            client.post(path, json={"image": text, "filename": "a.jpg"}),
            client.post(path, json={"image": f"data:image/jpeg;base64,{text}", "filename": "a.jpg"}),
            client.post(path, content=photo, headers={"Content-Type": "application/octet-stream"}),
            client.post(path, content=photo),
            client.post(path, content=text.encode(), headers={"Content-Type": "text/plain"}),
            client.post(path, json=text),
        ]
        for answer in answers:
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert set(found) == {"filename", "prediction", "probabilities", "model"}
            assert found["model"] == "toy"
            (row,) = found["probabilities"]
            assert len(row) == 2
            assert found["prediction"] in (None, "A", "B")
            if found["prediction"]:
                assert max(row) == row["AB".index(found["prediction"])]
        assert answers[0].json()["filename"] == "a.jpg"


def test_a_video_is_answered_and_too_long_a_one_is_not(client: TestClient, hand_picture: NDArray[np.uint8]) -> None:
    answer = client.post("/v1/predict", files={"file": ("a.mp4", video(hand_picture, 30))})
    assert answer.status_code == 200, answer.text
    assert answer.json()["predictions"]
    long = client.post("/v1/predict", files={"file": ("a.mp4", video(hand_picture, 50))})
    assert (long.status_code, long.json()["code"]) == (422, "unusable")
    assert "50 frames, and 40 are taken" in long.json()["detail"]


def noise(size: tuple[int, int], kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("1", size).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello, I am a text", "neither a photo nor a video"),
        (b"\xff\xd8\xff\xe0 and nothing more", "damaged or cut short"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a picture"),
        (bytes(4) + b"ftypisom" + bytes(100), "the video can't be opened"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "the video can't be opened"),
        (b"PK\x03\x04" + bytes(100), "neither a photo nor a video"),
        (noise((3000, 2000), "PNG"), "3000 × 2000 px is too large"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_path(client: TestClient, content: bytes, said: str) -> None:
    answer = client.post("/v1/predict", files={"file": ("secret.jpg", content)})
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable")
    assert said in answer.json()["detail"]
    assert "/" not in answer.json()["detail"].replace("neither a photo nor", "")


def test_an_empty_file_and_an_empty_form_are_said(client: TestClient) -> None:
    assert "empty" in client.post("/v1/predict", files={"file": ("a.jpg", b"")}).json()["detail"]
    assert "holds no file" in client.post("/v1/predict", files={"a": (None, "")}).json()["detail"]


def test_damaged_pictures_never_bring_a_fault(client: TestClient, photo: bytes) -> None:
    rng = np.random.default_rng(0)
    for _ in range(25):
        broken = np.frombuffer(photo, np.uint8).copy()
        broken[rng.integers(0, len(broken), 20)] = rng.integers(0, 256, 20, dtype=np.uint8)
        cut = broken[: rng.integers(1, len(broken))].tobytes()
        assert client.post("/v1/predict", files={"file": ("a.jpg", cut)}).status_code in (200, 422)


def test_uploads_lie_in_no_folder(photo: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode.tempfile, "tempdir", str(tmp_path))
    with decode.on_no_disk(memoryview(photo)) as path:
        assert path.read_bytes() == photo
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with decode.on_no_disk(memoryview(photo)) as path:
        assert path.read_bytes() == photo
        assert path.is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


_BOMB = """
import resource
from deepsign.serve import decode
decode._limit_memory()
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), "a core file would hold a client's picture"
decode._pictures = lambda job, path: bytearray(2 * decode.ROOM)
print(decode.Decoder().answer({"job": "pictures"}, memoryview(b"x")).decode())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="processes are limited so on Linux")
def test_a_bomb_meets_the_decoders_own_limit() -> None:
    done = subprocess.run([sys.executable, "-c", _BOMB], capture_output=True, text=True, check=False)
    assert "takes too much memory" in done.stdout, done.stderr


def with_pool(work: Callable[[Pool], Coroutine[Any, Any, None]], **limits: Any) -> None:
    async def run() -> None:
        pool = Pool(1, Settings(**{"deadline": 120, **limits}), [])
        pool.start()
        try:
            assert await pool.ready() is None
            await work(pool)
        finally:
            pool.close()

    asyncio.run(run())


async def until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError


def pid(pool: Pool) -> int:
    (decoder,) = pool.decoders
    assert decoder.process.pid
    return decoder.process.pid


@posix
def test_a_decoder_killed_over_a_file_costs_one_request(photo: bytes, still_tracker: Landmarker) -> None:
    async def work(pool: Pool) -> None:
        first = pid(pool)
        os.kill(first, signal.SIGSTOP)
        hanging = asyncio.ensure_future(pool.clip(photo, "hands"))
        await until(pool._free.empty)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Problem) as lost:
            await hanging
        assert (lost.value.status, lost.value.code, pool.replaced) == (503, "decoder-lost", 1)
        clip, _ = await pool.clip(photo, "hands")
        assert len(clip) == 1
        assert pid(pool) != first

    with_pool(work)


@posix
def test_a_decoder_that_hangs_is_ended_at_the_deadline(photo: bytes, still_tracker: Landmarker) -> None:
    async def work(pool: Pool) -> None:
        os.kill(pid(pool), signal.SIGSTOP)
        with pytest.raises(Problem) as late:
            await pool.clip(photo, "hands")
        assert (late.value.status, late.value.code, pool.replaced) == (503, "deadline", 1)

    with_pool(work, deadline=0.3)


@posix
def test_a_full_queue_is_said_at_once(photo: bytes, still_tracker: Landmarker) -> None:
    async def work(pool: Pool) -> None:
        os.kill(pid(pool), signal.SIGSTOP)
        first = asyncio.ensure_future(pool.clip(photo, "hands"))
        second = asyncio.ensure_future(pool.clip(photo, "hands"))
        await until(lambda: pool.waiting == 1)
        with pytest.raises(Problem, match="too many uploads are waiting"):
            await pool.clip(photo, "hands")
        os.kill(pid(pool), signal.SIGCONT)
        assert [len(clip) for clip, _ in await asyncio.gather(first, second)] == [1, 1]

    with_pool(work, queue=1)


@posix
def test_a_client_that_goes_frees_its_decoder(photo: bytes, still_tracker: Landmarker) -> None:
    async def work(pool: Pool) -> None:
        os.kill(pid(pool), signal.SIGSTOP)
        gone = asyncio.ensure_future(pool.clip(photo, "hands"))
        await until(pool._free.empty)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        clip, _ = await pool.clip(photo, "hands")
        assert (len(clip), len(pool.decoders)) == (1, 1)

    with_pool(work)
