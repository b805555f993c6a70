"""Published corpora, each in its own layout, become rows: made small here, with what real copies get wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepsign.clip import Clip
from deepsign.data import manifest
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Row, digest
from deepsign.data.readers import CORPORA
from deepsign.data.readers.lsa64 import GLOSSES
from deepsign.data.splits import check
from deepsign.data.store import ClipStore
from deepsign.perceive import write_landmarks
from deepsign.problems import InputError
from made_hands import clip as made_clip


def video(path: Path) -> Path:
    """Readers don't decode videos, so a few bytes stand for one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.as_posix().encode())
    return path


def landmarks(path: Path, seen: bool = True) -> Path:
    points = np.random.default_rng(0).random((3, 42, 3)) if seen else np.full((3, 42, 3), np.nan)
    write_landmarks(Clip.from_landmarks(points, "hands", fps=25.0), path)
    return path


def rows_of(reader: str, root: Path, **options: str) -> tuple[list[Row], list[str]]:
    notes: list[str] = []
    return CORPORA[reader](root, "set", "mine", "CC0-1.0", options, notes.append), notes


def refused(reader: str, root: Path, **options: str) -> str:
    with pytest.raises(InputError) as said:
        rows_of(reader, root, **options)
    assert "\n" not in str(said.value)
    return str(said.value)


def short(rows: list[Row]) -> list[tuple[str, str, str, str]]:
    return [(r.path.removeprefix("set/"), r.gloss, r.signer, r.split) for r in rows]


# clip_folder, landmark_arrays


def test_clips_lie_in_folders_named_by_gloss(tmp_path: Path) -> None:
    video(tmp_path / "set" / "hello" / "ana_1.mp4")
    landmarks(tmp_path / "set" / "hello" / "ben_1.webm.npz")
    video(tmp_path / "set" / "a" / "ana_2.MOV")
    video(tmp_path / "set" / "a" / ".cache" / "x.mp4")
    (tmp_path / "set" / "readme.txt").write_text("x")
    rows, notes = rows_of("clip_folder", tmp_path, pattern="^(?P<signer>[a-z]+)_")
    assert short(rows) == [
        ("a/ana_2.MOV", "A", "mine/ana", ""),
        ("hello/ana_1.mp4", "hello", "mine/ana", ""),
        ("hello/ben_1.webm.npz", "hello", "mine/ben", ""),
    ]
    assert {(r.licence, r.source) for r in rows} == {("CC0-1.0", "mine")}
    assert rows[0].sha256 == digest(tmp_path / rows[0].path)
    assert notes == [f"1 left out: no clip (.txt) (the first: {tmp_path / 'set' / 'readme.txt'})"]


def test_a_video_beside_its_landmarks_is_one_recording(tmp_path: Path) -> None:
    video(tmp_path / "set" / "hello" / "1.mp4")
    landmarks(tmp_path / "set" / "hello" / "1.mp4.npz")
    rows, notes = rows_of("clip_folder", tmp_path)
    assert [r.path for r in rows] == ["set/hello/1.mp4.npz"]
    assert any(n.startswith("1 left out: a video whose landmarks lie beside it") for n in notes)
    assert any(n.startswith("signers are not named") for n in notes)


def test_a_clip_without_a_hand_stays_and_a_damaged_one_goes(tmp_path: Path) -> None:
    landmarks(tmp_path / "set" / "hello" / "good.npz")
    wall = landmarks(tmp_path / "set" / "hello" / "wall.npz", seen=False)
    (tmp_path / "set" / "hello" / "cut.npz").write_bytes(b"PK\x03\x04cut")
    rows, notes = rows_of("landmark_arrays", tmp_path)
    assert [Path(r.path).name for r in rows] == ["good.npz", "wall.npz"]
    assert notes[0].startswith("1 left out: a landmark file that can't be read") and "cut.npz" in notes[0]
    assert notes[1] == f"1 clips in which no hand is seen, kept (the first: {wall})"
    clip = ClipStore(tmp_path, "hands", tmp_path / "cache").clip(rows[1])
    assert len(clip) == 3 and np.isnan(clip.landmarks).all()


def test_landmark_arrays_takes_no_videos(tmp_path: Path) -> None:
    video(tmp_path / "set" / "hello" / "1.mp4")
    assert "no clip (.mp4)" in refused("landmark_arrays", tmp_path)


@pytest.mark.parametrize("place", ["1.mp4", "train/1.mp4", "hello/deep/1.mp4", "train/hello/deep/1.mp4"])
def test_a_clip_at_another_depth_is_refused(tmp_path: Path, place: str) -> None:
    path = video(tmp_path / "set" / place)
    assert refused("clip_folder", tmp_path).startswith(f"{path}: must lie in <gloss>/")


def test_split_folders_that_share_a_signer_are_told(tmp_path: Path) -> None:
    for name in ("train/hello/ana_1.mp4", "val/hello/ana_2.mp4", "test/hello/ben_1.mp4"):
        video(tmp_path / "set" / name)
    rows, notes = rows_of("clip_folder", tmp_path, pattern="(?P<signer>ana|ben)")
    assert [r.split for r in rows] == ["test", "train", "validation"]
    assert notes == [
        "the corpus's own split is not signer-disjoint: 1 of 2 signers are in more than one part (mine/ana, say); "
        "for honest figures: deepsign data split"
    ]


def test_clip_folder_says_what_is_wrong(tmp_path: Path) -> None:
    assert "is no folder" in refused("clip_folder", tmp_path)
    video(tmp_path / "set" / "hello" / "1.mp4")
    assert "unknown option 'first'" in refused("clip_folder", tmp_path, first="1")
    assert "folders name the gloss" in refused("clip_folder", tmp_path, pattern="(?P<gloss>.)(?P<signer>.)")
    assert "doesn't fit the pattern" in refused("clip_folder", tmp_path, pattern="(?P<signer>ana)")


# lsa64


def test_lsa64_is_told_by_its_names(tmp_path: Path) -> None:
    assert len(set(GLOSSES)) == 64
    for name in ("001_002_003", "064_010_005", "065_001_001", "000_001_001", "intro"):
        video(tmp_path / "set" / "all" / f"{name}.mp4")
    landmarks(tmp_path / "set" / "all" / "022_001_001.mp4.npz")
    rows, notes = rows_of("lsa64", tmp_path)
    assert short(rows) == [
        ("all/001_002_003.mp4", "Opaque", "mine/002", ""),
        ("all/022_001_001.mp4.npz", "Water", "mine/001", ""),
        ("all/064_010_005.mp4", "Find", "mine/010", ""),
    ]
    assert "aed" in notes[0]
    assert [n.split(" (the first")[0] for n in notes[1:]] == [
        "2 left out: no sign of that number; there are 64",
        "1 left out: the name is not sign_subject_repetition (001_002_003)",
    ]


# wlasl


def instance(video_id: str, **changes: Any) -> dict[str, Any]:
    known = {"split": "train", "signer_id": 7, "frame_start": 1, "frame_end": -1, "bbox": [0, 0, 9, 9], "source": "x"}
    return {"video_id": video_id, **known, **changes}


def wlasl_list(root: Path, *entries: Any) -> None:
    (root / "set").mkdir(exist_ok=True)
    (root / "set" / "WLASL_v0.3.json").write_text(json.dumps(list(entries)), "utf-8")


def test_wlasl_reads_what_is_there_and_counts_what_is_gone(tmp_path: Path) -> None:
    wlasl_list(
        tmp_path,
        {"gloss": "book", "instances": [instance("1"), instance("2", split="val", frame_start=9, frame_end=50)]},
        {
            "gloss": "drink",
            "instances": [instance("3", split="test", signer_id=8, frame_start=40), instance("4"), instance("5")],
        },
        {"gloss": "go", "instances": [instance("6")]},
    )
    for name in ("1", "3", "6"):
        video(tmp_path / "set" / "videos" / f"{name}.mp4")
    landmarks(tmp_path / "set" / "videos" / "2.mp4.npz")
    rows, notes = rows_of("wlasl", tmp_path, first="2")
    assert short(rows) == [
        ("videos/1.mp4", "book", "mine/7", "train"),
        ("videos/2.mp4.npz", "book", "mine/7", "validation"),
        ("videos/3.mp4", "drink", "mine/8", "test"),
    ]
    assert notes[0].startswith("2 instances are a piece (frame_start, frame_end) of a longer video")
    assert notes[1] == "2 left out: listed, but not in videos/ (the first: 4.mp4)"
    assert notes[2].startswith("the corpus's own split is not signer-disjoint: 1 of 2 signers")
    assert len(rows_of("wlasl", tmp_path)[0]) == 4


def test_a_list_of_collections_names_a_corpus_and_its_options(tmp_path: Path) -> None:
    words = ("book", "drink")
    wlasl_list(tmp_path, *({"gloss": word, "instances": [instance(word)]} for word in words))
    for word in words:
        video(tmp_path / "set" / "videos" / f"{word}.mp4")
    listing = tmp_path / "list.yaml"
    entry = "{path: set, reader: wlasl, licence: unstated, class: study, task: isolated, options: {first: 1}}"
    listing.write_text(f"wlasl1: {entry}\n", "utf-8")
    found = import_collections(listing, tmp_path, tmp_path / "m.csv")
    assert found.failed == () and [row.gloss for row in found.rows] == ["book"]
    assert manifest.read(tmp_path / "m.csv").rows == found.rows


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "must be a list of glosses"),
        ([{"instances": []}], "entry 0 has no gloss"),
        ([{"gloss": "book"}], r"entry 0 \(book\) has no list of instances"),
        ([{"gloss": "book", "instances": [3]}], "book, instance 0: must be an object"),
        ([{"gloss": "book", "instances": [instance("1", signer_id=None)]}], "signer_id is None, not a int"),
        ([{"gloss": "book", "instances": [instance("1", split="dev")]}], "split 'dev' is none of train, val, test"),
        ([{"gloss": "book", "instances": [instance("1"), instance("1")]}], "instance 1: video 1 is listed twice"),
        ([{"gloss": "book", "instances": [instance("../1")]}], "'../1.mp4' is no plain file name"),
        ([{"gloss": "book", "instances": [instance("1")]}], "no clip in it can be used: listed, but not in videos/"),
    ],
)
def test_a_wlasl_list_that_is_off_is_one_line(tmp_path: Path, entries: list[Any], message: str) -> None:
    wlasl_list(tmp_path, *entries)
    with pytest.raises(InputError, match=message):
        rows_of("wlasl", tmp_path)


def test_wlasl_s_list_and_option_are_checked(tmp_path: Path) -> None:
    assert "WLASL_v0.3.json: can't be read" in refused("wlasl", tmp_path)
    wlasl_list(tmp_path, {"gloss": "book", "instances": [instance("1")]})
    for first in ("0", "2", "ten", "-1"):
        assert f"option first is '{first}'; it must be 1 to 1" in refused("wlasl", tmp_path, first=first)
    (tmp_path / "set" / "WLASL_v0.3.json").write_text("[{", "utf-8")
    assert "is no JSON" in refused("wlasl", tmp_path)


# asl_citizen

COLUMNS = ["Participant ID", "Video file", "Gloss", "ASL-LEX Code"]


def citizen_list(root: Path, name: str, *lines: list[str], columns: list[str] = COLUMNS) -> None:
    path = root / "set" / "splits" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([columns, *lines])


def test_asl_citizen_keeps_its_split(tmp_path: Path) -> None:
    citizen_list(tmp_path, "train", ["P1", "1-DOG.mp4", "DOG", "C_1"], ["P1", "2-CAT.mp4", "CAT ", "C_2"])
    citizen_list(tmp_path, "val", ["P2", "3-DOG.mp4", "DOG", "C_1"])
    citizen_list(tmp_path, "test", ["P3", "4-DOG.mp4", "DOG", ""], ["P3", "5-DOG.mp4", "DOG", "C_1"])
    for name in ("1-DOG", "2-CAT", "3-DOG", "4-DOG"):
        video(tmp_path / "set" / "videos" / f"{name}.mp4")
    rows, notes = rows_of("asl_citizen", tmp_path)
    assert short(rows) == [
        ("videos/1-DOG.mp4", "DOG", "mine/P1", "train"),
        ("videos/2-CAT.mp4", "CAT", "mine/P1", "train"),
        ("videos/3-DOG.mp4", "DOG", "mine/P2", "validation"),
        ("videos/4-DOG.mp4", "DOG", "mine/P3", "test"),
    ]
    assert notes == ["1 left out: listed, but not in videos/ (the first: 5-DOG.mp4)"]


@pytest.mark.parametrize(
    ("lines", "columns", "message"),
    [
        ([], COLUMNS[:3], "must have the columns Participant ID, Video file, Gloss, ASL-LEX Code, not Participant ID"),
        ([["P1", "", "DOG", "C"]], COLUMNS, "line 2: participant, video and gloss must be there"),
        ([["P1", "1.mp4", "DOG", "C", "more"]], COLUMNS, "line 2: .* nothing more"),
        ([["P1", "1.mp4", "DOG", "C"]] * 2, COLUMNS, "line 3: 1.mp4 is listed already, in train.csv"),
        ([["P1", "../1.mp4", "DOG", "C"]], COLUMNS, "is no plain file name"),
    ],
)
def test_an_asl_citizen_list_that_is_off_is_one_line(
    tmp_path: Path, lines: list[list[str]], columns: list[str], message: str
) -> None:
    assert "train.csv: can't be read" in refused("asl_citizen", tmp_path)
    citizen_list(tmp_path, "train", *lines, columns=columns)
    with pytest.raises(InputError, match=message):
        rows_of("asl_citizen", tmp_path)


# popsign


def test_popsign_s_names_begin_with_the_signer(tmp_path: Path) -> None:
    name = "{}-table-2022_12_27_09_26_53.197-0.mp4"
    for place, signer in (("game/train", "4a.7003"), ("game/val", "4a.7004"), ("non-game/test", "4a.7005")):
        video(tmp_path / "set" / place / "table" / name.format(signer))
    video(tmp_path / "set" / "game" / "train" / "table" / "copy.mp4")
    rows, notes = rows_of("popsign", tmp_path)
    assert [(r.gloss, r.signer, r.split) for r in rows] == [
        ("table", "mine/4a.7003", "train"),
        ("table", "mine/4a.7004", "validation"),
        ("table", "mine/4a.7005", "test"),
    ]
    assert len(notes) == 1 and notes[0].startswith("1 left out: the name is not signer-sign-time-take")
    stray = video(tmp_path / "set" / "train" / "4a.1-x-2022_12_27_09_26_53.197-0.mp4")
    assert refused("popsign", tmp_path).startswith(f"{stray}: must lie in <train, val or test>/<sign>/")


# mp_data


def frames(folder: Path, gloss: str, seed: int, numbers: int = 258, count: int = 5) -> Clip:
    """A made clip as numbered frames, the way the tutorial writes them; gives the clip."""
    made = made_clip(gloss, np.random.default_rng(seed), person=seed, frames=count)
    assert made.landmarks is not None
    left, right = (np.nan_to_num(made.landmarks[:, part]).reshape(count, 63) for part in (slice(21), slice(21, 42)))
    pose = np.tile([0.5, 0.3, -0.1, 0.9], (count, 33))
    face = np.full((count, 1404), 0.7)
    parts = {126: [left, right], 258: [pose, left, right], 1662: [pose, face, left, right]}[numbers]
    folder.mkdir(parents=True, exist_ok=True)
    for number, values in enumerate(np.concatenate(parts, axis=1)):
        np.save(folder / f"{number}.npy", values)
    return made


@pytest.mark.parametrize("numbers", [126, 258, 1662])
def test_a_sequence_folder_is_one_clip(tmp_path: Path, numbers: int) -> None:
    made = frames(tmp_path / "set" / "hello" / "0", "B", seed=1, numbers=numbers, count=12)
    (row,), _ = rows_of("mp_data", tmp_path)
    assert (row.path, row.gloss, row.signer) == ("set/hello/0", "hello", "mine")
    clip = ClipStore(tmp_path, "hands", tmp_path / "cache").clip(row)
    np.testing.assert_allclose(clip.landmarks, made.landmarks, atol=1e-6)
    assert np.isnan(clip.landmarks[:, :21]).all()
    assert clip.times == pytest.approx(np.arange(12) / 20)
    if numbers > 126:
        body = ClipStore(tmp_path, "hands_pose", tmp_path / "cache").clip(row).landmarks
        assert body[:, 21:54] == pytest.approx(np.tile([0.5, 0.3, -0.1], (12, 33, 1)))


def test_a_sequence_that_changed_is_refused_and_a_lost_frame_leaves_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "hello" / "0"
    frames(folder, "B", seed=1)
    (folder / "2.npy").unlink()
    (row,), _ = rows_of("mp_data", tmp_path)
    store = ClipStore(tmp_path, "hands", tmp_path / "cache")
    assert store.clip(row).times == pytest.approx([0, 0.05, 0.15, 0.2])
    (folder / "4.npy").rename(folder / "5.npy")
    with pytest.raises(InputError, match="changed since the manifest was written"):
        store.clip(row)


def test_bad_sequences_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    words = tmp_path / "set" / "hello"
    for sequence in range(8):
        frames(words / str(sequence), "B", seed=sequence)
    (words / "1" / "3.npy").write_bytes(b"\x93NUMPY cut")
    np.save(words / "2" / "3.npy", np.zeros(126))
    np.save(words / "3" / "3.npy", np.array([{"a": 1}]), allow_pickle=True)
    for file in (words / "4").iterdir():
        file.unlink()
    for file in (words / "5").iterdir():
        np.save(file, np.zeros(258))
    np.save(words / "6" / "0.npy", np.full(258, np.inf))
    np.save(words / "7" / "0.npy", np.full(258, 300.0))
    (words / "notes.txt").write_text("x")
    rows, notes = rows_of("mp_data", tmp_path)
    assert [r.path for r in rows] == ["set/hello/0", "set/hello/5"]
    assert any(n.startswith("6 left out: a sequence that can't be read") and "1/3.npy" in n for n in notes)
    assert any(n.startswith("1 left out: a file where only folders belong") for n in notes)
    assert any(n.startswith("1 clips in which no hand is seen, kept") for n in notes)
    assert np.isnan(ClipStore(tmp_path, "hands", tmp_path / "cache").clip(rows[1]).landmarks).all()


def test_an_mp_data_tree_of_another_depth_is_refused(tmp_path: Path) -> None:
    assert "is no folder" in refused("mp_data", tmp_path)
    frames(tmp_path / "set" / "0", "B", seed=1)
    assert "the layout is <word>/<sequence>/<frame>.npy" in refused("mp_data", tmp_path)


def test_a_manifest_of_sequences_is_written_read_and_checked(tmp_path: Path) -> None:
    for sequence in range(2):
        frames(tmp_path / "set" / "hello" / str(sequence), "B", seed=1)
    rows, _ = rows_of("mp_data", tmp_path)
    parts = [
        Row(r.path, r.gloss, f"p{i}", split, "", "mine", "")
        for i, (r, split) in enumerate(zip(rows, ("train", "test"), strict=True))
    ]
    manifest.write(parts, tmp_path / "m.csv")
    with pytest.raises(InputError, match="nearly the same hand"):
        check(manifest.read(tmp_path / "m.csv"))
