"""The API with networks that are shown pictures: photos, videos, the seeds' contract; and what they don't take."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from browser_stage import write_webm
from deepsign.train.fit import train
from made_pictures import MOVES, SHAPES, clips, moving, picture, pictures
from serve_stage import server, still
from test_train_pixels import CLIPS, IMAGES


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("pixels")
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    pictures(folder / "images")
    clips(folder / "clips")
    (folder / "tiny.yaml").write_text(IMAGES, "utf-8")
    (folder / "motion.yaml").write_text(CLIPS, "utf-8")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that wait for one another take minutes where the cores are busy
    models = tuple(str(train(folder / name, out=folder / name[:4])) for name in ("tiny.yaml", "motion.yaml"))
    torch.set_num_threads(threads)
    patch.undo()
    with server(folder, models=models) as client:
        yield client


def png(gloss: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(gloss, np.random.default_rng(9), 97)).save(file, "PNG")
    return file.getvalue()


def test_photos_are_answered_and_verified(client: TestClient) -> None:
    for gloss in SHAPES:
        answer = client.post("/v1/predict?model=tiny-pixels", content=png(gloss), headers={"content-type": "image/png"})
        assert answer.json()["predictions"][0]["gloss"] == gloss, answer.text
        assert answer.json()["model"] == "tiny-pixels"
    seed = client.post("/predict?model=tiny-pixels", json={"image": base64.b64encode(png("A")).decode()}).json()
    assert len(seed["probabilities"][0]) == 3
    judged = client.post(
        "/v1/verify?model=tiny-pixels&gloss=A", content=png("A"), headers={"content-type": "image/png"}
    )
    assert judged.status_code == 200, judged.text


def test_a_video_is_shown_frame_by_frame(client: TestClient, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    for gloss in MOVES:
        frames = [np.asarray(Image.fromarray(f).resize((64, 64))) for f in moving(gloss, rng, frames=11)]
        content = write_webm(tmp_path / f"{gloss}.webm", frames, fps=10).read_bytes()
        answer = client.post("/v1/predict?model=tiny-motion", content=content, headers={"content-type": "video/webm"})
        assert answer.json()["predictions"][0]["gloss"] == gloss, answer.text


def test_what_they_do_not_take_is_said(client: TestClient) -> None:
    answer = client.post("/v1/predict?model=tiny-pixels", json=still())
    assert (answer.status_code, "not landmarks" in answer.json()["detail"]) == (422, True)
    listed = {one["name"]: one["layout"] for one in client.get("/v1/models").json()["models"]}
    assert listed == {"tiny-pixels": None, "tiny-motion": None}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/live?model=tiny-pixels"):
        pass
