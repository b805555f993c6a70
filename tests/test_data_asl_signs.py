"""Isolated Sign Language Recognition: listed, read as published, and converted into an archive that says the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepsign.cli import run
from deepsign.data import asl_signs_archive, manifest
from deepsign.data.asl_signs_archive import Converted, convert
from deepsign.data.asl_signs_list import listed as read_list
from deepsign.data.clip_archive import Archive
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Row, digest
from deepsign.data.readers import CORPORA
from deepsign.data.store import ClipStore
from deepsign.data.tables import open_table
from deepsign.perceive import read_landmarks
from deepsign.problems import InputError
from made_sequences import columns, corpus, listed, write

SIGNS = ["hello", "thankyou", "hello", "TV", "a", "hello", "TV"]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asl_signs_archive, "SHARD", 3)


def rows_of(root: Path, path: str = "set") -> tuple[list[Row], list[str]]:
    notes: list[str] = []
    return CORPORA["asl_signs"](root, path, "isl", "CC-BY-4.0", {}, notes.append), notes


def refused(call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as said:
        call(*args, **options)
    assert "\n" not in str(said.value)
    return str(said.value)


def files_of(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): digest(p) for p in folder.rglob("*") if p.is_file()}


# The list


def test_lines_become_sequences_and_a_repeated_line_counts_once(tmp_path: Path) -> None:
    listed(tmp_path, [("p/1.parquet", 7, 1, "TV"), ("p/2.parquet", 8, 2, "TV"), ("p/1.parquet", 7, 1, "TV")])
    found = read_list(tmp_path)
    assert [(s.path, s.participant, s.sequence, s.sign) for s in found] == [
        ("p/1.parquet", "7", "1", "TV"),
        ("p/2.parquet", "8", "2", "TV"),
    ]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("﻿sign,extra,sequence_id,path,participant_id\nTV,x,1,p/1.parquet,7\n", "utf-8")
    assert read_list(tmp_path)[0].participant == "7"


def test_a_list_that_is_off_is_refused(tmp_path: Path) -> None:
    assert "train.csv: is missing" in refused(read_list, tmp_path)
    for text, said in [
        ("path,sign\na,b\n", "lacks the columns participant_id, sequence_id"),
        ("path,participant_id,sequence_id,sign\n", "lists nothing"),
        ("path,participant_id,sequence_id,sign\na,1,2\n", "line 2 has not the 4 cells"),
        ("path,participant_id,sequence_id,sign\na,1,2,\n", "line 2 has an empty cell"),
        ("path,participant_id,sequence_id,sign\n../a,1,2,b\n", "leads out of"),
        ("path,participant_id,sequence_id,sign\n/a,1,2,b\n", "leads out of"),
        ("path,participant_id,sequence_id,sign\na,1,2,b\na,1,2,c\n", "listed twice, and not the same"),
    ]:
        (tmp_path / "train.csv").write_text(text, "utf-8")
        assert said in refused(read_list, tmp_path)


def test_a_sign_that_a_label_map_does_not_know_is_named(tmp_path: Path) -> None:
    listed(tmp_path, [("p/1.parquet", 7, 1, "TV"), ("p/2.parquet", 8, 2, "telly")])
    label_map = tmp_path / "sign_to_prediction_index_map.json"
    label_map.write_text('{"TV": 0, "telly": 1, "zebra": 2}')
    assert len(read_list(tmp_path)) == 2
    (tmp_path / "ord2sign.csv").write_text("sign_ord,sign\n0,TV\n1,zebra\n")
    assert "1 lines have a sign that ord2sign.csv doesn't know, first 'telly' (p/2.parquet)" in refused(
        read_list, tmp_path
    )
    (tmp_path / "ord2sign.csv").write_text("sign,ord\nTV,0\ntelly,1\n")
    assert len(read_list(tmp_path)) == 2
    for text, said in [('{"TV": 0, "telly": 2}', "from 0 on"), ('["TV"]', "whole number"), ("{", "JSON")]:
        label_map.write_text(text)
        assert said in refused(read_list, tmp_path)
    label_map.unlink()
    (tmp_path / "ord2sign.csv").write_text("sign,ord\nTV,one\n")
    assert "two columns" in refused(read_list, tmp_path)


# As published


def test_published_files_become_rows(tmp_path: Path) -> None:
    corpus(tmp_path / "set", SIGNS)
    rows, notes = rows_of(tmp_path)
    assert [(r.gloss, r.signer) for r in rows[:4]] == [
        ("hello", "isl/100"), ("thankyou", "isl/101"), ("hello", "isl/102"), ("TV", "isl/100"),
    ]  # fmt: skip
    assert rows[4].gloss == "A" and not notes and all(r.split == "" for r in rows)
    clip = ClipStore(tmp_path, "hands_pose").clip(rows[1])
    assert clip.landmarks is not None and clip.landmarks.shape == (3, 75, 3)


def test_missing_and_damaged_files_are_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "set", SIGNS)
    (folder / "train_landmark_files/101/5001.parquet").unlink()
    (folder / "train_landmark_files/100/5003.parquet").write_bytes(b"PAR1")
    rows, notes = rows_of(tmp_path)
    assert len(rows) == len(SIGNS) - 2
    assert any(
        "1 left out: listed, but the file is missing (the first: train_landmark_files/101/5001" in n for n in notes
    )
    assert any("1 left out: a landmark file that can't be read" in n for n in notes)


# Converted


def test_the_archive_holds_what_the_files_hold(tmp_path: Path, small_shards: None) -> None:
    folder = corpus(tmp_path / "set", SIGNS)
    seen: list[int] = []
    done = convert(folder, tmp_path / "out", jobs=1, on_done=seen.append)
    assert done == Converted(tmp_path / "out" / "index.npz", 7, 4, 3, 21, 0, ())
    assert sum(seen) == 7
    rows, notes = rows_of(tmp_path, "out")
    original, _ = rows_of(tmp_path)
    assert [(r.gloss, r.signer) for r in rows] == [(r.gloss, r.signer) for r in original]
    assert rows[6].path == "out/index.npz#6" and notes == [
        "an archive of 7 clips in 3 shards; fractions of the picture"
    ]
    store = ClipStore(tmp_path, "hands_pose")
    for row, first in zip(rows, original, strict=True):
        clip, wanted = store.clip(row), store.clip(first)
        # Half precision, on numbers below 1.
        np.testing.assert_allclose(clip.landmarks, wanted.landmarks, atol=0.00025)  # type: ignore[arg-type]
        np.testing.assert_array_equal(clip.times, wanted.times)
    manifest.write(rows, tmp_path / "m.csv")
    assert manifest.read(tmp_path / "m.csv").rows == tuple(sorted(rows))


def test_one_frame_of_a_clip_and_items_that_are_not_there(tmp_path: Path) -> None:
    convert(corpus(tmp_path / "set", SIGNS), tmp_path / "out", jobs=1)
    table = open_table(tmp_path / "out" / "index.npz")
    assert isinstance(table, Archive) and table.seen.all() and table.hand.all() and list(table.labels) == SIGNS
    whole, one = table.clip(2).landmarks, table.clip(2, 1).landmarks
    assert whole is not None and one is not None
    np.testing.assert_array_equal(one[0], whole[1])
    assert "7 items" in refused(table.clip, 7)
    assert "3 frames" in refused(table.clip, 2, 3)


def test_frames_stay_on_disk(tmp_path: Path) -> None:
    convert(corpus(tmp_path / "set", SIGNS), tmp_path / "out", jobs=1)
    table = open_table(tmp_path / "out" / "index.npz")
    assert isinstance(table, Archive)
    table.clip(0)
    assert isinstance(table._mapped[0][0], np.memmap) and not table.arrays.points.size


def test_processes_make_the_same_archive(tmp_path: Path, small_shards: None) -> None:
    folder = corpus(tmp_path / "set", SIGNS)
    convert(folder, tmp_path / "one", jobs=1)
    convert(folder, tmp_path / "two", jobs=2)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, small_shards: None, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, out = corpus(tmp_path / "set", SIGNS), tmp_path / "out"
    read: list[str] = []

    def stopped(path: Path, **options: Any) -> Any:
        read.append(path.stem)
        if len(read) == 5:
            raise KeyboardInterrupt
        return read_landmarks(path, **options)

    monkeypatch.setattr(asl_signs_archive, "read_landmarks", stopped)
    with pytest.raises(KeyboardInterrupt):
        convert(folder, out, jobs=1)
    assert (out / "shard-00000").is_dir() and not (out / "shard-00001").exists() and not (out / "index.npz").exists()
    read[:] = ["before"] * 5
    assert convert(folder, out, jobs=1).kept == 3
    assert read[5:] == ["5003", "5004", "5005", "5006"]
    convert(folder, tmp_path / "fresh", jobs=1)
    assert files_of(out) == files_of(tmp_path / "fresh")


def test_shards_that_do_not_fit_any_more_are_made_anew(tmp_path: Path, small_shards: None) -> None:
    folder, out = corpus(tmp_path / "set", SIGNS), tmp_path / "out"
    assert convert(folder, out, jobs=1, limit=4).clips == 4
    assert convert(folder, out, jobs=1).kept == 3  # the second shard was cut by the limit
    whole = files_of(out)
    frames = out / "shard-00001" / "frames.npy"
    frames.write_bytes(frames.read_bytes()[:-1] + b"\0")
    assert convert(folder, out, jobs=1).kept == 4
    assert files_of(out) == whole


def test_what_was_missing_is_looked_for_again(tmp_path: Path, small_shards: None) -> None:
    folder, out = corpus(tmp_path / "set", SIGNS), tmp_path / "out"
    gone = folder / "train_landmark_files/101/5001.parquet"
    gone.rename(tmp_path / "away")
    (folder / "train_landmark_files/100/5003.parquet").write_bytes(b"PAR1")
    done = convert(folder, out, jobs=1)
    assert done.clips == 5 and dict(done.left_out)["train_landmark_files/101/5001.parquet"] == "is missing"
    assert dict(done.left_out)["train_landmark_files/100/5003.parquet"].startswith("the parquet file is damaged")
    _, notes = rows_of(tmp_path, "out")
    assert any(
        "2 left out by the conversion (the first: train_landmark_files/101/5001.parquet: is missing)" in n
        for n in notes
    )
    assert convert(folder, out, jobs=1).kept == 5
    (tmp_path / "away").rename(gone)
    again = convert(folder, out, jobs=1)
    assert (again.clips, again.kept, len(again.left_out)) == (6, 3, 1)


def test_long_and_short_clips_and_one_without_a_hand(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write(folder / "a.parquet", columns(frames=1, parts=(("right_hand", 21),)))
    write(folder / "b.parquet", columns(frames=10_000, parts=(("right_hand", 21),)))
    write(folder / "c.parquet", columns(frames=2, parts=(("pose", 33),)))
    write(folder / "d.parquet", columns(frames=2, parts=(("face", 468),)))
    listed(folder, [(f"{name}.parquet", 1, i, "TV") for i, name in enumerate("abcd")])
    assert convert(folder, tmp_path / "out", jobs=1).frames == 10_005
    table = open_table(tmp_path / "out" / "index.npz")
    assert isinstance(table, Archive)
    assert [len(table.clip(i)) for i in range(4)] == [1, 10_000, 2, 2]
    assert list(table.hand) == [True, True, False, False] and list(table.seen) == [True, True, True, False]
    assert table.clip(1).times[-1] == pytest.approx(9999 / 30)
    rows, notes = rows_of(tmp_path, "out")
    assert len(rows) == 4 and "2 clips in which no hand is seen, kept (the first: 2)" in notes[1]


def test_a_changed_archive_is_refused(tmp_path: Path, small_shards: None) -> None:
    convert(corpus(tmp_path / "set", SIGNS), tmp_path / "out", jobs=1)
    rows, _ = rows_of(tmp_path, "out")
    frames = tmp_path / "out" / "shard-00001" / "frames.npy"
    frames.write_bytes(frames.read_bytes()[:-1] + b"\0")
    store = ClipStore(tmp_path, "hands_pose")
    store.clip(rows[0])
    assert "is damaged or of another archive" in refused(store.clip, rows[4])
    shutil.rmtree(tmp_path / "out" / "shard-00002")
    assert "can't be read" in refused(store.clip, rows[6])
    convert(tmp_path / "set", tmp_path / "out", jobs=1, limit=3)
    assert "changed since the manifest was written" in refused(ClipStore(tmp_path).clip, rows[0])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", np.array(2)),
        ("layout", np.array("hoofs")),
        ("shards", np.array(["../../elsewhere"])),
        ("start", np.arange(7) * 1000),
        ("length", np.zeros(7, dtype=np.int64)),
        ("shard", np.full(7, 3)),
        ("label", np.array(["a"])),
        ("more", np.array(1)),
    ],
)
def test_an_index_that_can_not_be_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    path = convert(corpus(tmp_path / "set", SIGNS), tmp_path / "out", jobs=1).index
    with np.load(path, allow_pickle=False) as file:
        arrays: dict[str, Any] = {name: file[name] for name in file.files}
    np.savez(path, **arrays | {key: value})
    assert "convert the corpus again" in refused(open_table, path)


def test_nothing_to_convert_and_nowhere_to_write(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "set", ["TV"])
    assert "must be 1 or more" in refused(convert, folder, tmp_path / "out", jobs=0)
    (tmp_path / "file").write_text("")
    assert "can't be written" in refused(convert, folder, tmp_path / "file" / "out", jobs=1)
    shutil.rmtree(folder / "train_landmark_files")
    said = refused(convert, folder, tmp_path / "out", jobs=1)
    assert "none of its 1 listed files can be read; train_landmark_files/100/5000.parquet: is missing" in said


def test_the_verb_converts_and_lists_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = corpus(tmp_path / "set", SIGNS)
    words = ["data", "convert", str(folder), "--out", str(tmp_path / "out"), "--jobs", "1"]
    assert run(words) == 0
    assert "7 clips of 4 signs by 3 people, 21 frames" in capsys.readouterr().out
    (folder / "train_landmark_files/101/5001.parquet").unlink()
    shutil.rmtree(tmp_path / "out")
    assert run([*words, "--limit", "2"]) == 1
    out, err = capsys.readouterr()
    assert "1 clips" in out and "1 left out: 1 missing, 0 that can't be read" in out
    assert "train_landmark_files/101/5001.parquet: is missing" in err


def test_a_list_of_collections_may_name_the_corpus_and_its_archive(tmp_path: Path) -> None:
    convert(corpus(tmp_path / "set", SIGNS), tmp_path / "out", jobs=1)
    entries = {
        name: {"path": path, "reader": "asl_signs", "licence": "CC-BY-4.0", "class": "ship", "task": "isolated"}
        for name, path in (("files", "set"), ("archive", "out"))
    }
    (tmp_path / "list.yaml").write_text(json.dumps(entries))
    found = import_collections(tmp_path / "list.yaml", tmp_path, tmp_path / "m.csv")
    assert not found.failed and len(found.rows) == 14


def test_the_published_slice_converts(shared_data: Path, tmp_path: Path) -> None:
    done = convert(shared_data / "motion" / "asl_signs", tmp_path / "out", jobs=1)
    assert (done.clips, done.signs, done.left_out) == (20, 2, ())
