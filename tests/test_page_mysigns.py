"""My signs in the page: taught by takes before the camera, told apart, kept, carried to Python and back, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from browser_stage import CHROMIUM, Visit
from deepsign import bundle as bundles
from deepsign import vocabulary as vocabularies
from deepsign.boundaries import spans
from deepsign.recognizer import load
from deepsign.vocabulary import clip_of
from made_films import films, show
from made_streams import REST, signer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif("signs" not in bundles.shipped(), reason="no signs bundle is installed"),
]

# Up and down, waved, and held still; what is done between signs. The hand is open in all of them.
NOD = signer((REST, 0.5), (0.3, 0.4), (-0.2, 0.4), (0.3, 0.4), (REST, 0.4), (REST, 0.6), fps=15)
WAVE = signer((REST, 0.5), (-0.6, 0.3), *([(-0.2, 0.2), (-0.6, 0.2)] * 2), (REST, 0.3), (REST, 0.6), fps=15)
HOLD = signer((REST, 0.5), (0.0, 0.4), (0.0, 1.0), (REST, 0.4), (REST, 0.6), fps=15)
RESTING = signer((REST, 4), fps=15)


@pytest.fixture(scope="module")
def base(shipped_base: str) -> str:
    return shipped_base


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    one = Visit(browser, base, accept_downloads=True)
    films(one, nod=NOD, wave=WAVE, hold=HOLD, resting=RESTING)
    yield one
    one.close()


def press(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


def begin(visit: Visit, name: str) -> None:
    """A new sign's name, agreed to and entered by keyboard alone."""
    visit.page.get_by_role("button", name="Add a sign").or_(
        visit.page.get_by_role("button", name="Another sign")
    ).focus()
    visit.page.keyboard.press("Enter")
    visit.see(lambda: visit.page.locator("#sign-name:focus").count() == 1, "the field of the name, in focus")
    visit.page.keyboard.type(name)
    tick = visit.page.get_by_role("checkbox")
    if not tick.is_checked():
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Space")
    visit.page.get_by_role("button", name="Record five takes").focus()
    visit.page.keyboard.press("Enter")


def record(visit: Visit, film: str, takes: int) -> None:
    """So many takes of this film; fewer than five are declared enough."""
    visit.says("Begin a take by hand")
    show(visit, film)
    if takes < 5:
        visit.says(f"Take {takes + 1} of 5")
        press(visit, "That’s enough")


def answered(visit: Visit, film: str, words: str) -> None:
    show(visit, "nobody")
    show(visit, film)
    answer = visit.page.get_by_test_id("answer")
    visit.see(lambda: words in answer.inner_text(), f"{film}: {words}")


def exported(visit: Visit, folder: Path) -> Path:
    with visit.page.expect_download() as download:
        press(visit, "Export")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_signs_are_taught_by_keyboard_told_apart_kept_and_read_by_python(visit: Visit, tmp_path: Path) -> None:
    visit.open("my-signs")
    visit.says("No sign of yours yet.")
    assert visit.violations() == []
    begin(visit, "Grandma")
    record(visit, "nod", 5)
    visit.says("Now ten seconds of not signing")
    assert visit.violations() == []
    show(visit, "resting")
    visit.says("Grandma is ready")
    visit.says("Resting is not taken for it.")
    begin(visit, "Bye-bye")
    record(visit, "wave", 2)
    visit.says("Bye-bye is ready")  # whoever rested once need not again
    assert "Resting is not taken for it." in visit.text()
    press(visit, "Test them")
    answered(visit, "nod", "Grandma")
    answered(visit, "wave", "Bye-bye")
    answered(visit, "hold", "Not a sign I know")
    show(visit, "nobody")
    press(visit, "Ask me for one")
    asked = visit.page.get_by_test_id("asked").inner_text().removeprefix("Sign ")
    right, other = ("nod", "Bye-bye") if asked == "Grandma" else ("wave", "Grandma")
    answered(visit, "wave" if right == "nod" else "nod", f"This looks like {other}.")
    answered(visit, right, f"Good. That’s {asked}.")
    assert visit.violations() == []

    visit.page.reload()
    visit.says("Bye-bye")
    path = exported(visit, tmp_path)
    vocabulary = vocabularies.read(path)
    assert [(s.gloss, len(s.clips)) for s in vocabulary.signs] == [("Grandma", 5), ("Bye-bye", 2)]
    same_answers(path)
    assert visit.violations() == []
    assert visit.errors == []
    visit.stayed_home()


def same_answers(path: Path) -> None:
    """Asserts that Python embeds and answers the page's takes as the page did."""
    vocabulary = vocabularies.read(path)
    base, own = load(vocabulary.base.name), load(path)
    for sign in vocabulary.signs:
        clips = [clip_of(clip, vocabulary.layout) for clip in sign.clips]
        for clip, taken in zip(clips, sign.clips, strict=True):
            assert np.abs(base.logits([clip])[1][0] - taken.embedding).max() < 1e-3
            assert (own.predict(clip).best or pytest.fail("not known")).gloss == sign.gloss
    from deepsign.teach import _decided

    anew = _decided(vocabulary, vocabulary.signs).decision
    assert anew.reject_below == pytest.approx(vocabulary.decision.reject_below, abs=2e-6)
    assert anew.sharpness == pytest.approx(vocabulary.decision.sharpness, rel=1e-5)


def test_what_python_taught_is_imported_practised_renamed_and_deleted(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "family.json"
    path.write_text(json.dumps(family()), "utf-8")
    visit.open("my-signs")
    visit.says("No sign of yours yet.")
    pick = visit.page.locator("input[type=file]")
    pick.set_input_files([path])
    visit.says("New: nod and wave.")
    pick.set_input_files([path])
    visit.says("You had everything in this file already.")
    press(visit, "Rename nod")
    visit.page.get_by_label("New name of nod").fill("WAVE")
    visit.says("You have a sign of this name already.")
    visit.page.get_by_label("New name of nod").fill("Grandma")
    press(visit, "Save")
    visit.says("It is Grandma now.")
    press(visit, "Takes of Grandma")
    visit.page.get_by_role("checkbox").check()
    press(visit, "More takes of Grandma")
    visit.says("Begin a take by hand")
    show(visit, "resting")
    visit.says("Now sign Grandma")
    visit.page.keyboard.press("Space")
    visit.says("End this take")
    visit.page.wait_for_timeout(600)
    visit.page.keyboard.press("Space")
    visit.says("Take 2 of 3")
    press(visit, "Back to my signs")
    visit.says("3 takes")
    press(visit, "Takes of Grandma")
    press(visit, "Delete take 3 of Grandma")
    press(visit, "Takes of wave")
    press(visit, "Delete take 2 of wave")
    visit.says("1 take\n")
    press(visit, "Delete wave")
    press(visit, "Delete")
    visit.says("wave is deleted.")
    press(visit, "Test them")
    visit.see(lambda: visit.page.get_by_test_id("now").count() == 1, "the camera")
    answered(visit, "nod", "Grandma")
    answered(visit, "hold", "Not a sign I know")
    press(visit, "Back to my signs")
    press(visit, "Delete all")
    press(visit, "Keep")
    press(visit, "Delete all")
    visit.page.get_by_role("alert").get_by_role("button", name="Delete all").click()
    visit.says("All your signs are deleted.")
    visit.page.reload()
    visit.says("No sign of yours yet.")
    assert visit.errors == []


def test_own_signs_are_practised_as_others_are(visit: Visit, tmp_path: Path) -> None:
    visit.page.goto(f"{visit.base}/#/practise")
    visit.says("Make this sign")
    assert "My signs" not in visit.page.get_by_role("group", name="What to practise").inner_text()
    path = tmp_path / "family.json"
    path.write_text(json.dumps(family()), "utf-8")
    visit.open("my-signs").page.locator("input[type=file]").set_input_files([path])
    visit.page.get_by_role("link", name="Practise them").click()
    visit.says("Make this sign")
    lesson = visit.page.locator("[data-phase]")
    assert lesson.get_attribute("data-gloss") == "nod"
    assert visit.page.get_by_role("img", name="Diagram of the sign").count() == 1, "its first take"
    visit.start_camera()
    visit.says("Your shoulders are out of view")
    show(visit, "wave")
    visit.says("This looks like WAVE.")
    show(visit, "nobody")
    show(visit, "nod")
    visit.see(lambda: lesson.get_attribute("data-gloss") == "wave", "the next sign, once this one was right")
    assert visit.violations() == []
    assert visit.errors == []
    visit.stayed_home()


def family() -> dict[str, object]:
    """A vocabulary as `deepsign teach` writes it: two signs by two takes each, of a left-handed signer."""
    from deepsign.clip import Clip
    from deepsign.landmarks import HANDS_POSE, mirrored
    from deepsign.taught import base_of
    from deepsign.teach import _decided, _embedded
    from deepsign.vocabulary import Decision, Sign, Vocabulary, pack
    from made_films import landmarks_of

    recognizer = load("signs")
    signs = []
    for name, stream in (("nod", NOD), ("wave", WAVE)):
        points = mirrored(landmarks_of(stream), HANDS_POSE.name)
        (span,) = spans(points, stream.times, stream.aspect)
        inside = (stream.times >= span.start) & (stream.times <= span.end)
        takes = []
        for skipped in (0, 1):
            times = stream.times[inside][skipped:]
            clip = Clip.from_landmarks(points[inside][skipped:], HANDS_POSE.name, times, aspect=stream.aspect)
            takes.append(_embedded(pack(clip, f"{name}{skipped}.mp4"), HANDS_POSE.name, recognizer))
        signs.append(Sign(gloss=name, say=name, clips=takes))
    bundle = recognizer.bundle
    empty = Vocabulary(
        schema_version=1,
        name="family",
        sign_language="ase",
        layout=HANDS_POSE.name,
        base=base_of(bundle),
        signs=[],
        decision=Decision(reject_below=1.0, sharpness=1.0),
    )
    return dict(json.loads(_decided(empty, signs).model_dump_json()))


def test_a_file_that_holds_no_signs_is_refused_by_name(visit: Visit) -> None:
    refused = {
        "{": "holds no signs that can be read (it is no JSON)",
        '{"schema_version": 9}': "was made by another version of DeepSign",
        '{"schema_version": 1, "cards": []}': "holds no signs that can be read (cards is unknown)",
    }
    visit.open("my-signs")
    visit.says("No sign of yours yet.")
    for i, (content, words) in enumerate(refused.items()):
        file = {"name": f"file{i}.json", "mimeType": "application/json", "buffer": content.encode()}
        visit.page.locator("input[type=file]").set_input_files([file])
        visit.says(f"file{i}.json {words}")
    assert visit.violations() == []


def test_nothing_is_recorded_without_a_name_and_consent(visit: Visit) -> None:
    visit.open("my-signs")
    press(visit, "Add a sign")
    press(visit, "Record five takes")
    visit.says("Give the sign a name.")
    visit.page.get_by_label("Name of the sign").fill("none")
    visit.says("Choose another name.")
    visit.page.get_by_label("Name of the sign").fill("Milk")
    press(visit, "Record five takes")
    visit.says("Tick the box first")
    assert visit.violations() == []
    assert visit.page.get_by_test_id("count").count() == 0
