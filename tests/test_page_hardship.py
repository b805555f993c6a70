"""What goes wrong midway, in a real Chromium: each has its state, nothing is lost, and it goes on afterwards."""

from __future__ import annotations

import pytest

from browser_stage import CHROMIUM, Visit
from lesson_stage import HELLO, kept, practise, praised, reaches, said
from made_trackers import stand_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def base(words_base: str) -> str:
    return words_base


_UNPLUG = "() => document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))"


@pytest.mark.parametrize("view", ["practise", "recognise"])
def test_a_camera_unplugged_midway_is_said_and_comes_back(visit: Visit, view: str) -> None:
    stand_in(visit, [HELLO])
    if view == "practise":
        practise(visit)
    else:
        visit.open("recognise").start_camera()
    visit.see(visit.drawn, "a hand, followed")
    visit.page.evaluate(_UNPLUG)
    visit.problem("camera-lost")
    assert visit.violations() == []
    visit.page.get_by_role("button", name="Try again").click()
    visit.see(lambda: visit.page.locator("[data-problem]").count() == 0 and visit.drawn(), "a hand, followed again")
    if view == "practise":
        praised(visit, "Good. That’s HELLO.")
    assert visit.errors == []


def test_a_tab_put_to_sleep_goes_on_where_it_was(visit: Visit) -> None:
    stand_in(visit, [HELLO])
    practise(visit)
    visit.see(visit.drawn, "a hand, followed")
    session = visit.context.new_cdp_session(visit.page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    session.send("Page.setWebLifecycleState", {"state": "active"})
    praised(visit, "Good. That’s HELLO.")
    reaches(visit, gloss="thank you")
    assert visit.errors == []


def test_storage_cleared_midway_costs_nothing_of_this_session(visit: Visit) -> None:
    practise(visit, camera=False)
    skip = visit.page.get_by_role("button", name="Skip")
    skip.click()
    reaches(visit, gloss="thank you")
    visit.see(lambda: len(kept(visit, "cards")) == 1, "the first answer, kept")
    session = visit.context.new_cdp_session(visit.page)
    session.send("Storage.clearDataForOrigin", {"origin": visit.base, "storageTypes": "indexeddb"})
    skip.click()
    visit.says("That’s it for now")
    visit.page.reload()
    visit.says("Nothing is due")
    assert len(kept(visit, "cards")) == 2, "what was cleared is written again"
    assert visit.errors == []


_FULL = """
IDBObjectStore.prototype.put = IDBObjectStore.prototype.add = () => {
  throw new DOMException('full', 'QuotaExceededError')
}
"""


def test_a_full_disk_is_said_and_practice_goes_on(visit: Visit) -> None:
    visit.context.add_init_script(_FULL)
    practise(visit, camera=False)
    visit.page.get_by_role("button", name="Skip").click()
    reaches(visit, gloss="thank you")
    visit.says("This browser keeps nothing")
    visit.page.get_by_role("button", name="Skip").click()
    visit.says("You practised 2 signs")
    assert visit.errors == []


def test_a_session_is_over_after_five_minutes(visit: Visit) -> None:
    visit.page.clock.install()
    practise(visit, camera=False)
    assert said(visit, "gloss") == "hello"
    visit.page.clock.fast_forward("05:00")
    visit.page.get_by_role("button", name="Skip").click()
    visit.says("You practised 1 sign, 1 of them new.")
    assert visit.errors == []
