"""The API without a decoder: landmarks, models, health, problems; what stands in front of every request."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import logging
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from deepsign.answer import Answerer
from deepsign.clip import Clip
from deepsign.problems import BundleError
from deepsign.recognizer import Recognizer
from deepsign.serve import guard
from deepsign.serve.api import create
from deepsign.serve.guard import Pace
from deepsign.serve.log import JsonLines
from deepsign.serve.settings import Settings, misspelt
from serve_stage import server, still
from toys import hand_clip, toy_bundle


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def client(place: Path) -> TestClient:
    return server(place)


def moving(xs: list[float | None], fps: float = 20) -> dict[str, object]:
    return {"landmarks": [still(x)["landmarks"] for x in xs], "layout": "hand", "fps": fps}


def test_landmarks_are_answered_as_the_command_line_answers(client: TestClient, place: Path) -> None:
    xs: list[float | None] = [0.9] * 30 + [None] * 10 + [0.1] * 30
    answer = client.post("/v1/predict", json=moving(xs)).json()
    with Answerer(place / "toy") as answerer:
        expected = answerer.answer_clip(hand_clip(xs)).to_json()
    assert [s["gloss"] for s in answer["segments"]] == ["A", "B"]
    for key in ("model", "predictions", "known", "segments"):
        assert answer[key] == expected[key]
    assert set(answer) == set(expected)
    assert answer["source"] == "landmarks"


def test_a_still_is_ranked_and_cut_at_top_k(client: TestClient) -> None:
    both = client.post("/v1/predict", json=still(0.1)).json()
    assert [p["gloss"] for p in both["predictions"]] == ["B", "A"]
    assert both["known"]
    one = client.post("/v1/predict?top_k=1&model=toy", json=still(0.1)).json()
    assert one["predictions"] == both["predictions"][:1]


def test_points_that_are_null_were_not_seen(client: TestClient) -> None:
    answer = client.post("/v1/predict", json=still(None)).json()
    assert (answer["predictions"], answer["known"]) == ([], False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"landmarks": [[0.1, 0.2, 0.3]] * 20, "layout": "hand"}, "layout hand has 21 points, not 20"),
        ({"landmarks": [[0.1, 0.2]] * 21, "layout": "hand"}, "landmarks"),
        ({"landmarks": [[[0.1, 0.2, 0.3]] * 21, [[0.1, 0.2, 0.3]] * 20], "layout": "hand", "fps": 9}, "landmarks"),
        ({"landmarks": [[640, 480, 0]] * 21, "layout": "hand"}, "not pixels"),
        ({"landmarks": [[1e300, 0.1, 0]] * 21, "layout": "hand"}, "not pixels"),
        ({"landmarks": [[[0.1, 0.2, 0.3]] * 21] * 2, "layout": "hand"}, "need times or a frame rate"),
        ({"landmarks": [[[0.1, 0.2, 0.3]] * 21] * 2, "layout": "hand", "times": [0, 0]}, "must be finite and increase"),
        ({"landmarks": [[[0.1, 0.2, 0.3]] * 21] * 2, "layout": "hand", "times": [0]}, "1 for 2 frames"),
        ({"landmarks": [[[0.1, 0.2, 0.3]] * 21] * 2, "layout": "hand", "times": [0, 100]}, "longer than 60 s"),
        ({"landmarks": [[0.1, 0.2, 0.3]] * 21, "layout": "foot"}, "layout"),
        ({"landmarks": [[0.1, 0.2, 0.3]] * 21, "layuot": "hand"}, "layuot"),
        ({"landmarks": [], "layout": "hand"}, "landmarks"),
        ({"landmarks": "a", "layout": "hand"}, "landmarks"),
        ({}, "file"),
        ([], "the body"),
        ({"file": "no base64!"}, "no base64"),
        ({"file": "data:image/png,abc"}, "must be base64"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(client: TestClient, body: object, said: str) -> None:
    answer = client.post("/v1/predict", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert said in problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("body", [b"{", b'{"landmarks": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"landmarks"'])
def test_damaged_json_is_a_problem(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/predict", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/predict", 405),
        ("POST", "/v1/predict?top_k=0", 422),
        ("POST", "/v1/predict?model=other", 404),
        ("POST", "/v1/predict?model=../toy", 404),
        ("GET", "/v1/models/other", 404),
        ("GET", "/v1/models/toy/files/other", 404),
        ("GET", "/v1/models/toy/files/..%2f..%2fsecret", 404),
    ],
)
def test_every_refusal_is_a_problem_with_the_headers(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_another_type_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/predict", content=b"x", headers={"Content-Type": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-type")
    form = client.post("/v1/predict", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert (form.status_code, form.json()["code"]) == (400, "damaged-form")


def test_verify_says_yes_no_and_what_to_do(client: TestClient) -> None:
    yes = client.post("/v1/verify?gloss=A", json=still(0.9)).json()
    assert (yes["accepted"], yes["hint"], yes["gloss"]) == (True, None, "A")
    no = client.post("/v1/verify?gloss=A", json=still(0.1)).json()
    assert (no["accepted"], no["hint"]) == (False, "this looks like B")
    unseen = client.post("/v1/verify?gloss=A", json=still(None)).json()
    assert (unseen["accepted"], unseen["probability"]) == (False, 0.0)
    assert "no hand is seen" in unseen["hint"]
    other = client.post("/v1/verify?gloss=B", json=still(0.9))
    assert (other.status_code, other.json()["code"]) == (422, "unusable")


def test_models_are_listed_with_what_they_know(client: TestClient) -> None:
    (brief,) = client.get("/v1/models").json()["models"]
    assert (brief["name"], brief["signs"], brief["layout"]) == ("toy", 2, "hands")
    whole = client.get("/v1/models/toy").json()
    assert [(x["gloss"], x["verifiable"]) for x in whole["labels"]] == [("A", True), ("B", False)]
    assert whole["card"] == "# toy\n"


def test_files_come_with_their_digest_as_etag(client: TestClient) -> None:
    for name, digest in client.get("/v1/models/toy").json()["files"].items():
        answer = client.get(f"/v1/models/toy/files/{name}")
        assert hashlib.sha256(answer.content).hexdigest() == digest
        assert answer.headers["etag"] == f'"{digest}"'
        again = client.get(f"/v1/models/toy/files/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        old = client.get(f"/v1/models/toy/files/{name}", headers={"If-None-Match": '"old"'})
        assert old.status_code == 200


def test_health_and_measures(place: Path) -> None:
    client = server(place)
    assert client.get("/healthz").json()["status"] == "ok"
    unready = client.get("/readyz")
    assert (unready.status_code, unready.json()["code"]) == (503, "not-ready")
    assert "retry-after" in unready.headers
    client.post("/v1/predict", json=still())
    text = client.get("/metrics").text
    assert 'deepsign_requests_total{method="POST",route="/v1/predict",status="200"} 1.0' in text
    assert 'deepsign_answers_total{known="yes",model="toy"} 1.0' in text


def test_a_key_is_wanted_where_there_are_keys(place: Path) -> None:
    client = server(place, api_keys=("first-key-1", "second-key-2"))
    refused = client.get("/v1/models")
    assert (refused.status_code, refused.json()["code"]) == (401, "key-needed")
    assert refused.headers["www-authenticate"] == "Bearer"
    for headers in ({"Authorization": "Bearer second-key-2"}, {"X-API-Key": "first-key-1"}):
        assert client.get("/v1/models", headers=headers).status_code == 200
    for headers in ({"Authorization": "Bearer second-key"}, {"Authorization": "Basic first-key-1"}, {"X-API-Key": ""}):
        assert client.get("/v1/models", headers=headers).status_code == 401
    assert client.get("/metrics").status_code == 401
    assert client.get("/healthz").status_code == 200


def test_every_key_is_compared_in_constant_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(given: bytes, key: bytes) -> bool:
        compared.append(key)
        return hmac.compare_digest(given, key)

    monkeypatch.setattr(guard.secrets, "compare_digest", compare)
    client = server(place, api_keys=("first-key-1", "second-key-2"))
    for given in ("first-key-1", "second-key-2", "f", ""):
        client.get("/v1/models", headers={"X-API-Key": given})
        assert compared == [b"first-key-1", b"second-key-2"], "the first that fits must not be the last"
        compared.clear()


def test_answers_have_the_security_headers_too(client: TestClient) -> None:
    for answer in (client.post("/v1/predict", json=still()), client.get("/healthz")):
        assert answer.status_code == 200
        assert {name: answer.headers.get(name) for name in guard.HEADERS} == guard.HEADERS


def test_a_client_that_asks_too_often_waits(place: Path) -> None:
    client = server(place, rate=0.01)
    assert [client.get("/v1/models").status_code for _ in range(2)] == [200, 429]
    refused = client.get("/v1/models")
    assert refused.json()["code"] == "too-often"
    assert 90 <= int(refused.headers["retry-after"]) <= 100
    assert client.get("/healthz").status_code == 200, "probes are never refused"


def test_pace_comes_back_with_time_and_differs_by_client() -> None:
    pace = Pace(rate=2)
    assert [pace.take("a", 0.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert pace.take("b", 0.0) == 0
    assert pace.take("a", 0.5) == 0
    assert pace.take("a", 0.5) == 0.5


def test_too_large_a_body_is_refused_before_it_is_sent(place: Path) -> None:
    client = server(place, max_upload_mb=0.1)
    answer = client.post("/v1/predict", content=b"x" * 200_000, headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    sent = 0

    def endless() -> object:  # its length is told to nobody
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 10_000

    whole = server(place, max_upload_mb=0.1).post(
        "/v1/predict",
        content=endless(),  # type: ignore[arg-type]
        headers={"Content-Type": "image/jpeg"},
    )
    assert (whole.status_code, whole.json()["code"]) == (413, "too-large")


def test_requests_beyond_the_limit_are_told_to_come_back(place: Path) -> None:
    client = server(place)
    load = client.app.state.load  # type: ignore[attr-defined]
    load.in_work = 64
    answer = client.post("/v1/predict", json=still())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    load.in_work = 0
    load.buffered = 256_000_000
    assert client.post("/v1/predict", json=still()).status_code == 503
    load.buffered = 0
    assert client.post("/v1/predict", json=still()).status_code == 200
    assert (load.in_work, load.buffered) == (0, 0)


def test_cors_is_closed_until_an_origin_is_named(place: Path, client: TestClient) -> None:
    asked = {"Origin": "https://school.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options("/v1/predict", headers=asked).headers
    opened = server(place, origins=("https://school.example",), api_keys=("first-key-1",))
    allowed = opened.options("/v1/predict", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == "https://school.example"
    other = opened.options("/v1/predict", headers={**asked, "Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_request_ids_are_kept_where_they_are_harmless(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a b\x07"}).headers["x-request-id"] != "a b\x07"


def test_the_log_holds_nothing_of_what_was_sent(client: TestClient) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("deepsign.serve")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client.post("/v1/predict?model=toy", json=still(0.87654))
        client.post("/v1/predict?model=my-private-name", json=still(0.87654))
        client.get("/v1/models/my-private-name")
    finally:
        logger.removeHandler(handler)
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["route"], line["status"]) for line in written] == [
        ("/v1/predict", 200),
        ("/v1/predict", 404),
        ("/v1/models/{name}", 404),
    ]
    for secret in ("87654", "private", "testclient"):
        assert secret not in lines.getvalue()


def test_a_fault_of_ours_shows_no_traceback(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Recognizer, clips: list[Clip], top_k: int | None) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Recognizer, "predict_batch", broken)
    answer = server(place).post("/v1/predict", json=still())
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_model_that_changes_is_read_anew_and_one_that_breaks_is_not(tmp_path: Path) -> None:
    client = server(tmp_path)
    state = client.app.state.deepsign  # type: ignore[attr-defined]
    assert not state.offer.changed()
    toy_bundle(tmp_path / "toy", name="newer")
    assert state.offer.changed()
    state.offer.reload()
    assert client.post("/v1/predict", json=still()).json()["model"] == "newer"
    (tmp_path / "toy" / "model.onnx").write_bytes(b"broken")
    with pytest.raises(BundleError, match="changed since"):
        state.offer.reload()
    assert client.post("/v1/predict", json=still()).json()["model"] == "newer"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    toy_bundle(tmp_path / "toy")
    monkeypatch.setenv("DEEPSIGN_SERVE_MODELS", json.dumps([str(tmp_path / "toy")]))
    monkeypatch.setenv("DEEPSIGN_SERVE_API_KEYS", '["first-key-1"]')
    settings = Settings()
    assert "first-key" not in repr(settings)
    assert TestClient(create(settings)).get("/v1/models").status_code == 401
    monkeypatch.setenv("DEEPSIGN_SERVE_API_KEYS", '["short"]')
    with pytest.raises(ValueError, match="at least 8 characters"):
        Settings()


def test_a_misspelt_setting_is_told() -> None:
    (line,) = misspelt(["DEEPSIGN_SERVE_QEUE", "DEEPSIGN_SERVE_QUEUE", "DEEPSIGN_CACHE", "PATH"])
    assert line == "DEEPSIGN_SERVE_QEUE: there is no such setting; did you mean QUEUE?"
