"""Fingerspell in the page: a word before the camera, letter by letter, with what helps; and words read off a hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser

from browser_stage import CHROMIUM, Visit
from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.landmarks import HANDS
from made_films import hand_films, show

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif("letters" not in bundles.shipped(), reason="no letters bundle is installed"),
]


def hands(letter: str, aside: float = 0.0) -> list[NDArray[np.float64]]:
    """Two seconds of a letter as its tutorial shows it, at 15 frames a second, before a 4 : 3 camera."""
    shown = tutorials.read(tutorials.shipped()["letters"])
    one = next(t for t in shown.tutorials if t.gloss == letter)
    clip = tutorials.clip_of(one, shown.layout, shown.aspect)
    assert clip.landmarks is not None
    points = clip.landmarks[:, HANDS.part("right_hand")].astype(np.float64)
    points = points * [0.75, 1.0, 0.75] + [0.125 + aside, 0.0, 0.0]
    if len(points) == 1:
        return [points[0]] * 30
    return [points[int(np.abs(clip.times - t).argmin())] for t in np.arange(0, clip.times[-1], 1 / 15)]


@pytest.fixture(scope="module")
def base(shipped_base: str) -> str:
    return shipped_base


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    one = Visit(browser, base)
    hand_films(one, **{letter: hands(letter) for letter in "ABIJL"}, aside=hands("L", aside=0.12))
    yield one
    one.close()


def now(visit: Visit) -> str:
    """The letters, those that are done in small ones, the one that is asked for in brackets."""
    letters = visit.page.get_by_test_id("letters").locator("li")
    marks = {"done": str.lower, "now": "[{}]".format, "skipped": "-{}".format}
    shown = []
    for i in range(letters.count()):
        letter, kinds = letters.nth(i).inner_text()[:1], letters.nth(i).get_attribute("class") or ""
        mark = next((mark for kind, mark in marks.items() if kind in kinds.split()), str)
        shown.append(mark(letter))
    return "".join(shown)


def spell(visit: Visit, film: str, until: str) -> None:
    show(visit, film)
    visit.see(lambda: now(visit) == until, f"{film}, and then {until}", patience=30)


def start(visit: Visit, word: str) -> None:
    """Types a word and begins, by keyboard alone."""
    field = visit.page.get_by_label("A word or a name")
    visit.see(lambda: field.count() == 1, "the word's field")
    field.focus()
    visit.page.keyboard.press("Control+A")
    visit.page.keyboard.type(word)
    visit.page.keyboard.press("Enter")


def test_a_name_is_spelled_with_motion_with_a_doubled_letter_and_with_tips(visit: Visit) -> None:
    visit.open("fingerspell")
    start(visit, "Jill")
    visit.says("Show a hand.")
    assert now(visit) == "[J]ILL"
    show(visit, "B")
    visit.see(lambda: "This looks like B." in visit.page.get_by_test_id("tip").inner_text(), "a tip")
    assert visit.page.get_by_role("img", name="J").count() == 1
    assert visit.violations() == []
    spell(visit, "J", "j[I]LL")
    spell(visit, "I", "ji[L]L")
    spell(visit, "L", "jil[L]")
    visit.says("Again L: slide your hand a little to the side")
    visit.page.wait_for_timeout(1200)
    assert now(visit) == "jil[L]", "held for as long as one likes, it is one L"
    show(visit, "aside")
    visit.says("You spelled Jill.")
    visit.says("It took ")
    assert "%" not in visit.page.locator("main").inner_text(), "no score"
    assert visit.violations() == []
    assert visit.errors == []
    visit.stayed_home()
    visit.page.reload()
    visit.see(lambda: visit.page.get_by_label("A word or a name").input_value() == "Jill", "the word, kept")


def coloured(visit: Visit) -> bool:
    """Whether something is drawn in the colour of what a tip names."""
    return bool(
        visit.page.evaluate(
            """() => {
              const c = document.querySelector('#stage canvas')
              const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height)
              for (let i = 0; i < data.length; i += 4)
                if (data[i] === 0xff && data[i + 1] === 0xe1 && data[i + 2] === 0x4d) return true
              return false
            }"""
        )
    )


def test_the_finger_that_is_off_is_named_and_coloured(visit: Visit) -> None:
    visit.open("fingerspell")
    start(visit, "L")
    visit.says("Show a hand.")
    show(visit, "A")
    tip = visit.page.get_by_test_id("tip")
    visit.see(lambda: "straighten your index finger" in tip.inner_text(), "the finger by its name")
    visit.see(lambda: coloured(visit), "the finger in its colour")
    assert visit.violations() == []
    show(visit, "L")
    visit.says("You spelled L.")


def test_a_letter_can_be_skipped_and_its_picture_hidden(visit: Visit) -> None:
    visit.open("fingerspell")
    start(visit, "La")
    visit.says("Show a hand.")
    visit.page.get_by_role("button", name="Hide picture").press("Enter")
    assert visit.page.get_by_role("img", name="L").count() == 0
    visit.page.get_by_role("button", name="Show me").press("Enter")
    visit.see(lambda: visit.page.get_by_role("img", name="L").count() == 1, "the picture again")
    visit.page.get_by_role("button", name="Skip", exact=True).press("Enter")
    assert now(visit) == "-L[A]"
    show(visit, "A")
    visit.says("Left out this time: L.")
    visit.see(lambda: visit.page.evaluate("() => document.activeElement?.tagName") == "H2", "the outcome, in focus")
    visit.page.get_by_role("button", name="Once more").press("Enter")
    visit.see(lambda: now(visit) == "[L]A", "the word again")


WORDS = {
    "Zoë": ["Spelled Z O E", "Ë is spelled E"],
    "Anne-Marie": ["Spelled A N N E M A R I E", "hyphens and the like aren’t spelled"],
    "R2D2": ["Spelled R D", "Numbers have signs of their own"],
    "Weiß": ["Spelled W E I S S", "ß is spelled S-S"],
    "Bartholomew-James": ["That is 16 letters; 12 is the most."],
    "Мия": ["М, и and я are not among them"],
}


def test_what_asl_s_alphabet_makes_of_a_word_is_said(visit: Visit) -> None:
    visit.open("fingerspell")
    field = visit.page.get_by_label("A word or a name")
    for word, said in WORDS.items():
        field.fill(word)
        for one in said:
            visit.says(one, patience=10)
    assert visit.violations() == []
    field.press("Enter")
    visit.says("at least one letter")
    field.fill("Bartholomew-James")
    field.press("Enter")
    visit.says("12 is the most")
    assert visit.page.get_by_test_id("letters").count() == 0


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_words_are_read_off_a_hand_without_a_camera(browser: Browser, base: str, motion: str) -> None:
    visit = Visit(browser, base, reduced_motion=motion)
    visit.open("fingerspell")
    visit.page.get_by_role("button", name="Read", exact=True).press("Enter")
    visit.page.get_by_role("button", name="Show a word").press("Enter")
    picture = visit.page.get_by_test_id("reading")
    word = picture.get_attribute("data-word") or ""
    visit.see(lambda: picture.locator("path").count() > 0, "a hand")
    if motion == "reduce":
        for _ in range(len(word) - 1):
            visit.page.get_by_role("button", name="Next letter").press("Enter")
        visit.says(f"Letter {len(word)} of {len(word)}")
    else:
        visit.see(lambda: picture.get_attribute("data-shown") == "1", "the second letter")
    field = visit.page.get_by_label("What was spelled?")
    field.focus()
    visit.page.keyboard.type("qqq")
    visit.page.keyboard.press("Enter")
    visit.says("Not yet. Look once more")
    assert visit.violations() == []
    field.fill(word.lower())
    visit.page.keyboard.press("Enter")
    visit.says(f"Yes: {word}.")
    visit.page.get_by_role("button", name="Next word").press("Enter")
    visit.see(lambda: picture.get_attribute("data-word") != word, "another word")
    assert not any("landmarker" in request.url for request in visit.requests), "no tracker is fetched"
    assert visit.errors == []
    visit.close()
