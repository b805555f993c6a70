"""The app's server: the page and the bundles, under a policy that lets nothing in or out."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from deepsign import bundle as bundles
from deepsign.perceive import assets
from deepsign.problems import AssetError, DeepSignError, InputError
from deepsign.serve import app as page
from toys import moving_bundle, toy_bundle


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    built = tmp_path / "web"
    built.mkdir()
    (built / "index.html").write_text("<!doctype html><title>DeepSign</title>", "utf-8")
    (built / "assets").mkdir()
    (built / "assets" / "app-1a2b.js").write_text("", "utf-8")
    toy = toy_bundle(tmp_path / "toy")
    monkeypatch.setattr(page, "page_folder", lambda: built)
    monkeypatch.setattr(bundles, "shipped", lambda: {"toy": toy.path})
    return TestClient(page.create_app())


def test_the_page_comes_with_a_closed_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert "DeepSign" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy, "no other origin is named"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_assets_are_kept_and_the_page_is_asked_for_anew(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/app-1a2b.js").headers["cache-control"]
    page_itself = client.get("/")
    assert page_itself.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": page_itself.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_only_a_named_origin_may_show_the_page_within_its_own(client: TestClient) -> None:
    assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]
    within = TestClient(page.create_app("https://example.org"))
    assert "frame-ancestors https://example.org" in within.get("/").headers["content-security-policy"]
    for wrong in ("*", "https://example.org; script-src *", "example.org"):
        with pytest.raises(InputError, match="give an origin"):
            page.create_app(wrong)


def test_over_a_network_answers_are_compressed(client: TestClient) -> None:
    assert "content-encoding" not in client.get("/bundles/toy/model.onnx").headers
    packed = TestClient(page.create_app(compress=True)).get("/bundles/toy/model.onnx")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == client.get("/bundles/toy/model.onnx").content
    assert "content-security-policy" in packed.headers


@pytest.mark.parametrize("path", ["/nothing", "/bundles/toy/nothing", "/assets-models/nothing.task"])
def test_errors_carry_the_policy_too(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "content-security-policy" in answer.headers


def test_bundles_are_listed_with_their_digests_and_served(client: TestClient) -> None:
    (entry,) = client.get("/bundles/index.json").json()
    assert entry["name"] == "toy"
    for name, digest in entry["files"].items():
        content = client.get(f"/bundles/toy/{name}").content
        assert hashlib.sha256(content).hexdigest() == digest


def test_signs_that_move_are_offered_with_what_sees_bodies(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"signs": moving_bundle(tmp_path / "signs", name="signs").path}
    monkeypatch.setattr(bundles, "shipped", lambda: known)
    assert [entry["name"] for entry in client.get("/bundles/index.json").json()] == ["signs"]
    model = tmp_path / "model"
    model.write_bytes(b"a model")
    monkeypatch.setattr(assets, "fetch", lambda _: model)
    assert client.get("/assets-models/pose_landmarker_full.task").content == b"a model"


@pytest.mark.parametrize(
    ("task", "layout"), [("isolated", "hands"), ("handshape", "hands_pose"), ("isolated", "holistic")]
)
def test_what_the_page_cannot_answer_with_is_not_offered(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, layout: str
) -> None:
    spec = {"kind": "landmarks", "layout": layout, "window": 0.5}
    other = toy_bundle(tmp_path / "other", name="other", task=task, input=spec)
    known = {**bundles.shipped(), "other": other.path}
    monkeypatch.setattr(bundles, "shipped", lambda: known)
    assert [entry["name"] for entry in client.get("/bundles/index.json").json()] == ["toy"]


@pytest.mark.parametrize(
    "path", ["/bundles/toy/..%2f..%2fsecret", "/bundles/..%2f/bundle.json", "/..%2f..%2fetc/passwd"]
)
def test_no_path_leads_out(client: TestClient, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("secret", "utf-8")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_is_taken_in(client: TestClient, method: str) -> None:
    for path in ("/", "/bundles/index.json", "/assets-models/hand_landmarker.task"):
        assert getattr(client, method)(path).status_code == 405


def test_a_model_file_that_cannot_be_had_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Path:
        raise AssetError(f"{name}: could not be fetched; go online")

    monkeypatch.setattr(assets, "fetch", refuse)
    answer = client.get("/assets-models/hand_landmarker.task")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "hand_landmarker.task: could not be fetched; go online"


def test_a_port_in_use_gives_way_to_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < page.free_port("127.0.0.1", port) <= port + 20


def test_a_host_that_is_none_of_this_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def bind(self, _: object) -> None:
            raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(page.socket, "socket", Nowhere)
    with pytest.raises(DeepSignError, match="--host nowhere: no address of this machine"):
        page.free_port("nowhere", 8000)


def test_a_page_that_is_not_built_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page.resources, "files", lambda _: tmp_path)
    with pytest.raises(InputError, match="the page is not built; run `make start`"):
        page.page_folder()
