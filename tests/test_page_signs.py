"""The page with signs that move: read once they are over, refused where unknown, and what it says while it waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from browser_stage import CHROMIUM, Visit, png, scene, write_webm
from deepsign.perceive import assets
from deepsign.problems import AssetError
from made_streams import ONE_SIGN, REST, signer
from made_trackers import stand_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

# The toy's answers, by where the signer stands: A, B, and nothing that it knows.
A, B, UNKNOWN = (signer(*ONE_SIGN, fps=15, x=x) for x in (0.8, 0.3, 0.59))


@pytest.fixture(scope="module")
def base(toys_base: str) -> str:
    return toys_base


def choose_words(visit: Visit) -> None:
    """Chooses the signs that move, and waits for what sees bodies."""
    visit.page.get_by_label("Signs").select_option(label="Words")
    visit.says("The 2 words that can be told")


def written(visit: Visit) -> list[str]:
    return visit.page.get_by_test_id("spelled").locator("span:not(.none)").all_inner_texts()


def test_a_sign_that_moves_is_read_once_it_is_over(visit: Visit) -> None:
    stand_in(visit, [A, B, UNKNOWN], side="left")  # the body knows better
    visit.open()
    choose_words(visit)
    visit.start_camera()
    visit.says("Ready: sign when you like.")
    visit.says("I’m watching…")
    assert written(visit) == []
    visit.says("A: sure")
    assert written(visit) == ["A"]
    visit.see(lambda: written(visit) == ["A", "B"], "both signs, written down")
    visit.says("B: sure")
    assert visit.drawn()
    visit.says("Not a sign I know")
    visit.says("I’m not sure. Try once more, a little slower.")
    assert written(visit) == ["A", "B"]
    assert visit.violations() == []
    assert visit.errors == []
    visit.stayed_home()


def test_letters_and_words_take_turns_before_the_camera(visit: Visit) -> None:
    stand_in(visit, [A])
    visit.open().start_camera()
    visit.says("A: sure")
    visit.see(lambda: written(visit) != [], "a letter, held")
    choose_words(visit)
    visit.says("Ready: sign when you like.")
    visit.see(lambda: written(visit)[:1] == ["A"], "a word")
    visit.page.get_by_label("Signs").select_option(label="toy")
    visit.see(lambda: visit.page.get_by_test_id("state").count() == 0, "letters again")
    visit.says("A: sure")
    assert visit.errors == []


@pytest.mark.parametrize("body", [True, False])
def test_hands_may_rest_and_shoulders_must_show(visit: Visit, body: bool) -> None:
    stand_in(visit, [signer((REST, 8.0), fps=15)], body)
    visit.open()
    choose_words(visit)
    visit.start_camera()
    if body:
        visit.says("Ready: sign when you like.")
        visit.see(lambda: visit.page.evaluate("() => document.querySelector('video').currentTime") > 4, "four seconds")
        assert "out of view" not in visit.text()
    else:
        visit.says("Your shoulders are out of view")


def test_the_body_s_tracker_is_loaded_when_it_is_needed_and_after_it_could_not_be(visit: Visit, tmp_path: Path) -> None:
    try:
        for name in ("hand_landmarker.task", "pose_landmarker_full.task"):
            assets.fetch(name)
    except AssetError as error:
        pytest.skip(f"needs the trackers' models: {error}")
    said = json.dumps({"detail": "could not be fetched"})
    model = "**/assets-models/pose_landmarker_*.task"
    visit.context.route(model, lambda route: route.fulfill(status=503, body=said, content_type="application/json"))
    visit.open()
    assert not any("pose" in request.url for request in visit.requests), "letters need no body"
    visit.page.get_by_label("Signs").select_option(label="Words")
    visit.problem("tracker-failed")
    assert "could not be fetched" in (visit.page.locator("details").first.text_content() or "")
    visit.context.unroute(model)
    # Where the lite one can't be had, the full one does.
    visit.context.route("**/*_lite.task", lambda route: route.fulfill(status=503, body=said))
    visit.page.get_by_role("button", name="Try again").click()
    visit.says("The 2 words that can be told")
    wall = scene(None, 0)
    visit.choose("wall.png", png(wall), "image/png")
    visit.says("These signs are movements, and a photo can’t show one.")
    visit.choose("wall.webm", write_webm(tmp_path / "wall.webm", [wall] * 15).read_bytes(), "video/webm")
    visit.says("No shoulders were found in this video.")
    visit.stayed_home()
