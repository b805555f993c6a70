"""Learn in a real Chromium: signs found and looked at by keyboard, slowly, in a mirror, left-handed, without motion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator

from browser_stage import CHROMIUM, Visit
from deepsign import bundle as bundles
from deepsign import tutorials

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

SIGNS = tutorials.read(tutorials.shipped()["signs"])


# Seconds of the sign per second on the wall, over a third of a second of it.
_PACE = """async () => {
  const slider = document.querySelector('input[type=range]')
  const next = () => new Promise((done) => {
    const was = slider.value
    const look = () => slider.value === was ? requestAnimationFrame(look) : done([performance.now(), +slider.value])
    look()
  })
  const [began, from] = await next()
  let [now, at] = [began, from]
  while (at - from < 0.33) [now, at] = await next()
  return (at - from) / ((now - began) / 1000)
}"""


@pytest.fixture(scope="module")
def base(shipped_base: str) -> str:
    return shipped_base


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    one = Visit(browser, base)
    yield one
    assert one.errors == []
    one.stayed_home()
    one.close()


def look_at(visit: Visit, sign: str, bundle: str = "signs") -> Locator:
    """Opens a sign's page; its diagram."""
    visit.open(f"learn?bundle={bundle}&sign={sign}", ready=False)
    diagram = visit.page.get_by_role("img", name=f"Diagram of the sign “{sign}”")
    visit.see(lambda: diagram.count() == 1, f"the diagram of {sign}")
    return diagram


def shape(diagram: Locator) -> str:
    """What is drawn now: the figure without the line of its way."""
    return str(
        diagram.evaluate("(svg) => [...svg.querySelectorAll('path:not(.way)')].map((p) => p.getAttribute('d')).join()")
    )


def moment(visit: Visit) -> float:
    return float(visit.page.get_by_role("slider").input_value())


def place_of(diagram: Locator, kind: str) -> float:
    """Where in its picture something is drawn, 0 at the left and 1 at the right."""
    drawn, picture = diagram.locator(kind).first.bounding_box(), diagram.bounding_box()
    assert drawn
    assert picture
    return (drawn["x"] + drawn["width"] / 2 - picture["x"]) / picture["width"]


def test_every_sign_is_there_drawn_or_said_to_be_missing(visit: Visit) -> None:
    visit.open("learn").says("Numbers")
    for title in ("Words", "The alphabet", "Numbers"):
        assert visit.page.get_by_role("heading", name=title, level=2).count() == 1
    for name, path in tutorials.shipped().items():
        made = tutorials.read(path)
        tiles = visit.page.locator(f"a[href^='#/learn?bundle={name}&']")
        assert tiles.count() == len(made.tutorials) + len(made.left_out)
        assert tiles.locator("svg").count() == len(made.tutorials)
    missing = visit.page.get_by_text("No good diagram yet:").get_by_role("link")
    assert missing.all_inner_texts() == [one.gloss for one in SIGNS.left_out]
    assert visit.violations() == []


def test_a_sign_is_found_by_name_in_either_language(browser: Browser, base: str, visit: Visit) -> None:
    visit.open("learn")
    visit.page.get_by_label("Find a sign").fill("coff")
    visit.see(lambda: visit.page.locator("main a[href*=sign]").all_inner_texts() == ["coffee"], "coffee alone")
    assert visit.page.get_by_role("status").filter(has_text="1 sign").count() == 1
    visit.page.get_by_label("Find a sign").fill("zebra")
    visit.says("No sign of that name is here.")
    spanish = Visit(browser, base, locale="es-MX")
    spanish.open("learn")
    spanish.page.get_by_label("Buscar una seña").fill("CAFE")  # without its accent
    spanish.see(lambda: spanish.page.locator("main a[href*=sign]").all_inner_texts() == ["café"], "café alone")
    spanish.page.locator("main a[href*=sign]").click()
    spanish.says("Dos puños, uno sobre otro.")
    spanish.says("Un dibujo, no una persona que hace señas.")
    assert spanish.errors == []
    spanish.close()


def test_by_keyboard_alone_a_sign_is_found_stepped_through_and_left_again(visit: Visit) -> None:
    keyboard, page = visit.page.keyboard, visit.page
    visit.open("learn").page.get_by_label("Find a sign").focus()
    keyboard.type("name")
    visit.see(lambda: page.locator("main a[href*=sign]").count() == 1, "one sign")
    keyboard.press("Tab")
    keyboard.press("Enter")
    visit.see(lambda: page.evaluate("() => document.activeElement.innerText") == "name", "the focus on the sign's name")
    visit.says("The upper pair taps the lower one, twice.")
    pause = page.get_by_role("button", name="Pause")
    pause.focus()
    keyboard.press("Space")
    visit.see(lambda: page.get_by_role("button", name="Play").count() == 1, "a pause")
    page.get_by_role("slider").focus()
    keyboard.press("Home")
    diagram = page.get_by_role("img", name="Diagram of the sign")
    first = shape(diagram)
    for key in ("ArrowRight", "ArrowRight"):
        keyboard.press(key)
    visit.see(lambda: moment(visit) == pytest.approx(0.1), "two steps")
    assert shape(diagram) != first
    page.get_by_role("button", name="A step back").focus()
    keyboard.press("Enter")
    visit.see(lambda: moment(visit) == 0, "a step back")
    assert shape(diagram) == first
    assert page.get_by_role("button", name="A step back").is_disabled()
    page.get_by_role("link", name="All signs").focus()
    keyboard.press("Enter")
    visit.see(
        lambda: page.evaluate("() => document.activeElement.innerText.trim()") == "name", "the focus where it was"
    )


def test_a_sign_plays_over_and_over_and_at_half_the_speed(visit: Visit) -> None:
    diagram = look_at(visit, "hello")
    before = shape(diagram)
    visit.see(lambda: shape(diagram) != before, "movement")
    visit.see(lambda: moment(visit) > 1, "the end")
    visit.see(lambda: moment(visit) < 0.3, "the beginning again")
    half = visit.page.get_by_role("button", name="Half speed")
    half.click()
    assert half.get_attribute("aria-pressed") == "true"
    # The diagram keeps to the clock on the wall, so its pace can be told however busy the machine is.
    visit.see(lambda: moment(visit) < 0.3, "the beginning again")
    found = visit.page.evaluate(_PACE)
    assert found == pytest.approx(0.5, abs=0.1)
    assert visit.violations() == []


def test_a_mirror_and_a_left_handed_learner_turn_the_picture_round(visit: Visit) -> None:
    diagram = look_at(visit, "B", "letters")
    assert diagram.locator(".right.thumb").count() == 2
    right = place_of(diagram, ".right.thumb")
    mirror = visit.page.get_by_role("button", name="As in a mirror")
    mirror.click()
    visit.says("Seen as in a mirror.")
    assert place_of(diagram, ".right.thumb") == pytest.approx(1 - right, abs=0.02)
    mirror.click()
    visit.page.get_by_role("button", name="Left-handed").click()
    visit.says("You sign with your left hand")
    diagram = look_at(visit, "B", "letters")  # kept, as every setting
    assert diagram.locator(".right").count() == 0
    assert place_of(diagram, ".left.thumb") == pytest.approx(1 - right, abs=0.02)


def test_without_motion_a_sign_stands_still_until_it_is_stepped_through(browser: Browser, base: str) -> None:
    visit = Visit(browser, base, reduced_motion="reduce")
    diagram = look_at(visit, "hello")
    before = shape(diagram)
    visit.page.wait_for_timeout(700)  # nothing must happen: that takes a while to see
    assert shape(diagram) == before
    assert visit.page.get_by_role("button", name="Half speed").count() == 0
    visit.page.get_by_role("button", name="Step through").click()
    seen = set()

    def ended() -> bool:
        seen.add(round(moment(visit), 2))
        return visit.page.get_by_role("button", name="Step through").count() == 1

    visit.see(ended, "the last step")
    assert 3 <= len(seen) <= 5  # moments, and nothing between them
    assert max(seen) == pytest.approx(SIGNS_DURATION, abs=0.05)
    assert diagram.locator(".way").count() == 1
    assert visit.violations() == []
    visit.close()


_HELLO = SIGNS.tutorial("hello")
assert _HELLO
SIGNS_DURATION = tutorials.clip_of(_HELLO, SIGNS.layout, SIGNS.aspect).duration


def test_a_sign_says_whose_it_is_and_what_it_is_not(visit: Visit) -> None:
    look_at(visit, "hello")
    visit.says("From a person’s movements: traduttore_words, MIT.")
    visit.says("A diagram, not a signer.")
    visit.says("A Deaf signer’s video teaches more than a diagram")
    assert visit.page.locator("main a[target=_blank]").count() == 0
    visit.open("learn?bundle=signs&sign=good%20job", ready=False)
    visit.says("Nothing good enough shows this sign yet")
    assert visit.violations() == []


def kept_back() -> set[str]:
    """Words that Practise doesn't ask: too few clips of unseen people were told, or one person alone showed them."""
    folder = bundles.shipped()["signs"]
    measured = json.loads((folder / "metrics.json").read_text("utf-8"))["per_gloss"]
    shown = json.loads((folder / "reference.json").read_text("utf-8"))["signs"]
    rare = {gloss for gloss, one in measured.items() if one["recall"] < 0.6}
    return rare | {gloss for gloss, one in shown.items() if one["signers"] == 1}


def test_only_what_is_asked_is_offered_for_practice(visit: Visit) -> None:
    first = ["hello", "thank you", "please", "no", "i love you"]
    asked = [gloss for gloss in first if gloss not in kept_back()]
    look_at(visit, asked[0])
    link = visit.page.get_by_role("link", name="Practise these: First words")
    wanted = f"#/practise?{urlencode({'bundle': 'signs', 'glosses': ','.join(asked)})}"
    visit.see(lambda: link.get_attribute("href") == wanted, wanted)
    link = visit.page.get_by_role("link", name="Practise this one")
    assert link.get_attribute("href") == f"#/practise?{urlencode({'bundle': 'signs', 'sign': asked[0]})}"
    look_at(visit, "happy")
    visit.says("Practise doesn’t ask this one")
    assert visit.page.get_by_role("main").get_by_role("link", name="Practise").count() == 0


def test_a_sign_that_is_not_asked_says_so_wherever_it_is_asked_for(visit: Visit) -> None:
    shown = [gloss for gloss in sorted(kept_back()) if SIGNS.tutorial(gloss)]
    if not shown:
        pytest.skip("every sign that can be looked at is asked")
    look_at(visit, shown[0])
    visit.says("Practise doesn’t ask this one")
    visit.see(lambda: visit.page.get_by_role("link", name="Practise this one").count() == 0, "no offer")
    visit.page.goto(f"{visit.base}/#/practise?{urlencode({'bundle': 'signs', 'glosses': f'hello,{shown[0]}'})}")
    visit.says("Make this sign")
    visit.says(f"Not asked here: {shown[0]}")
    visit.says("1 of 1")


def test_the_first_page_says_where_to_begin_and_later_what_waits(visit: Visit) -> None:
    visit.open("learn").says("Your first signs, in five minutes")
    visit.page.get_by_role("link", name="Start with five signs").click()
    for sign in range(1, 6):
        visit.says(f"{sign} of 5")
        visit.page.get_by_role("button", name="Skip").click()
    visit.page.goto(f"{visit.base}/#/learn")
    visit.says("All fresh in your hands")
    visit.page.clock.install()
    visit.page.clock.fast_forward("30:00")
    visit.page.reload()
    visit.says("Welcome back. 5 signs are waiting")
    go = visit.page.get_by_role("link", name="Practise now")
    assert go.get_attribute("href") == "#/practise?bundle=signs"
    assert visit.violations() == []


def test_a_link_opens_in_a_tab_of_its_own_and_nothing_is_fetched_before(visit: Visit) -> None:
    shown = json.loads(SIGNS.model_dump_json())
    shown["tutorials"][0] |= {"link": "https://deaf.example/hello", "video": "ours.webm"}
    visit.context.route("**/tutorials/signs.json", lambda route: route.fulfill(json=shown))
    look_at(visit, "hello")
    link = visit.page.get_by_role("link", name="Watch a Deaf signer")
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noreferrer"
    assert visit.page.locator("video").get_attribute("src") == "/tutorials/videos/ours.webm"
    assert not any("deaf.example" in request.url or "videos" in request.url for request in visit.requests)


def test_signs_that_do_not_load_can_be_asked_for_again(browser: Browser, base: str) -> None:
    visit = Visit(browser, base)
    visit.context.route("**/tutorials/digits.json", lambda route: route.fulfill(json={"schema_version": 9}))
    visit.open("learn", ready=False)
    visit.says("The signs did not load.")
    visit.says("/tutorials/digits.json")
    assert visit.violations() == []
    visit.context.unroute("**/tutorials/digits.json")
    visit.page.get_by_role("button", name="Try again").click()
    visit.says("The alphabet")
    visit.close()


@pytest.mark.parametrize("width", [320, 360, 1280, 2560])
def test_a_sign_s_page_fits(browser: Browser, base: str, width: int, tmp_path: Path) -> None:
    visit = Visit(browser, base, viewport={"width": width, "height": 740}, forced_colors="active")
    look_at(visit, "large")
    assert visit.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert visit.violations() == []
    assert visit.errors == []
    visit.close()
