"""Live sessions: landmarks and pictures in, predictions and segments out; stale frames, limits, and what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from deepsign.perceive import Landmarker
from deepsign.serve.live import KEPT, _Inbox
from serve_stage import jpeg, server, still


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def client(place: Path) -> TestClient:
    return server(place)


def sessions(client: TestClient) -> Any:
    return client.app.state.deepsign.sessions  # type: ignore[attr-defined]


def test_a_held_sign_is_predicted_while_it_stands_and_told_when_it_ends(client: TestClient) -> None:
    told = []
    with client.websocket_connect("/v1/live?top_k=1") as socket:
        assert socket.receive_json() == {"type": "ready", "model": "toy", "window": 0.5}
        for frame in range(40):
            socket.send_json({**still(0.9 if frame < 20 else None), "time": frame / 20})
            told.append(socket.receive_json())
            if told[-1]["type"] == "prediction" and frame == 24:
                break
        socket.send_json({"finish": True})
        while (told.append(socket.receive_json()), told[-1])[1]["type"] != "finished":
            pass
    assert {t["predictions"][0]["gloss"] for t in told if t["type"] == "prediction" and t["predictions"]} == {"A"}
    (segment,) = [t for t in told if t["type"] == "segment"]
    assert (segment["gloss"], segment["start"], segment["end"]) == ("A", 0.0, 0.95)
    assert sessions(client).open == 0


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{", "the body"),
        ("{}", "send"),
        ('{"landmarks": [[1, 2]], "time": 0}', "landmarks"),
        ('{"landmarks": [[0.1, 0.2, 0.3]], "time": 0}', "layout hands has 42 points, not 1"),
        ('{"landmarks": [[0.1, 0.2, 0.3]], "tme": 0}', "tme"),
        ("", "the body"),
        ("[" * 5000, "the body"),
    ],
)
def test_a_message_that_cannot_be_used_is_a_problem_and_the_session_goes_on(
    client: TestClient, message: str, said: str
) -> None:
    with client.websocket_connect("/v1/live") as socket:
        socket.receive_json()
        socket.send_text(message)
        problem = socket.receive_json()
        assert (problem["type"], problem["status"]) == ("problem", 422)
        assert said in problem["detail"]
        socket.send_json({**still(), "time": 1})
        assert socket.receive_json()["type"] == "prediction"


def test_time_must_run_forwards(client: TestClient) -> None:
    with client.websocket_connect("/v1/live") as socket:
        socket.receive_json()
        for at in (1.0, 1.0, 1.001, 0.5):
            socket.send_json({**still(), "time": at})
        assert [socket.receive_json()["type"] for _ in range(2)] == ["prediction", "problem"]


def test_stale_frames_are_dropped_and_the_wish_to_finish_is_not() -> None:
    inbox = _Inbox()
    dropped = [inbox.put(m) for m in (b"1", b"2", b"3", b"4")]
    assert (list(inbox.waiting), sum(dropped), inbox.dropped) == ([b"3", b"4"], 2, 2)
    finish = '{"finish": true}'
    for message in (finish, b"5", b"6"):
        inbox.put(message)
    assert finish in inbox.waiting
    assert len(inbox.waiting) == KEPT + 1


def test_too_many_sessions_and_unknown_models_are_refused_as_problems(place: Path) -> None:
    client = server(place, sessions=1)
    with client.websocket_connect("/v1/live"):
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/v1/live"):
            pass
        assert (refused.value.status_code, refused.value.json()["code"]) == (503, "busy")
        assert refused.value.headers["retry-after"] == "1"
    with client.websocket_connect("/v1/live"):
        pass
    with pytest.raises(WebSocketDenialResponse) as unknown, client.websocket_connect("/v1/live?model=other"):
        pass
    assert unknown.value.status_code == 404
    assert sessions(client).open == 0


def test_keys_and_origins_are_asked_of_live_clients_too(place: Path) -> None:
    client = server(place, api_keys=("first-key-1",), origins=("https://school.example",))
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/v1/live"):
        pass
    assert refused.value.status_code == 401
    with client.websocket_connect("/v1/live", subprotocols=["deepsign", "deepsign.key.first-key-1"]) as socket:
        assert socket.accepted_subprotocol == "deepsign"
    key = {"Authorization": "Bearer first-key-1"}
    other = {**key, "Origin": "https://other.example"}
    with pytest.raises(WebSocketDenialResponse) as elsewhere, client.websocket_connect("/v1/live", headers=other):
        pass
    assert (elsewhere.value.status_code, elsewhere.value.json()["code"]) == (403, "other-origin")
    for origin in ("https://school.example", "http://testserver"):
        with client.websocket_connect("/v1/live", headers={**key, "Origin": origin}) as socket:
            assert socket.receive_json()["type"] == "ready"


def test_a_silent_session_is_ended(place: Path) -> None:
    client = server(place, idle_seconds=0.05)
    with client.websocket_connect("/v1/live") as socket:
        socket.receive_json()
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1001
    assert sessions(client).open == 0


def test_a_session_has_its_time(place: Path) -> None:
    client = server(place, session_seconds=0.05)
    with client.websocket_connect("/v1/live") as socket:
        socket.receive_json()
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1008


def test_pictures_are_seen_and_their_tracker_is_let_go(
    place: Path, hand_picture: NDArray[np.uint8], still_tracker: Landmarker
) -> None:
    with server(place) as client:
        with client.websocket_connect("/v1/live") as socket:
            socket.receive_json()
            types = []
            for content in (jpeg(hand_picture), b"no picture", jpeg(hand_picture)):
                socket.send_bytes(content)
                types.append((told := socket.receive_json())["type"])
            assert types == ["prediction", "problem", "prediction"]
            assert told["predictions"]
            assert sessions(client)._homes
        client.get("/healthz")
        assert (sessions(client).open, sessions(client)._homes) == (0, {})
