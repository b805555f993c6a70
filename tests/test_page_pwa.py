"""The page without a network: what the service worker keeps, a second visit, a new version, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

from browser_stage import CHROMIUM, Visit, fetched, png, scene

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def base(toy_base: str) -> str:
    fetched("hand_landmarker.task")
    return toy_base


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    one = Visit(browser, base, service_workers="allow")
    yield one
    one.close()


def test_a_second_visit_asks_the_network_for_nothing_and_needs_none(
    visit: Visit, hand_picture: NDArray[np.uint8]
) -> None:
    visit.open("privacy")
    visit.settle()
    asked = len(visit.requests)
    visit.open("privacy")
    visit.page.reload()
    visit.open()
    fresh = [r for r in visit.requests[asked:] if (answer := r.response()) and not answer.from_service_worker]
    assert {r.url for r in fresh} <= {f"{visit.base}/sw.js"}, "only whether there is a new version"
    visit.context.set_offline(True)
    visit.page.reload()
    visit.see(lambda: visit.page.get_by_role("button", name="Start the camera").count() == 1, "the loaded page")
    hand = np.array(Image.fromarray(hand_picture).resize((190, 190)))
    visit.choose("left.png", png(scene(hand, 0.3)), "image/png")
    visit.says("B: sure")
    assert visit.errors == []
    visit.stayed_home()


def test_every_view_opens_without_a_network_after_the_first_visit(visit: Visit) -> None:
    visit.open("privacy")
    visit.settle()
    visit.context.set_offline(True)
    for view in visit.page.get_by_role("navigation").get_by_role("link").all():
        view.click()
        visit.see(lambda: visit.page.locator("main > h1 + *").count() == 1, "the view")
        assert visit.page.get_by_role("button", name="Load the page again").count() == 0
    visit.page.goto(visit.base)
    visit.see(lambda: visit.page.locator("main > h1").count() == 1, "the page")


def test_what_no_longer_belongs_is_dropped(visit: Visit) -> None:
    visit.context.add_init_script(
        "caches.open('deepsign').then((cache) => cache.put('/assets/old.js?0', new Response('')))"
    )
    visit.open("privacy")
    visit.see(lambda: visit.page.evaluate("() => navigator.serviceWorker.controller !== null"), "the service worker")
    visit.see(lambda: "/assets/old.js" not in visit.kept(), "the old file, dropped")


def test_the_page_can_be_installed(visit: Visit) -> None:
    visit.open("privacy")
    session = visit.context.new_cdp_session(visit.page)
    assert session.send("Page.getAppManifest")["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"], "as every context of a test is"
    for icon in ("/icon.svg", "/icon-192.png", "/icon-512.png", "/icon-maskable.png"):
        assert visit.context.request.get(visit.base + icon).ok
