"""`deepsign app --export`: the page as files, served by a web server that knows nothing of DeepSign."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser

from browser_stage import CHROMIUM, Visit, fetched
from deepsign import bundle as bundles
from deepsign.problems import InputError
from deepsign.serve import site
from lesson_stage import kept as kept_in
from toys import moving_bundle, toy_bundle

# A sign that is known, as progress is exported.
CARD = {"due": 2e12, "stability": 3.0, "difficulty": 5.0, "scheduled_days": 3, "learning_steps": 0, "reps": 1,
        "lapses": 0, "state": 2, "last_review": 1.7e12}  # fmt: skip
PROGRESS = {
    "schema_version": 1,
    "kind": "deepsign-progress",
    "saved": 1.7e12,
    "cards": {"signs/father": CARD},
    "reviews": [],
}


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two toys in the place of the shipped bundles."""
    known = {"toy": toy_bundle(tmp_path / "toy").path, "signs": moving_bundle(tmp_path / "signs", name="signs").path}
    monkeypatch.setattr(bundles, "shipped", lambda: known)
    fetched(*site.PAGE_ASSETS)


@pytest.fixture
def address(built_page: Path, toys: None, tmp_path: Path) -> Iterator[str]:
    """Where Python's own web server gives the export."""
    site.export(built_page, tmp_path / "out")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "out")) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_the_exported_page_gets_ready_and_works_offline(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, service_workers="allow").open()
    visit.settle()
    visit.open("models").says("toy")
    visit.context.set_offline(True)
    visit.page.reload()
    visit.says("toy")
    assert visit.errors == []
    visit.stayed_home()
    visit.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
def test_a_new_version_waits_until_it_is_wanted_and_progress_stays(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    kept = "async () => (await (await caches.open('deepsign')).keys()).map((r) => r.url)"
    update = "async () => void (await navigator.serviceWorker.getRegistration()).update()"
    visit = Visit(browser, address, service_workers="allow").open("settings")
    page = visit.page
    page.get_by_role("radio", name="Large", exact=True).check(force=True)
    visit.open("privacy").choose("progress.json", json.dumps(PROGRESS).encode(), "application/json")
    visit.says("1 sign was brought up to date.")
    visit.open("settings")
    visit.see(lambda: page.evaluate("() => navigator.serviceWorker.controller !== null"), "the worker")
    before = page.evaluate(kept)
    icon = next(address for address in before if "/icon.svg?" in address)
    worker = tmp_path / "out" / "sw.js"
    digest = icon.rsplit("?", 1)[1]
    worker.write_text(worker.read_text("utf-8").replace(digest, "0" * len(digest)), "utf-8")
    page.evaluate(update)
    visit.says("A new version is ready.")
    assert visit.violations() == []
    with page.expect_event("load"):
        page.get_by_role("button", name="Load it now").click()
    visit.says("Text size")
    assert page.locator("html").get_attribute("data-text-size") == "1.25"
    assert "A new version is ready." not in visit.text()
    assert kept_in(visit, "cards") == [CARD], "progress, as it was"
    changed = icon.replace(digest, "0" * len(digest))
    wanted = {changed if url == icon else url for url in before}
    visit.see(lambda: wanted == set(page.evaluate(kept)) & (wanted | {icon}), "what changed, changed; the rest, kept")
    assert visit.errors == []
    visit.close()


def test_everything_the_page_asks_for_is_written(built_page: Path, toys: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    written = site.export(built_page, out)
    assert {f"/{f.relative_to(out).as_posix()}" for f in out.rglob("*") if f.is_file()} == set(written)
    assert {f"/assets-models/{name}" for name in site.PAGE_ASSETS} <= set(written)
    (signs, toy) = sorted(json.loads((out / "bundles/index.json").read_text("utf-8")), key=lambda b: str(b["name"]))
    assert (signs["name"], toy["name"]) == ("signs", "toy")
    for entry in (signs, toy):
        for name in ("model.onnx", "golden.json", "metrics.json"):
            content = (out / "bundles" / entry["name"] / name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["files"][name]
    assert not list(out.rglob("weights.safetensors")), "the page has no use for them"


def test_the_service_worker_knows_every_file_by_its_digest(built_page: Path, toys: None, tmp_path: Path) -> None:
    out = tmp_path / "out"
    written = site.export(built_page, out)
    lines = (out / "sw.js").read_text("utf-8").splitlines()
    known: dict[str, str] = {}
    for name in ("PAGE", "DATA"):
        (line,) = [x for x in lines if x.startswith(f"const {name} = ")]
        known |= json.loads(line.split(" = ", 1)[1])
    unknown = set(written) - {"/index.html"} - set(known)
    assert unknown == {"/sw.js", "/_headers"}
    for path, digest in known.items():
        content = (out / ("index.html" if path == "/" else path[1:])).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, path


def test_the_headers_go_along(built_page: Path, toys: None, tmp_path: Path) -> None:
    site.export(built_page, tmp_path / "out")
    lines = (tmp_path / "out" / "_headers").read_text("utf-8").splitlines()
    assert lines[0] == "/*"
    assert f"  Content-Security-Policy: {site.CONTENT_SECURITY_POLICY}" in lines
    assert lines[lines.index("/assets/*") + 2] == f"  Cache-Control: {site.CACHE_FIXED}"


def test_a_folder_that_holds_something_is_left_alone(built_page: Path, toys: None, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="is not empty; choose a folder that isn't there yet"):
        site.export(built_page, tmp_path)
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    if "letters" not in bundles.shipped():
        pytest.skip("needs the shipped letters")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "deepsign.cli", "app", "--export", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if "could not be fetched" in done.stderr:
        pytest.skip("needs the trackers' models")
    assert done.returncode == 0, done.stderr
    assert "files; serve them at the root of an address" in done.stdout
    assert (out / "bundles/letters/model.onnx").is_file()
