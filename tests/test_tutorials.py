"""Tutorials: made from clips that may be shown, framed alike, read strictly; and what a person adds of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from deepsign import bundle as bundles
from deepsign import tutorials
from deepsign.bundle import Bundle
from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.landmarks import HANDS, HANDS_POSE, mirrored
from deepsign.problems import InputError
from deepsign.recognizer import Recognizer, load
from deepsign.tutorials import Credit, Part, Tutorials
from deepsign.tutoring import videos
from deepsign.tutoring.choose import SURE, candidates
from deepsign.tutoring.hands import PALM, hand_diagram
from deepsign.tutoring.make import NO_CLIP, Plan, make, plan_of
from deepsign.tutoring.smooth import RATE, SHOULDERS_AT, SHOULDERS_WIDE, diagram
from made_bodies import body
from made_hands import clip as hand_clip
from toys import moving_bundle, toy_bundle

ROOT = Path(__file__).parents[1]
RIGHT, LEFT = HANDS_POSE.part("right_hand"), HANDS_POSE.part("left_hand")
CREDIT = Credit(made="clip", source="toys", licence="CC0-1.0")
PLAN = Plan(
    draw="body",
    collections=["toys"],
    spare=[],
    flip=[],
    aspect={"default": 4 / 3},
    tempo=1.0,
    pick={},
    left_out={},
    links={},
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSIGN_DATA", str(tmp_path / "data"))


@pytest.fixture
def moving(tmp_path: Path) -> Bundle:
    """A toy that hears B in a right hand on the picture's left, and is sure of it."""
    decision = {"temperature": 0.05, "reject_below": 0.5, "none_gloss": "none", "false_accept": 0.05, "top_k": 3}
    return moving_bundle(tmp_path / "signs", name="signs", decision={**decision, "per_sign_accept": {}})


def archive(path: Path, clips: list[tuple[str, Clip]]) -> None:
    """Clips as a webcam collection publishes them: 258 numbers a frame, zeros where nothing was seen."""
    frames = []
    for _, clip in clips:
        assert clip.landmarks is not None
        points = np.nan_to_num(clip.landmarks)
        pose = np.concatenate([points[:, HANDS_POSE.part("pose")], np.ones((len(points), 33, 1))], axis=2)
        parts = (pose, points[:, LEFT], points[:, RIGHT])
        frames.append(np.concatenate([part.reshape(len(points), -1) for part in parts], axis=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    offsets = np.cumsum([0, *map(len, frames)])
    np.savez(path, frames=np.concatenate(frames), offsets=offsets, label=np.array([word for word, _ in clips]))


@pytest.fixture
def collections(tmp_path: Path) -> tuple[Path, Path]:
    """A root with two collections of the same clips, one to show and one for study; and their list."""
    waves = [("B", body("wave", fps=20, seconds=2, person=person)) for person in range(4)]
    still = [("B", body("wave", fps=20, seconds=2, person=9))]
    assert still[0][1].landmarks is not None
    still[0][1].landmarks[:] = still[0][1].landmarks[:1]
    for name in ("toys", "kept"):
        archive(tmp_path / "root" / f"{name}.npz", waves + still)
    listing = tmp_path / "list.yaml"
    entry = {"reader": "landmark_table", "licence": "CC0-1.0", "task": "words"}
    listing.write_text(
        yaml.safe_dump(
            {
                "toys": {**entry, "path": "toys.npz", "class": "ship"},
                "kept": {**entry, "path": "kept.npz", "class": "study"},
            }
        )
    )
    return tmp_path / "root", listing


def landmarks(clip: Clip) -> NDArray[np.float32]:
    assert clip.landmarks is not None
    return clip.landmarks


def file_of(
    clip: Clip, gloss: str = "B", parts: tuple[Part, ...] = ("body", "right_hand"), **changes: Any
) -> Tutorials:
    shown = tutorials.pack(clip, gloss, list(parts), 0.07, CREDIT)
    whole = {"schema_version": 1, "bundle": "signs", "sign_language": "ase", "layout": "hands_pose", "aspect": 1.0}
    return Tutorials.model_validate({**whole, "tutorials": [shown], "left_out": [], **changes})


def test_of_clips_that_may_be_shown_one_that_moves_and_is_answered_surely_is_taken(
    moving: Bundle, collections: tuple[Path, Path]
) -> None:
    made = make(Recognizer(moving), PLAN, *collections)
    assert made.counts == {"A": (0, 0), "B": (5, 4)}  # the one that holds still shows no movement
    (shown,) = made.tutorials.tutorials
    assert (shown.gloss, shown.parts, shown.credit) == ("B", ["body", "right_hand"], CREDIT)
    assert [(entry.gloss, entry.reason) for entry in made.tutorials.left_out] == [("A", NO_CLIP)]
    clip = tutorials.clip_of(shown, "hands_pose", 1.0)
    assert clip.duration == pytest.approx(2, abs=0.1)
    best = Recognizer(moving).predict(clip).candidates[0]
    assert best.gloss == "B"
    assert best.probability >= SURE


def test_what_was_picked_or_left_out_by_somebody_who_looked_counts(
    moving: Bundle, collections: tuple[Path, Path]
) -> None:
    picked = PLAN.model_copy(update={"pick": {"B": "toys.npz#4"}, "links": {"B": "https://example.org/b"}})
    (shown,) = make(Recognizer(moving), picked, *collections).tutorials.tutorials
    assert shown.link == "https://example.org/b"
    way = np.diff(landmarks(tutorials.clip_of(shown, "hands_pose", 1.0))[:, RIGHT.start, 0])
    assert np.abs(way).max() < 1e-3  # the one that holds still
    refused = PLAN.model_copy(update={"left_out": {"B": "it is a wave, and no B"}})
    made = make(Recognizer(moving), refused, *collections).tutorials
    assert made.tutorials == []
    assert made.left_out[1].reason == "it is a wave, and no B"
    with pytest.raises(InputError, match=r"toys\.npz#9: the plan picks it for B"):
        make(Recognizer(moving), PLAN.model_copy(update={"pick": {"B": "toys.npz#9"}}), *collections)


@pytest.mark.parametrize("where", ["collections", "spare"])
def test_nothing_for_study_is_shown(moving: Bundle, collections: tuple[Path, Path], where: str) -> None:
    with pytest.raises(InputError, match="kept is for study only, so nothing of it may be shown"):
        make(Recognizer(moving), PLAN.model_copy(update={where: ["kept"]}), *collections)


def test_a_plan_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("letters: {draw: hand}\n")
    with pytest.raises(InputError, match=r"plan.yaml: letters: collections: Field required"):
        plan_of(path, "letters")
    with pytest.raises(InputError, match="has no plan for signs"):
        plan_of(path, "signs")
    path.write_text("[")
    with pytest.raises(InputError, match="is no YAML"):
        plan_of(path, "signs")


def test_a_diagram_is_framed_alike_whoever_signs_and_wherever_they_sit() -> None:
    clips = [body("wave", fps=fps, seconds=1.5, person=person) for fps, person in ((30, 0), (12, 1))]
    for clip in clips:
        made = diagram(clip)
        points = landmarks(made.clip)
        left, right = (points[:, HANDS_POSE.index[f"pose.{side}_shoulder"], :2] for side in ("left", "right"))
        assert np.linalg.norm(left - right, axis=1).mean() == pytest.approx(SHOULDERS_WIDE, abs=0.003)
        assert np.allclose((left + right).mean(axis=0) / 2, (0.5, SHOULDERS_AT), atol=0.003)
        assert np.allclose(np.diff(made.clip.times), 1 / RATE)
        assert made.hands == ("right",)
        assert np.isfinite(points[:, RIGHT]).all()
        assert np.isnan(points[:, LEFT]).all()


def test_a_left_handed_signer_s_diagram_is_right_handed() -> None:
    clip = body("push", person=2)
    turned = clip.with_landmarks(mirrored(landmarks(clip), HANDS_POSE.name), HANDS_POSE.name)
    assert diagram(turned).hands == ("right",)
    assert np.nanmax(np.abs(landmarks(diagram(turned).clip) - landmarks(diagram(clip).clip))) < 1e-5
    assert diagram(body("wave", two_hands=True)).hands == ("left", "right")


def test_gaps_are_filled_and_the_clip_before_is_cut_off() -> None:
    clip = body("circle", fps=20, seconds=2)
    whole = landmarks(diagram(clip).clip)
    gone = landmarks(clip).copy()
    gone[10:18, RIGHT] = np.nan
    filled = landmarks(diagram(clip.with_landmarks(gone, HANDS_POSE.name)).clip)
    assert filled.shape == whole.shape
    # The body's wrist shows the way meanwhile, so the hand keeps to its circle.
    assert np.abs(filled[:, RIGHT, :2] - whole[:, RIGHT, :2]).max() < 0.01
    stale = landmarks(clip).copy()
    stale[0, :, 0] += 0.2
    assert len(diagram(clip.with_landmarks(stale, HANDS_POSE.name)).clip) == len(whole) - 1


def test_a_clip_that_shows_no_signing_is_refused() -> None:
    clip = body("wave")
    for part, words in ((RIGHT, "no hand is seen signing"), (HANDS_POSE.part("pose"), "both shoulders are hardly")):
        blind = landmarks(clip).copy()
        blind[:, part] = np.nan
        with pytest.raises(InputError, match=words):
            diagram(clip.with_landmarks(blind, HANDS_POSE.name))


def test_hands_have_palms_of_one_length_and_are_right_ones() -> None:
    still = hand_clip("B", np.random.default_rng(0), 0, frames=1)
    for flip in (False, True):
        points = landmarks(hand_diagram(still, flip=flip).clip)
        assert points.shape == (1, 42, 3)
        assert np.isnan(points[:, HANDS.part("left_hand")]).all()
        hand = points[0, HANDS.part("right_hand")]
        away = np.linalg.norm(np.nan_to_num(hand[[5, 9, 13, 17]] - hand[0]), axis=1)
        assert np.median(away) == pytest.approx(PALM, abs=0.01)
        assert ((hand[:, :2].min(axis=0) + hand[:, :2].max(axis=0)) / 2) == pytest.approx([0.5, 0.5], abs=0.001)


def test_candidates_of_nothing_are_none(moving: Bundle) -> None:
    assert candidates(Recognizer(moving), "A", [], lambda _, clip: diagram(clip)) == []


def test_a_file_holds_what_was_written_and_no_face(tmp_path: Path) -> None:
    clip = diagram(body("wave")).clip
    path = tmp_path / "signs.json"
    tutorials.write(path, file_of(clip))
    assert tutorials.read(path) == file_of(clip)
    read = landmarks(tutorials.clip_of(tutorials.read(path).tutorials[0], "hands_pose", 1.0))
    kept = [HANDS_POSE.index[name] for name in tutorials.BODY] + list(range(RIGHT.start, RIGHT.stop))
    assert np.nanmax(np.abs(read[:, kept] - landmarks(clip)[:, kept])) <= 1 / 16000 + 1e-7
    others = [i for i in range(len(HANDS_POSE)) if i not in kept]
    assert np.isnan(read[:, others]).all()
    assert not any(word in name for name in tutorials.BODY for word in ("eye", "ear", "mouth"))


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        del raw["tutorials"][0][key]

    return change


def _set(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        raw["tutorials"][0][key] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without("credit"), "credit: Field required"),
        (_set("colour", "red"), "colour: Extra inputs"),
        (_set("points", "AAAA"), "no (T, 30, 3) int16 numbers"),
        (_set("points", "?"), "no (T, 30, 3) int16 numbers"),
        (_set("rate", 0.0), "frames at 0.0 a second"),
        (_set("link", "http://example.org"), "link"),
        (_set("link", "javascript:alert(1)"), "link"),
        (_set("video", "../../secret.mp4"), "video"),
        (_set("credit", {"made": "stolen", "source": "x", "licence": "x"}), "credit.made"),
        (lambda raw: raw["tutorials"].append(raw["tutorials"][0]), "a sign is listed twice"),
        (lambda raw: raw.update(schema_version=2), "schema version 2"),
        (lambda raw: raw.pop("left_out"), "left_out: Field required"),
        (lambda raw: raw.update(layout="hands"), "layout hands has no body"),
    ],
)
def test_what_is_off_in_a_file_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str) -> None:
    path = tmp_path / "signs.json"
    tutorials.write(path, file_of(diagram(body("wave")).clip))
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))
    with pytest.raises(InputError) as caught:
        tutorials.read(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_golden_file_reads_to_the_same_numbers_as_in_the_page() -> None:
    golden = json.loads((ROOT / "tests/golden/tutorials.json").read_text())
    file = Tutorials.model_validate(golden["file"])
    for one, expected in zip(file.tutorials, golden["expected"], strict=True):
        clip = tutorials.clip_of(one, file.layout, file.aspect)
        points = [[None if np.isnan(v) else float(v) for v in frame.ravel()] for frame in landmarks(clip)]
        assert points == expected["frames"]
        assert clip.times.tolist() == expected["times"]


@pytest.mark.parametrize("name", ["letters", "digits", "signs"])
def test_what_ships_shows_or_explains_every_sign_and_its_own_bundle_reads_it(name: str) -> None:
    if name not in bundles.shipped():
        pytest.skip(f"no {name} bundle is installed")
    recognizer, made = load(name), tutorials.read(tutorials.shipped()[name])
    glosses = [one.gloss for one in made.tutorials] + [entry.gloss for entry in made.left_out]
    known = set(recognizer.bundle.labels.glosses) - {recognizer.bundle.manifest.decision.none_gloss}
    assert sorted(glosses) == sorted(known)
    clips = [tutorials.clip_of(one, made.layout, made.aspect) for one in made.tutorials]
    for one, answer in zip(made.tutorials, recognizer.predict_batch(clips), strict=True):
        assert answer.best is not None
        assert (one.gloss, answer.best.gloss) == (one.gloss, one.gloss)
        assert answer.best.probability >= 0.85, one.gloss  # SURE, less what rounding to the file's steps takes


def test_what_ships_is_small_and_may_be_shown() -> None:
    assert sum(path.stat().st_size for path in tutorials.shipped().values()) < 600_000
    listed = yaml.safe_load((ROOT / "recipes/collections.yaml").read_text())
    for path in tutorials.shipped().values():
        for one in tutorials.read(path).tutorials:
            collection = listed[one.credit.source]
            assert collection["class"] == "ship"
            assert collection["licence"] == one.credit.licence


def test_the_app_serves_tutorials_with_a_person_s_own_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from deepsign.serve import app

    monkeypatch.setattr(app, "page_folder", lambda: ROOT / "web" / "public")
    client = TestClient(app.create_app())
    index = client.get("/tutorials/index.json")
    assert index.json() == sorted(tutorials.shipped())
    assert "default-src 'none'" in index.headers["Content-Security-Policy"]
    before = client.get("/tutorials/signs.json").json()
    assert before == tutorials.read(tutorials.shipped()["signs"]).model_dump()
    own = file_of(diagram(body("wave")).clip, gloss="good job")
    own = own.model_copy(update={"tutorials": [own.tutorials[0].model_copy(update={"video": "ours.mp4"})]})
    tutorials.write(tutorials.folder() / "signs.json", own)
    (tutorials.folder() / "videos").mkdir()
    for name in ("ours.mp4", "other.mp4"):
        (tutorials.folder() / "videos" / name).write_bytes(b"film")
    after = client.get("/tutorials/signs.json").json()
    assert after["tutorials"] == [*before["tutorials"], own.model_dump()["tutorials"][0]]
    assert "good job" not in [entry["gloss"] for entry in after["left_out"]]
    assert client.get("/tutorials/videos/ours.mp4").content == b"film"
    for missing in ("videos/other.mp4", "videos/..%2Fsigns.json", "nothing.json"):
        assert client.get(f"/tutorials/{missing}").status_code == 404
    (tutorials.folder() / "signs.json").write_text("{")
    assert client.get("/tutorials/signs.json").json() == before


def test_own_tutorials_that_do_not_fit_are_left_out_not_served(caplog: pytest.LogCaptureFixture) -> None:
    hands = hand_diagram(hand_clip("B", np.random.default_rng(0), 0)).clip
    shown = tutorials.pack(hands, "hello", ["right_hand"], None, CREDIT)
    odd = file_of(diagram(body("wave")).clip, layout="hands", tutorials=[shown])
    tutorials.write(tutorials.folder() / "signs.json", odd)
    assert tutorials.served()["signs"].tutorial("hello") == tutorials.read(tutorials.shipped()["signs"]).tutorial(
        "hello"
    )
    assert "can't join" in caplog.text


def import_tutorial(video: Path, *more: str) -> int:
    given = ["--gloss", "b", "--bundle", str(video.parent / "signs"), "--signer", "Ana", "--licence", "CC-BY-4.0"]
    return run(["data", "import-tutorial", str(video), *given, *more])


def test_a_video_that_may_be_shown_joins(
    tmp_path: Path, moving: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(videos, "open_clip", lambda *_, **__: body("wave", seconds=2))
    video = tmp_path / "b.mp4"
    video.write_bytes(b"film")
    assert import_tutorial(video, "--keep-video", "--link", "https://example.org/ana") == 0
    assert "shows b by Ana, CC-BY-4.0" in capsys.readouterr().out
    made = tutorials.served()[moving.name].tutorial("B")
    assert made is not None
    assert made.credit == Credit(made="video", source="Ana", licence="CC-BY-4.0")
    assert (made.link, made.video) == ("https://example.org/ana", "signs-B.mp4")
    kept = tutorials.video_of("signs-B.mp4")
    assert kept is not None
    assert kept.read_bytes() == b"film"
    assert import_tutorial(video) == 0  # again, without the video: it is replaced
    again = tutorials.served()[moving.name].tutorial("B")
    assert again is not None
    assert (again.link, again.video) == (None, None)


@pytest.mark.usefixtures("moving")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--gloss", "C"], "C: "),
        (["--gloss", "none"], "has no such sign"),
        (["--signer", " "], "--signer is empty"),
        (["--licence", ""], "--licence is empty"),
        (["--link", "http://example.org"], "must be an https address"),
        (["--keep-video"], "browsers don't play it"),
    ],
)
def test_a_video_without_what_it_needs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    video = tmp_path / "b.avi"
    given = {"--gloss": "B", "--bundle": str(tmp_path / "signs"), "--signer": "Ana", "--licence": "CC0-1.0"}
    given |= dict(zip(more[::2], more[1::2], strict=False))
    flags = more if len(more) % 2 else []
    assert run(["data", "import-tutorial", str(video), *(word for pair in given.items() for word in pair), *flags]) == 1
    assert words in capsys.readouterr().err
    assert tutorials.own() == {}


def test_a_video_that_is_no_one_sign_is_refused(
    tmp_path: Path, moving: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for clip, words in (
        (body("wave", fps=5, seconds=20), "lasts 20 s; cut it to the one sign"),
        (body("wave").with_landmarks(np.full_like(landmarks(body("wave")), np.nan), "hands_pose"), "no hand is seen"),
    ):
        monkeypatch.setattr(videos, "open_clip", lambda *_, found=clip, **__: found)
        assert import_tutorial(tmp_path / "b.mp4") == 1
        assert words in capsys.readouterr().err


def test_a_photo_shows_a_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy_bundle(tmp_path / "signs", name="letters")
    monkeypatch.setattr(videos, "open_clip", lambda *_, **__: hand_clip("B", np.random.default_rng(0), 0, frames=1))
    assert import_tutorial(tmp_path / "b.jpg") == 0
    shown = tutorials.read(tutorials.own()["letters"]).tutorials[0]
    assert (shown.rate, shown.parts, shown.head) == (0, ["right_hand"], None)


def test_the_command_makes_a_file_and_sheets_to_look_at(
    tmp_path: Path, moving: Bundle, collections: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    plan, out, sheets = tmp_path / "plan.yaml", tmp_path / "out.json", tmp_path / "sheets"
    plan.write_text(yaml.safe_dump({"signs": PLAN.model_dump()}))
    given = ["--root", str(collections[0]), "--collections", str(collections[1]), "--plan", str(plan)]
    assert run(["data", "tutorials", str(moving.path), *given, "--out", str(out), "--sheet", str(sheets)]) == 0
    said = capsys.readouterr().out
    assert "B: 4 of 5 could teach it" in said
    assert f"A: left out: {NO_CLIP}" in said
    assert tutorials.read(out).tutorial("B") is not None
    assert [path.name for path in sheets.iterdir()] == ["signs-0.png"]
