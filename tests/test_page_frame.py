"""The page's frame in a real Chromium: every view by keyboard, in every theme and width; settings, privacy, models."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from browser_stage import CHROMIUM, ROOT, Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]

# Every view that is there, as the page finds them: a file in web/src/views.
TITLES = {
    "learn": "Learn",
    "practise": "Practise",
    "fingerspell": "Fingerspell",
    "recognise": "Recognise",
    "my-signs": "My signs",
    "models": "Models",
    "settings": "Settings",
    "privacy": "Privacy",
}
FILES = {path.stem for path in (ROOT / "web/src/views").glob("*.svelte")}
VIEWS = [view for view, title in TITLES.items() if title.title().replace(" ", "") in FILES]
# What must never be missing, whatever width, zoom or theme.
WIDTHS = (320, 360, 768, 1280, 2560)


@pytest.fixture(scope="module")
def base(toys_base: str) -> str:
    return toys_base


def complaints(visit: Visit) -> list[str]:
    """What the browser complained of, but for the letters: Fingerspell asks for them, and the toys have none."""
    missing = [r for r in visit.requests if r.url.endswith("/bundles/letters/bundle.json")]
    return [error for error in visit.errors if not (missing and "404" in error)]


@pytest.mark.parametrize("theme", ["light", "dark", "forced"])
def test_nothing_for_axe_to_say_in_any_view(browser: Browser, base: str, theme: str) -> None:
    forced = {"forced_colors": "active"} if theme == "forced" else {"color_scheme": theme}
    visit = Visit(browser, base, **forced)
    wrong = {view: visit.open(view).violations() for view in VIEWS}
    visit.close()
    assert wrong == {view: [] for view in VIEWS}
    assert complaints(visit) == []


@pytest.mark.parametrize("contrast", ["more", "settings"])
def test_more_contrast_is_enough_for_the_strictest_rule(browser: Browser, base: str, contrast: str) -> None:
    visit = Visit(browser, base, contrast="more" if contrast == "more" else "no-preference")
    if contrast == "settings":
        visit.open("settings").page.get_by_role("group", name="Contrast").get_by_label("More").check(force=True)
    for view in VIEWS:
        found = visit.open(view).violations({"color-contrast-enhanced": {"enabled": True}})
        assert [line for line in found if line.startswith("color-contrast")] == [], view
    visit.close()


def test_every_view_fits_every_width_and_zoom(visit: Visit) -> None:
    for view in VIEWS:
        visit.open(view)
        for width in WIDTHS:  # 320 px is 1,280 px at 400 %
            visit.page.set_viewport_size({"width": width, "height": 256 if width == 320 else 740})
            wide = visit.page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, f"{view} at {width} px is {wide} px wide"
            assert visit.page.get_by_role("navigation").first.is_visible()
            assert visit.page.get_by_role("heading", level=1).is_visible()
            header = visit.page.locator("header").first.bounding_box()
            assert header
            assert width < 768 or header["height"] < 110, f"at {width} px the ways to the views take two rows"


def test_the_largest_text_fits_a_phone(browser: Browser, base: str) -> None:
    visit = Visit(browser, base, viewport={"width": 360, "height": 740})
    visit.open("settings").page.get_by_role("radio", name="Larger").check(force=True)
    assert visit.page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)") > 25
    for view in VIEWS:
        wide = visit.open(view).page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= 360, f"{view} is {wide} px wide"
    visit.close()


def test_the_keyboard_goes_everywhere_and_lands_on_the_heading(visit: Visit) -> None:
    focused = "() => document.activeElement.innerText"
    visit.open("privacy")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate(focused) == "Skip to the content"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate(focused) == "Privacy"
    for view in VIEWS:
        title = TITLES[view]
        link = visit.page.get_by_role("navigation").get_by_role("link", name=title, exact=True)
        link.focus()
        visit.page.keyboard.press("Enter")
        visit.see(lambda title=title: visit.page.title() == f"{title} · DeepSign", f"the title of {view}")
        visit.see(lambda title=title: visit.page.evaluate(focused) == title, f"the focus on {view}'s heading")
        assert link.get_attribute("aria-current") == "page"
        assert visit.page.locator("[aria-current=page]").count() == 1
    assert complaints(visit) == []
    visit.stayed_home()


def test_the_page_s_own_javascript_stays_small() -> None:
    spec = importlib.util.spec_from_file_location("benchmark_app", ROOT / "benchmarks" / "app.py")
    assert spec and spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert benchmark.scripts()["page_javascript"] <= 120_000


def test_an_address_that_names_no_view_shows_the_first(visit: Visit) -> None:
    visit.page.goto(f"{visit.base}/#/nowhere")
    visit.see(lambda: visit.page.locator(f"main[data-view={VIEWS[0]}]").count() == 1, "the first view")
    visit.page.go_back()
    visit.page.goto(visit.base)
    visit.see(lambda: visit.page.locator(f"main[data-view={VIEWS[0]}]").count() == 1, "the first view")


def test_settings_hold_at_once_and_are_kept(visit: Visit) -> None:
    visit.open("settings")
    root = "() => ({ ...document.documentElement.dataset, lang: document.documentElement.lang })"
    assert visit.page.evaluate(root) == {"textSize": "1", "contrast": "system", "motion": "system", "lang": "en"}
    for name in ("Large", "Español"):
        visit.page.get_by_role("radio", name=name, exact=True).check(force=True)
    visit.page.get_by_role("switch", name="Verme como en un espejo").uncheck()
    visit.says("Tamaño del texto")
    assert visit.page.title() == "Ajustes · DeepSign"
    visit.page.reload()
    visit.says("Tamaño del texto")
    assert visit.page.evaluate(root) == {"textSize": "1.25", "contrast": "system", "motion": "system", "lang": "es"}
    assert not visit.page.get_by_role("switch", name="Verme como en un espejo").is_checked()
    assert visit.errors == []


def test_a_browser_that_speaks_spanish_is_answered_in_spanish(browser: Browser, base: str) -> None:
    visit = Visit(browser, base, locale="es-MX").open("privacy")
    visit.says("La imagen de tu cámara se usa solo en este dispositivo.")
    assert visit.page.locator("html").get_attribute("lang") == "es"
    visit.close()


def test_less_motion_by_the_system_or_the_setting(browser: Browser, base: str) -> None:
    visit = Visit(browser, base, reduced_motion="reduce").open("settings")
    assert visit.page.locator("html").get_attribute("data-motion") == "reduce"
    visit.close()


def test_settings_work_where_nothing_can_be_kept(visit: Visit) -> None:
    visit.context.add_init_script("indexedDB.open = () => { throw new DOMException('no storage', 'SecurityError') }")
    visit.open("settings").page.get_by_role("radio", name="Español").check(force=True)
    visit.says("Tamaño del texto")
    assert visit.errors == []


def test_everything_kept_here_is_deleted_on_demand(visit: Visit) -> None:
    visit.open("settings").page.get_by_role("radio", name="Larger").check(force=True)
    visit.open("privacy").page.get_by_role("button", name="Delete everything here").click()
    visit.page.get_by_role("button", name="Keep it").click()
    assert visit.page.locator("html").get_attribute("data-text-size") == "1.5"
    visit.page.get_by_role("button", name="Delete everything here").click()
    visit.page.get_by_role("button", name="Delete everything", exact=True).click()
    visit.says("Everything is deleted.")
    assert visit.page.locator("html").get_attribute("data-text-size") == "1"
    left = visit.page.evaluate(
        """async () => {
          const done = (asked) => new Promise((resolve) => (asked.onsuccess = () => resolve(asked.result)))
          const db = await done(indexedDB.open('deepsign'))
          const counts = {}
          for (const name of db.objectStoreNames) {
            counts[name] = await done(db.transaction(name).objectStore(name).count())
          }
          return counts
        }"""
    )
    assert set(left) == {"settings", "cards", "reviews", "signs", "takes"}
    assert set(left.values()) == {0}


def test_progress_goes_out_as_a_file_and_comes_back(visit: Visit, tmp_path: Path) -> None:
    visit.open("privacy")
    with visit.page.expect_download() as caught:
        visit.page.get_by_role("button", name="Save it as a file").click()
    saved = tmp_path / "progress.json"
    caught.value.save_as(saved)
    assert caught.value.suggested_filename.startswith("deepsign-progress-")
    card = {"due": 2e12, "stability": 3.0, "difficulty": 5.0, "scheduled_days": 3, "learning_steps": 0, "reps": 1,
            "lapses": 0, "state": 2, "last_review": 1.7e12}  # fmt: skip
    progress = json.loads(saved.read_text("utf-8"))
    assert (progress["kind"], progress["cards"]) == ("deepsign-progress", {})
    progress["cards"] = {"signs/father": card}
    visit.choose("progress.json", json.dumps(progress).encode(), "application/json")
    visit.says("1 sign was brought up to date.")
    visit.choose("notes.json", b"{}", "application/json")
    visit.says("notes.json: This file is something else.")
    visit.choose("later.json", json.dumps({**progress, "schema_version": 9}).encode(), "application/json")
    visit.says("saved by a newer DeepSign")
    assert visit.errors == []
    visit.stayed_home()


def give_metrics(visit: Visit, metrics: dict[str, object]) -> None:
    """The toy is served as if it had been measured so."""
    body = json.dumps(metrics)

    def index(route: Route) -> None:
        entries = route.fetch().json()
        for entry in entries:
            entry["files"]["metrics.json"] = hashlib.sha256(body.encode()).hexdigest()
        route.fulfill(json=entries)

    visit.context.route("**/bundles/index.json", index)
    visit.context.route("**/metrics.json", lambda route: route.fulfill(body=body, content_type="application/json"))


def test_models_say_what_is_known_of_them(visit: Visit) -> None:
    one = {"precision": 0.9, "recall": 0.87, "support": 1452}
    measured = {"clips": 1633, "signers": 176, "top1": 0.91, "top1_interval": [0.88, 0.93], "per_gloss": {"A": one}}
    give_metrics(visit, measured)
    visit.open("models")
    visit.says("Requests sent elsewhere: 0")
    toy = visit.page.get_by_role("region", name="toy")
    visit.says("91 %")
    visit.says("176 people")
    toy.get_by_text("Sign by sign").click()
    assert toy.get_by_role("row", name="A 87 % 1,452").is_visible()
    visit.says("Not measured yet: B.")
    asked = toy.locator("details", has_text="Not asked for in practice").inner_text()
    assert "has no measured bar" in asked, "in Practise's own words"
    toy.get_by_text("Version, licence, data").click()
    visit.says("Made from these collections")
    toy.get_by_role("button", name="Measure the speed").click()
    visit.says(" ms")
    assert toy.get_by_text("American Sign Language (ASL)").is_visible()
    assert visit.violations() == []
    assert visit.errors == []
    visit.stayed_home()


def test_a_bundle_that_was_never_measured_says_so(visit: Visit) -> None:
    visit.open("models").page.get_by_text("Sign by sign").first.click()
    visit.says("Not measured yet:")


def test_metrics_that_were_changed_are_refused(visit: Visit) -> None:
    visit.context.route("**/metrics.json", lambda route: route.fulfill(status=200, body="changed"))
    visit.open("models", ready=False)
    visit.problem("bundle-failed")
