"""Collections as people have them become rows; what is left out is said, and what is wrong is one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.clip import Clip
from deepsign.data.collections import Collection, fitting_reader, import_collections, import_one
from deepsign.data.manifest import Row, read
from deepsign.data.readers import CORPORA
from deepsign.data.store import ClipStore
from deepsign.data.tables import open_table
from deepsign.perceive import write_landmarks
from deepsign.problems import InputError


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)
    return path


def rows_of(reader: str, root: Path, path: str, **options: str) -> tuple[list[Row], list[str]]:
    notes: list[str] = []
    return CORPORA[reader](root, path, "mine", "CC0-1.0", options, notes.append), notes


def test_a_folder_s_hidden_and_other_files_are_left_out_and_counted(tmp_path: Path) -> None:
    photo(tmp_path / "set" / "a" / "1.png")
    for name in ("a/._1.png", ".cache/2.png", "a/notes.txt", "a/Thumbs.db"):
        file = tmp_path / "set" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    rows, notes = rows_of("image_folder", tmp_path, "set")
    assert [r.path for r in rows] == ["set/a/1.png"]
    assert notes == ["1 files left out: no photo or clip (.db)", "1 files left out: no photo or clip (.txt)"]


def test_extracted_landmarks_are_clips_of_their_folder_s_gloss(tmp_path: Path) -> None:
    clip = Clip.from_landmarks(np.random.default_rng(0).random((4, 42, 3)), "hands", fps=25.0)
    write_landmarks(clip, tmp_path / "set" / "hello" / "1.mp4.npz")
    rows, _ = rows_of("image_folder", tmp_path, "set")
    assert [(r.path, r.gloss, r.item) for r in rows] == [("set/hello/1.mp4.npz", "hello", None)]
    assert np.allclose(ClipStore(tmp_path, cache=tmp_path / "cache").clip(rows[0]).landmarks, clip.landmarks)


def test_signers_come_from_a_list_beside_the_folders(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/2.png"):
        photo(tmp_path / "set" / name)
    (tmp_path / "set" / "signers.csv").write_text("path,label,signer\na/1.png,a,ann\n", "utf-8")
    rows, _ = rows_of("image_folder", tmp_path, "set")
    assert [(r.gloss, r.signer) for r in rows] == [("A", "mine/ann"), ("B", "mine")]
    (listed,), _ = rows_of("signers_csv", tmp_path, "set")
    assert (listed.path, listed.gloss, listed.signer) == ("set/a/1.png", "A", "mine/ann")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na/1.png,a\n", "must have the columns path, label and signer, not path, label"),
        ("path,label,signer\na/1.png,a\n", "line 2: path, label and signer must not be empty"),
        ("path,label,signer\n../x.png,a,ann\n", "line 2: '../x.png' leads out of the folder"),
        ("path,label,signer\nb.png,a,ann\n", "line 2: b.png is not there"),
        ("path,label,signer\na/1.png,a,ann\na/1.png,b,ann\n", "line 3: a/1.png is listed twice"),
        ("path,label,signer\n" + "x,,\n" * 5, r"line 4: .* \(and 2 more\); correct"),
        ("path,label,signer\n", "nothing in it can be read"),
    ],
)
def test_a_bad_list_of_signers_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    photo(tmp_path / "set" / "a" / "1.png")
    (tmp_path / "set" / "signers.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=message) as said:
        rows_of("signers_csv", tmp_path, "set")
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("reader", "options", "message"),
    [
        ("image_folder", {"pattren": "x"}, "mine: unknown option 'pattren' for its reader; known: pattern"),
        ("image_folder", {"pattern": "("}, "option pattern is no regular expression"),
        ("image_folder", {"pattern": "x"}, "needs a group"),
        ("image_folder", {"pattern": "(?P<signer>nobody)"}, "nothing in it can be read"),
        ("landmark_table", {"suspect": "keep"}, "option suspect is 'keep'; it can only be drop"),
        ("landmark_table", {"glosses": "A"}, "names labels 0 to 0, but .* has '1'"),
    ],
)
def test_options_are_checked(tmp_path: Path, reader: str, options: dict[str, str], message: str) -> None:
    photo(tmp_path / "set" / "a" / "1.png")
    np.savez(tmp_path / "t.npz", landmarks=np.random.default_rng(0).random((2, 21, 3)), label=[0, 1])
    with pytest.raises(InputError, match=message):
        rows_of(reader, tmp_path, "t.npz" if reader == "landmark_table" else "set", **options)


def test_numbers_get_their_glosses_and_unseen_hands_are_left_out(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((4, 21, 3))
    points[2] = 0
    np.savez(tmp_path / "t.npz", landmarks=points, label=[0, 1, 1, 2])
    rows, notes = rows_of("landmark_table", tmp_path, "t.npz", glosses="a b HELLO")
    assert [(r.path, r.gloss) for r in rows] == [("t.npz#0", "A"), ("t.npz#1", "B"), ("t.npz#3", "HELLO")]
    assert notes[0].startswith("3-D, fractions of the picture")
    assert notes[1] == "1 items left out: no hand is seen in it"


def test_somebody_s_own_collection_needs_no_list(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", landmarks=np.random.default_rng(0).random((2, 21, 3)), label=["A", "B"])
    photo(tmp_path / "photos" / "A" / "1.png")
    for name, reader in (("own.npz", "landmark_table"), ("photos", "image_folder")):
        path = tmp_path / name
        assert fitting_reader(path) == reader
        own = Collection.model_validate(
            {"path": name, "reader": reader, "licence": "CC0-1.0", "class": "study", "task": "letters"}
        )
        found = import_one(path, tmp_path / "lists" / "m.csv", own)
        assert read(tmp_path / "lists" / "m.csv").rows == tuple(sorted(found.rows))
        assert found.rows[0].source == path.stem
    with pytest.raises(InputError, match="there is no such file or folder"):
        import_one(tmp_path / "gone", tmp_path / "m.csv", own)


def test_a_task_and_class_name_their_collections(tmp_path: Path) -> None:
    for name in ("one", "two"):
        photo(tmp_path / name / "A" / "1.png")
    entry = "{{path: {0}, reader: image_folder, licence: MIT, class: {1}, task: letters}}\n"
    listing = tmp_path / "list.yaml"
    listing.write_text("one: " + entry.format("one", "ship") + "two: " + entry.format("two", "study"), "utf-8")
    for name, source in (("letters-ship", "one"), ("letters-study", "two"), ("two", "two")):
        found = import_collections(listing, tmp_path, tmp_path / "m.csv", names=[name])
        assert [row.source for row in found.rows] == [source]
    with pytest.raises(InputError, match="no collection 'three'; known: one, two, letters-ship, letters-study"):
        import_collections(listing, tmp_path, tmp_path / "m.csv", names=["three"])


def test_the_same_people_in_two_collections_are_the_same_signers(tmp_path: Path) -> None:
    for name in ("ann_a.png", "ann_1.png"):
        photo(tmp_path / "set" / name)
    entry = "{{path: set, reader: image_folder, licence: MIT, class: ship, task: {0}, people: them, options: {1}}}\n"
    patterns = ('{pattern: "(?P<signer>ann)_(?P<gloss>[a-z])"}', '{pattern: "(?P<signer>ann)_(?P<gloss>[0-9])"}')
    listing = tmp_path / "list.yaml"
    entries = (f"{task}: {entry.format(task, p)}" for task, p in zip(("letters", "digits"), patterns, strict=True))
    listing.write_text("".join(entries), "utf-8")
    found = import_collections(listing, tmp_path, tmp_path / "m.csv")
    assert {(r.source, r.gloss, r.signer) for r in found.rows} == {
        ("letters", "A", "them/ann"),
        ("digits", "1", "them/ann"),
    }


def test_every_real_table_reads_and_gives_clips(shared_data: Path, tmp_path: Path) -> None:
    store = ClipStore(shared_data, "hands", tmp_path)
    tables = sorted(shared_data.rglob("*.npz"))
    assert len(tables) > 30
    for path in tables:
        table = open_table(path)
        assert table.seen.mean() > 0.99, path
        clip = store.clip(Row(f"{path.relative_to(shared_data)}#0", "x", "x", "", "x", "x", ""))
        assert clip.layout == "hands"
