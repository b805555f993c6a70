"""Signs of one's own: taught by clips, answered, forgotten; and what is refused, with nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import deepsign
from deepsign import bundle as bundles
from deepsign import vocabulary as vocabularies
from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.landmarks import HANDS, mirrored
from deepsign.perceive import write_landmarks
from deepsign.problems import DeepSignError, InputError
from deepsign.prototypes import LEAST_LIKENESS, decide
from deepsign.recognizer import load
from deepsign.taught import base_of
from deepsign.teach import forget, refresh, teach
from made_hands import clip as made_clip
from made_hands import collection


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "letters" not in bundles.shipped():
        pytest.skip("no letters bundle is installed")
    monkeypatch.setenv("DEEPSIGN_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def takes(gloss: str, count: int, *, person: int = 0, mirror: bool = False) -> list[str]:
    """Landmark files of a made sign, one a take."""
    made = []
    for take in range(count):
        clip = made_clip(gloss, np.random.default_rng(100 * person + take), person)
        assert clip.landmarks is not None
        if mirror:
            clip = clip.with_landmarks(mirrored(clip.landmarks, HANDS.name), HANDS.name)
        path = Path(f"{gloss}-{person}-{take}{'-m' if mirror else ''}.npz")
        write_landmarks(clip, path)
        made.append(str(path))
    return made


def taught(**signs: str) -> Path:
    """A vocabulary of these signs by five clips each: name=handshape."""
    return [teach(name, takes(shape, 5), "mysigns", model="letters").path for name, shape in signs.items()][-1]


def answers(sources: list[str]) -> list[str | None]:
    known = [load("mysigns").predict(deepsign.open_clip(s, layout="hands")) for s in sources]
    return [p.best.gloss if p.best else None for p in known]


def test_a_taught_sign_is_known_by_either_hand_and_of_another_person() -> None:
    taught(PEACE="V", FLAT="B", FIST="A")
    assert answers(takes("V", 3, person=1)) == ["PEACE"] * 3
    assert answers(takes("B", 3, person=1, mirror=True)) == ["FLAT"] * 3


def test_what_was_not_taught_is_no_sign_it_knows() -> None:
    taught(PEACE="V", FIST="A")
    assert answers(takes("B", 3)) == [None] * 3
    found = load("mysigns").predict(deepsign.open_clip(takes("B", 1)[0], layout="hands"))
    assert {c.gloss for c in found.candidates} == {"PEACE", "FIST"}


def test_a_single_sign_is_a_vocabulary() -> None:
    taught(PEACE="V")
    assert answers([*takes("V", 2, person=1), *takes("B", 1)]) == ["PEACE", "PEACE", None]


def test_words_to_say_are_checked_before_anything_is_made() -> None:
    with pytest.raises(InputError, match=r"--say .*printable letters"):
        teach("PEACE", takes("V", 2), "mysigns", model="letters", say="a\udcff")


def test_the_command_line_teaches_predicts_lists_and_forgets(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["teach", "PEACE", *takes("V", 5), "--into", "mysigns", "-m", "letters", "--say", "peace"]) == 0
    assert run(["teach", "FLAT", *takes("B", 5), "--into", "mysigns"]) == 0
    capsys.readouterr()
    assert run(["predict", *takes("V", 1, person=1), "--model", "mysigns", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["model"], answer["predictions"][0]["gloss"], answer["known"]) == ("mysigns", "PEACE", True)
    assert run(["teach", "--list", "--into", "mysigns"]) == 0
    assert "PEACE (peace): 5 clips" in capsys.readouterr().out
    assert run(["models", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"name": "mysigns", "base": "letters", "signs": ["PEACE", "FLAT"]}
    assert run(["teach", "--forget", "peace", "--into", "mysigns"]) == 0
    assert vocabularies.read(vocabularies.place("mysigns")).sign("PEACE") is None
    assert run(["teach", "--forget", "peace", "--into", "mysigns"]) == 1
    assert "it has FLAT" in capsys.readouterr().err


def test_a_name_that_is_taken_needs_a_word_of_what_to_do() -> None:
    path = taught(PEACE="V")
    before = path.read_bytes()
    with pytest.raises(InputError, match="knows it already, by 5 clips; --replace them"):
        teach("peace", takes("B", 5), "mysigns")
    assert path.read_bytes() == before
    assert len(teach("PEACE", takes("V", 1, person=2), "mysigns", add=True).sign.clips) == 6
    assert len(teach("PEACE", takes("B", 3), "mysigns", replace=True).sign.clips) == 3
    assert answers(takes("B", 1, person=1)) == ["PEACE"]


def test_a_sign_that_is_taught_more_keeps_its_spelling_its_words_and_its_place() -> None:
    teach("PEACE", takes("V", 2), "mysigns", model="letters", say="peace, brother")
    teach("FLAT", takes("B", 2), "mysigns")
    for how in ({"add": True}, {"replace": True}):
        signs = teach("peace", takes("V", 2, person=2), "mysigns", **how).vocabulary.signs
        assert [(s.gloss, s.say) for s in signs] == [("PEACE", "peace, brother"), ("FLAT", "FLAT")]


def test_between_two_signs_taught_alike_one_is_answered_unsurely() -> None:
    taught(PEACE="V", TWO="V")
    found = load("mysigns").predict(deepsign.open_clip(takes("V", 1, person=2)[0], layout="hands"))
    assert found.known and found.candidates[0].probability < 0.6


def test_kept_times_are_from_the_clip_s_start() -> None:
    clip = Clip.from_landmarks(np.zeros((3, 42, 3), np.float32), "hands", times=[5.0, 5.1, 5.3])
    assert vocabularies.pack(clip, "a.npz").times == pytest.approx([0, 0.1, 0.3])


def _unseen() -> str:
    write_landmarks(Clip.from_landmarks(np.full((3, 75, 3), np.nan), "hands_pose", fps=20), "unseen.npz")
    return "unseen.npz"


def _only_a_body() -> str:
    points = np.full((3, 75, 3), np.nan)
    points[:, 21:54] = 0.5
    write_landmarks(Clip.from_landmarks(points, "hands_pose", fps=20), "body.npz")
    return "body.npz"


def _broken() -> str:
    Path("broken.mp4").write_bytes(b"no video")
    return "broken.mp4"


@pytest.mark.parametrize(
    ("clips", "said"),
    [
        (list, "no clip was given"),
        (lambda: takes("V", 1), "1 usable clip; at least 2"),
        (lambda: [*takes("V", 1), _broken()], r"1 usable clip.*nothing was changed; broken\.mp4"),
        (lambda: [*takes("V", 1), *takes("V", 1)], "has this very clip already"),
        (lambda: [*takes("V", 1), _unseen()], r"unseen\.npz: .*seen"),
        (lambda: [*takes("V", 1), _only_a_body()], r"body\.npz: no hand is seen"),
        (lambda: [*takes("V", 1), "camera:0"], "camera:0: signs are taught from files"),
        (lambda: ["gone.mp4", "gone2.mp4"], r"0 usable clips.*gone\.mp4: no such file.*gone2\.mp4"),
    ],
)
def test_too_few_usable_clips_change_nothing(clips: object, said: str) -> None:
    path = taught(FLAT="B")
    before = path.read_bytes()
    with pytest.raises(InputError, match=said):
        teach("PEACE", clips(), "mysigns")  # type: ignore[operator]
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["mysigns.json"]


def test_a_clip_that_cannot_be_read_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["teach", "PEACE", *takes("V", 2), _broken(), "--into", "mysigns", "--model", "letters"]) == 1
    said = capsys.readouterr()
    assert "broken.mp4" in said.err
    assert "PEACE by 2 clips" in said.out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file names that are no text")
def test_a_file_may_be_named_as_it_likes() -> None:
    odd, *others = takes("V", 2)
    Path(odd).rename("v\udcff.npz")
    sign = teach("PEACE", ["v\udcff.npz", *others], "mysigns", model="letters").sign
    assert sign.clips[0].source == r"v\udcff.npz"
    assert answers(takes("V", 1)) == ["PEACE"]


def test_a_sign_that_is_like_another_is_said() -> None:
    taught(PEACE="V")
    assert teach("VICTORY", takes("V", 5, person=0)[:2] + takes("V", 3, person=3), "mysigns").like == ("PEACE",)
    assert teach("FLAT", takes("B", 5), "mysigns").like == ()


@pytest.mark.parametrize(
    ("into", "name", "said"),
    [
        ("letters", "X", "is a bundle's name"),
        ("My Signs", "X", "may hold a–z"),
        ("mysigns", "none", "not a sign I know"),
        ("mysigns", " ", "needs a name"),
        ("mysigns", "a\udcff", "printable letters"),
    ],
)
def test_names_that_cannot_be(into: str, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        teach(name, takes("V", 2), into)


def _changed(path: Path, **changes: object) -> None:
    raw = json.loads(path.read_text("utf-8"))
    for dotted, value in changes.items():
        at, *keys = raw, *dotted.split("__")
        for key in keys[:-1]:
            at = at[int(key) if key.isdigit() else key]
        if value is None:
            del at[keys[-1]]
        else:
            at[keys[-1]] = value
    path.write_text(json.dumps(raw), "utf-8")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"decision": None}, "decision: Field required"),
        ({"schema_version": 2}, "schema version 2, this DeepSign reads 1"),
        ({"signs__0__clips__0__points": "AAAA"}, r"points are no \(12, 42, 3\)"),
        ({"signs__0__clips__0__times": [0.0] * 12}, "increase"),
        ({"signs__0__clips__0__embedding": [1.0]}, "one length"),
        ({"signs__0__gloss": "none"}, "differ"),
        ({"layout": "feet"}, "unknown landmark layout"),
        ({"base__sha256": "0" * 64}, "another version of letters.*--refresh"),
        ({"base__name": "elsewhere"}, "base bundle elsewhere is not installed"),
        ({"signs": []}, "holds no sign yet"),
    ],
)
def test_reading_takes_no_defaults(changes: dict[str, object], said: str) -> None:
    path = taught(PEACE="V")
    _changed(path, **changes)
    with pytest.raises(InputError, match=said):
        load("mysigns")


def test_two_signs_of_one_name_are_refused() -> None:
    path = taught(PEACE="V", FLAT="B")
    _changed(path, signs__1__gloss="peace")
    with pytest.raises(InputError, match="glosses must differ from one another"):
        load("mysigns")


def test_after_the_bundle_changed_the_kept_landmarks_bring_it_up_to_date() -> None:
    path = taught(PEACE="V", FLAT="B")
    before = vocabularies.read(path)
    _changed(path, base__sha256="0" * 64, signs__0__clips__0__embedding=[0.5] * 96)
    refresh("mysigns")
    assert vocabularies.read(path) == before


def test_a_vocabulary_is_one_file_that_can_lie_anywhere() -> None:
    path = taught(PEACE="V", FLAT="B")
    path.rename("given.json")
    assert load("given.json").predict(deepsign.open_clip(takes("V", 1)[0], layout="hands")).best is not None
    with pytest.raises(InputError, match=r"nowhere\.json: no such vocabulary"):
        load("nowhere.json")
    with pytest.raises(DeepSignError, match="no such bundle"):
        load("nowhere")
    assert "points" in Path("given.json").read_text("utf-8")
    assert "/" not in json.loads(Path("given.json").read_text("utf-8"))["signs"][0]["clips"][0]["source"]


def test_all_signs_of_a_vocabulary_are_told_apart_by_one_bundle() -> None:
    path = taught(PEACE="V")
    assert vocabularies.read(path).base == base_of(bundles.find("letters"))
    with pytest.raises(InputError, match="was begun with letters"):
        teach("FLAT", takes("B", 2), "mysigns", model="digits")


def test_a_bundle_that_would_not_be_found_again_is_refused_until_it_lies_beside(tmp_path: Path) -> None:
    from toys import toy_bundle

    own = toy_bundle(tmp_path / "own" / "toy")
    with pytest.raises(InputError, match="copy this folder to"):
        teach("PEACE", takes("V", 2), "mysigns", model=str(own.path))
    (tmp_path / "data" / "vocabularies").mkdir(parents=True)
    own.path.rename(tmp_path / "data" / "vocabularies" / "toy")
    teach("PEACE", takes("V", 2), "mysigns", model=str(tmp_path / "data" / "vocabularies" / "toy"))
    assert load("mysigns").bundle.name == "mysigns"


def test_the_last_sign_can_be_forgotten_and_another_taught() -> None:
    taught(PEACE="V")
    assert forget("PEACE", "mysigns").signs == []
    taught(FLAT="B")
    assert answers(takes("B", 1, person=1)) == ["FLAT"]


def test_no_torch_and_no_onnx_is_needed() -> None:
    code = "import sys, deepsign.teach, deepsign.cli; sys.exit(bool({'torch', 'onnx', 'mediapipe'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_vocabulary_is_evaluated_as_a_bundle_is(tmp_path: Path) -> None:
    from deepsign.evaluate.run import evaluate

    taught(A="A", B="B", L="L")
    report = evaluate("mysigns", collection(tmp_path / "made", people=2, each=4), tmp_path / "report")
    assert report.metrics["clips"] == 24
    assert report.metrics["top1"] > 0.9
    assert (tmp_path / "report" / "metrics.json").is_file()


def test_clips_of_different_signs_are_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # Letters' embeddings are all rather alike; a bundle of words tells them further apart.
    monkeypatch.setattr("deepsign.teach.LEAST_LIKENESS", 0.99)
    assert run(["teach", "MIXED", *(c for s in "ABV" for c in takes(s, 1)), "--into", "mysigns", "-m", "letters"]) == 0
    assert "MIXED: its clips differ much from one another" in capsys.readouterr().err


def test_however_much_clips_differ_not_everything_passes() -> None:
    reject_below, _ = decide([np.eye(4)[:3]], "hands")
    assert reject_below == pytest.approx(LEAST_LIKENESS)
    alike, _ = decide([np.ones((5, 4))], "hands")
    assert LEAST_LIKENESS < alike < 1, "takes of one minute must not make the sign's own next take a stranger"
    moving, _ = decide([np.ones((5, 4))], "hands_pose")
    assert decide([np.ones((5, 4))], "holistic")[0] == moving, "a face beside it changes nothing"
    assert LEAST_LIKENESS < moving < alike, "signs of the whole body vary more than a hand's shapes"
