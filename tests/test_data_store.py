"""Collections on disk become manifests, and rows become clips that are looked at only once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.clip import Clip
from deepsign.data.collections import import_collections
from deepsign.data.manifest import Row, digest, read
from deepsign.data.readers import CORPORA
from deepsign.data.store import ClipStore
from deepsign.problems import InputError
from toys import hand_clip


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the tracker, and counts what it is shown."""
    shown: list[Path] = []

    def look(self: ClipStore, path: Path) -> Clip:
        shown.append(path)
        with Image.open(path) as picture:
            seen = picture.getpixel((0, 0))[0] > 100
        return hand_clip([0.9 if seen else None])

    monkeypatch.setattr(ClipStore, "_see", look)
    return shown


def photo(path: Path, brightness: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), (brightness, 0, 0)).save(path)
    return path


def one(path: str, sha256: str = "") -> Row:
    return Row(path, "A", "ann", "", "MIT", "made", sha256)


def test_a_photo_is_looked_at_once_whatever_it_is_called(tmp_path: Path, looks: list[Path]) -> None:
    photo(tmp_path / "a.png", 200)
    (tmp_path / "copy.png").write_bytes((tmp_path / "a.png").read_bytes())
    for name in ("a.png", "copy.png", "a.png"):
        clip = ClipStore(tmp_path, "hand", tmp_path / "cache").clip(one(name))
        assert not np.isnan(clip.landmarks).any()
    assert len(looks) == 1


def test_a_photo_without_a_hand_is_a_clip_and_no_error(tmp_path: Path, looks: list[Path]) -> None:
    photo(tmp_path / "wall.png", 0)
    store = ClipStore(tmp_path, "hand", tmp_path / "cache")
    for _ in range(2):
        assert np.isnan(store.clip(one("wall.png")).landmarks).all()
    assert len(looks) == 1


def test_a_video_without_a_hand_is_remembered_with_its_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wall.mp4").write_bytes(b"a video of a wall")
    seen = Clip.from_landmarks(np.full((3, 21, 3), np.nan), "hand", times=[0.0, 0.1, 0.25], aspect=4 / 3)
    monkeypatch.setattr(ClipStore, "_see", lambda self, path: seen)
    store = ClipStore(tmp_path, "hand", tmp_path / "cache")
    store.clip(one("wall.mp4"))
    monkeypatch.delattr(ClipStore, "_see")
    again = store.clip(one("wall.mp4"))
    assert np.isnan(again.landmarks).all()
    assert (again.times.tolist(), again.aspect) == (seen.times.tolist(), seen.aspect)


def test_a_damaged_memory_is_looked_at_anew(tmp_path: Path, looks: list[Path]) -> None:
    photo(tmp_path / "a.png", 200)
    store = ClipStore(tmp_path, "hand", tmp_path / "cache")
    store.clip(one("a.png"))
    (kept,) = (tmp_path / "cache").rglob("*.npz")
    kept.write_bytes(b"cut")
    assert len(store.clip(one("a.png"))) == 1
    assert len(looks) == 2


def test_a_changed_photo_is_refused(tmp_path: Path, looks: list[Path]) -> None:
    photo(tmp_path / "a.png", 200)
    with pytest.raises(InputError, match=r"a\.png: changed since the manifest was written"):
        ClipStore(tmp_path, "hand", tmp_path / "cache").clip(one("a.png", "0" * 64))
    assert looks == []


def test_a_cache_that_can_not_be_written_is_one_line(tmp_path: Path, looks: list[Path]) -> None:
    (tmp_path / "cache").write_text("a file, where a folder should be")
    for brightness in (0, 200):
        photo(tmp_path / "a.png", brightness)
        with pytest.raises(InputError, match=r"cache.* can't be written .*something else is there already") as said:
            ClipStore(tmp_path, "hand", tmp_path / "cache").clip(one("a.png"))
        assert "\n" not in str(said.value)
    assert len(looks) == 2


def test_stores_share_a_cache_at_the_same_time(tmp_path: Path, looks: list[Path]) -> None:
    names = [photo(tmp_path / f"{n}.png", 91 + n).name for n in range(20)]
    stores = [ClipStore(tmp_path, "hand", tmp_path / "cache") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda store: [len(store.clip(one(name))) for name in names], stores))
    assert seen == [[1] * 20] * 4
    kept = [p.name for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert len(kept) == 20, kept
    assert 20 <= len(looks) <= 80
    looks.clear()
    for name in names:
        ClipStore(tmp_path, "hand", tmp_path / "cache").clip(one(name))
    assert looks == []


def test_a_changed_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.npz"
    np.savez(table, landmarks=np.random.default_rng(0).random((2, 21, 3)), label=["A", "B"])
    store = ClipStore(tmp_path, "hands", tmp_path / "cache")
    assert len(store.clip(one("t.npz#1", digest(table)))) == 1
    with pytest.raises(InputError, match=r"t\.npz: changed since the manifest was written"):
        store.clip(one("t.npz#1", "0" * 64))


def test_a_clip_that_lacks_the_layout_s_points_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", frames=np.ones((2, 126)), offsets=[0, 2], label=["A"])
    with pytest.raises(InputError, match=r"c\.npz#0: landmarks of layout hands can't be read as hand"):
        ClipStore(tmp_path, "hand", tmp_path / "cache").clip(one("c.npz#0"))


def test_folders_of_photos_name_gloss_split_and_signer(tmp_path: Path) -> None:
    photo(tmp_path / "set" / "train" / "a" / "1.png", 1)
    photo(tmp_path / "set" / "valid" / "B" / "2.png", 2)
    rows = CORPORA["image_folder"](tmp_path, "set", "mine", "CC0-1.0", {})
    assert [(r.path, r.gloss, r.split, r.signer) for r in rows] == [
        ("set/train/a/1.png", "A", "train", "mine"),
        ("set/valid/B/2.png", "B", "validation", "mine"),
    ]
    photo(tmp_path / "named" / "hand3_k_left.png", 3)
    photo(tmp_path / "named" / "hand3_7_left.png", 3)
    pattern = {"pattern": r"^(?P<signer>hand\d+)_(?P<gloss>[a-z])_"}
    (row,) = CORPORA["image_folder"](tmp_path, "named", "mine", "CC0-1.0", pattern)
    assert (row.gloss, row.signer) == ("K", "mine/hand3")


def test_a_table_keeps_its_licences_and_drops_what_it_doubts(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((4, 21, 3), dtype=np.float32)
    np.savez(
        tmp_path / "t.npz",
        landmarks=points,
        label=["A", "b", "C", "D"],
        signer=["x", "x", "y", "y"],
        licence=["MIT", "", "MIT", "MIT"],
        suspect=[False, False, True, False],
    )
    rows = CORPORA["landmark_table"](tmp_path, "t.npz", "many", "?", {"licence": "MIT", "suspect": "drop"})
    assert [(r.path, r.gloss, r.signer) for r in rows] == [("t.npz#0", "A", "many/x"), ("t.npz#3", "D", "many/y")]
    (row,) = CORPORA["landmark_table"](tmp_path, "t.npz", "many", "?", {"licence": "unstated", "source": "signer"})
    assert (row.gloss, row.source) == ("B", "many/x")


def test_rest_frames_come_from_both_ends_of_a_clip(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).random((24, 126), dtype=np.float32)
    frames[:3] = 0
    np.savez(tmp_path / "c.npz", frames=frames, offsets=[0, 24], label=["hello"], signer=[7])
    rows = CORPORA["rest_frames"](tmp_path, "c.npz", "rest", "CC-BY-4.0", {})
    assert {r.gloss for r in rows} == {"none"}
    assert [r.frame for r in rows] == [3, 5, 21, 23]
    assert len(ClipStore(tmp_path, "hands", tmp_path / "cache").clip(rows[0])) == 1


def test_an_import_lists_what_failed_and_writes_the_rest(tmp_path: Path) -> None:
    photo(tmp_path / "data" / "good" / "A" / "1.png", 1)
    listing = tmp_path / "list.yaml"
    listing.write_text(
        "good: {path: good, reader: image_folder, licence: MIT, class: ship, task: letters}\n"
        "gone: {path: gone.npz, reader: landmark_table, licence: MIT, class: ship, task: letters}\n"
        "other: {path: good, reader: image_folder, licence: unstated, class: study, task: letters}\n",
        "utf-8",
    )
    found = import_collections(listing, tmp_path / "data", tmp_path / "m.csv", "letters", "ship")
    assert found.counts() == [("good", 1, 1)]
    assert [name for name, _ in found.failed] == ["gone"]
    assert read(tmp_path / "m.csv", tmp_path / "data").rows == found.rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "must map each collection's name"),
        ("x: {path: p, reader: magic, licence: MIT, class: ship, task: t}\n", "no reader 'magic'; known: image_folder"),
        ("x: {path: p, reader: image_folder, licence: MIT, class: secret, task: t}\n", "x: class"),
        ("x: {path: p\n", "is no YAML"),
    ],
)
def test_a_bad_list_is_named(tmp_path: Path, text: str, message: str) -> None:
    listing = tmp_path / "list.yaml"
    listing.write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"list\.yaml: .*{message}"):
        import_collections(listing, tmp_path, tmp_path / "m.csv")


def test_every_real_collection_reads(shared_data: Path, tmp_path: Path) -> None:
    listing = Path(__file__).parents[1] / "recipes" / "collections.yaml"
    found = import_collections(listing, shared_data, tmp_path / "all.csv")
    assert found.failed == ()
    assert {source for source, _, _ in found.counts()} > {"borisgraudt", "digits", "massey_letters", "asl_signs_rest"}
