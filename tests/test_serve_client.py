"""The Python client: typed answers, problems as errors, and repetitions that spread out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import numpy as np
import pytest
from starlette.testclient import TestClient

from deepsign.client import AsyncClient, Client, ServerError
from deepsign.clip import Clip
from deepsign.problems import InputError
from serve_stage import server
from toys import hand_clip


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return server(tmp_path_factory.mktemp("serve"), api_keys=("first-key-1",))


def test_a_clip_is_answered_and_verified(http: TestClient) -> None:
    client = Client("http://testserver", api_key="first-key-1", http=http)
    answer = client.predict(hand_clip([0.9] * 30 + [None] * 10 + [0.1] * 30), top_k=1)
    assert [s.gloss for s in answer.segments] == ["A", "B"]
    assert (answer.model, answer.known, len(answer.predictions)) == ("toy", True, 1)
    assert client.verify(hand_clip([0.9]), "A").accepted
    assert client.verify(hand_clip([0.1]), "A").hint == "this looks like B"
    assert [m.name for m in client.models()] == ["toy"]


def test_async_answers_the_same(http: TestClient) -> None:
    async def ask() -> None:
        transport = httpx2.ASGITransport(app=http.app)
        inner = httpx2.AsyncClient(transport=transport, base_url="http://testserver")
        async with AsyncClient("http://testserver", api_key="first-key-1", http=inner) as client:
            answer = await client.predict(hand_clip([0.9]))
            assert answer.predictions[0].gloss == "A"
            assert (await client.verify(hand_clip([0.9]), "A")).accepted
            assert [m.name for m in await client.models()] == ["toy"]
            with pytest.raises(ServerError, match="no such model"):
                await client.predict(hand_clip([0.9]), model="other")

    asyncio.run(ask())


def test_a_problem_is_an_error_with_the_servers_words(http: TestClient) -> None:
    with pytest.raises(ServerError, match="send your API key") as refused:
        Client("http://testserver", http=http).models()
    assert (refused.value.status, refused.value.code) == (401, "key-needed")
    assert refused.value.request_id


def test_sources_that_cannot_be_sent_are_said(tmp_path: Path, http: TestClient) -> None:
    client = Client("http://testserver", http=http)
    with pytest.raises(InputError, match=r"no\.jpg: can't be read"):
        client.predict(tmp_path / "no.jpg")
    with pytest.raises(InputError, match="holds pictures"):
        client.predict(Clip.from_frames(np.zeros((4, 4, 3), np.uint8)))


def answering(*statuses: int) -> tuple[httpx2.MockTransport, list[httpx2.Request]]:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        status = statuses[min(len(asked), len(statuses)) - 1]
        if not status:
            raise httpx2.ConnectError("refused")
        if status == 200:
            return httpx2.Response(200, json={"models": []})
        headers = {"Retry-After": "3"} if status == 429 else {}
        return httpx2.Response(status, json={"code": "busy", "detail": "busy; try again"}, headers=headers)

    return httpx2.MockTransport(answer), asked


@pytest.mark.parametrize(
    ("statuses", "waits"),
    [((503, 0, 200), [0.125, 0.25]), ((429, 200), [3.125]), ((503, 503, 503, 200), [0.125, 0.25, 0.5])],
)
def test_a_busy_server_is_asked_again_later(statuses: tuple[int, ...], waits: list[float]) -> None:
    transport, asked = answering(*statuses)
    waited: list[float] = []
    http = httpx2.Client(transport=transport, base_url="http://server")
    with Client("http://server", http=http, sleep=waited.append, chance=lambda: 0.5) as client:
        assert client.models() == ()
    assert (waited, len(asked)) == (waits, len(statuses))


@pytest.mark.parametrize(("status", "tries", "code"), [(422, 1, "busy"), (503, 3, "busy"), (0, 3, "unreachable")])
def test_what_repeating_does_not_mend_is_told(status: int, tries: int, code: str) -> None:
    transport, asked = answering(status)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def ask() -> None:
        http = httpx2.AsyncClient(transport=transport, base_url="http://server")
        async with AsyncClient("http://server", http=http, retries=2, sleep=sleep) as client:
            await client.models()

    with pytest.raises(ServerError) as told:
        asyncio.run(ask())
    assert (told.value.status, told.value.code, len(asked)) == (status, code, tries)
    assert len(waited) == tries - 1
