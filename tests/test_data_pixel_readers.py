"""Published corpora of pictures, each in its own layout, become rows whose pixels can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepsign.data import manifest
from deepsign.data.collections import fitting_reader, import_collections
from deepsign.data.manifest import Row
from deepsign.data.pixels import PixelStore
from deepsign.data.readers import CORPORA
from deepsign.data.store import ClipStore
from deepsign.problems import InputError
from made_videos import write_frames, write_video

HEADER = "label," + ",".join(f"pixel{i}" for i in range(1, 785))


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


def write_lines(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def line(label: int, level: int, count: int = 784) -> str:
    return ",".join([str(label), *[str(level)] * count])


# sign_mnist


@pytest.mark.parametrize("header", [[HEADER], ['"label",' + HEADER[6:]], []])
def test_sign_mnist_with_its_header_or_without(tmp_path: Path, header: list[str]) -> None:
    write_lines(tmp_path / "set" / "sign_mnist_train.csv", *header, line(0, 10), line(24, 20))
    write_lines(tmp_path / "set" / "sign_mnist_test" / "sign_mnist_test.csv", *header, line(10, 30))
    rows, _ = rows_of("sign_mnist", tmp_path)
    assert short(rows) == [
        ("sign_mnist_train.csv#0", "A", "mine", "train"),
        ("sign_mnist_train.csv#1", "Y", "mine", "train"),
        ("sign_mnist_test/sign_mnist_test.csv#0", "K", "mine", "test"),
    ]
    store = PixelStore(tmp_path, tmp_path / "cache", size=28)
    assert [int(store.read(r)[0].mean()) for r in rows] == [10, 20, 30]
    assert store.read(rows[0])[0].shape == (28, 28, 3)
    assert PixelStore(tmp_path, tmp_path / "cache", size=56, frames=2).read(rows[0])[1] == 1
    assert store.prefetch(rows, workers=0).ready == 3
    manifest.write(rows, tmp_path / "all.csv", tmp_path)
    assert manifest.read(tmp_path / "all.csv").rows == tuple(sorted(rows))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEADER, line(0, 1), line(1, 1, 783)], r"line 3 has 783 pixels, not 784"),
        ([line(0, 1, 783)], r"line 1 has 783 pixels"),
        ([HEADER, line(9, 1)], r"line 2 has the label 9, which would be J"),
        ([line(0, 1), line(25, 1)], r"line 2 has the label 25, which would be Z"),
        ([line(26, 1)], r"line 1 has the label 26; labels are 0 to 24"),
        ([line(0, 256)], r"line 1 has a pixel outside 0 to 255"),
        ([line(0, 1).replace(",1", ",x", 1)], r"no whole number"),
        ([HEADER], r"holds no rows"),
        (["a,b"], r"the header begins with 'a'"),
    ],
)
def test_sign_mnist_that_is_off_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    write_lines(tmp_path / "set" / "sign_mnist_train.csv", *lines)
    with pytest.raises(InputError, match=r"sign_mnist_train\.csv: .*" + said):
        rows_of("sign_mnist", tmp_path)


def test_sign_mnist_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    assert "holds neither sign_mnist_train.csv nor sign_mnist_test.csv" in refused("sign_mnist", tmp_path)


def test_real_rows_of_sign_mnist(shared_data: Path, tmp_path: Path) -> None:
    rows = CORPORA["sign_mnist"](shared_data, "images/sign_mnist_scrap", "scrap", "CC0-1.0", {})
    assert (len(rows), sum(r.split == "test" for r in rows)) == (199, 11)
    assert rows[0].gloss == "D"
    store = PixelStore(shared_data, tmp_path, size=28)
    assert store.read(rows[0])[0][0, :3, 0].tolist() == [107, 118, 127]


# arrays


def arrays_at(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "X.npy", x)
    np.save(folder / "Y.npy", y)


def shades(count: int, dtype: str = "uint8", unit: float = 1) -> np.ndarray:
    return (np.ones((count, 128, 128, 3)) * np.arange(count)[:, None, None, None] * 50 * unit).astype(dtype)


@pytest.mark.parametrize(("dtype", "unit"), [("uint8", 1), ("float32", 1 / 255), ("float64", 1), ("uint16", 257)])
def test_arrays_of_pictures_in_any_unit(tmp_path: Path, dtype: str, unit: float) -> None:
    arrays_at(
        tmp_path / "set",
        shades(5, dtype, unit) + np.array(55 * unit).astype(dtype),
        np.array(["a", "b", "hello", "space", "a"]),
    )
    rows, notes = rows_of("arrays", tmp_path)
    assert [(r.path, r.gloss) for r in rows[:3]] == [
        ("set/X.npy#0", "A"),
        ("set/X.npy#1", "B"),
        ("set/X.npy#2", "hello"),
    ]
    assert any("no signers" in n for n in notes)
    store = PixelStore(tmp_path, tmp_path / "cache", size=32)
    assert [int(store.read(r)[0].mean()) for r in rows] == [55, 105, 155, 205, 255]


def test_arrays_in_one_file_and_numbered_labels(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "set", images=shades(3)[..., 0], labels=np.array([2, 0, 1]))
    (tmp_path / "set.npz").rename(tmp_path / "set")
    with pytest.raises(InputError, match=r"must be a folder with X.npy and Y.npy, or an .npz"):
        rows_of("arrays", tmp_path)
    (tmp_path / "set").rename(tmp_path / "set.npz")
    rows = CORPORA["arrays"](tmp_path, "set.npz", "mine", "MIT", {"glosses": "yes no maybe"})
    assert [r.gloss for r in rows] == ["maybe", "yes", "no"]
    store = PixelStore(tmp_path, tmp_path / "cache", size=32)
    assert [int(store.read(r)[0].mean()) for r in rows] == [0, 50, 100]


def test_transparent_pictures_stand_on_white(tmp_path: Path) -> None:
    x = np.zeros((1, 16, 16, 4), np.uint8)
    arrays_at(tmp_path / "set", x, np.array(["A"]))
    (row,), _ = rows_of("arrays", tmp_path)
    assert PixelStore(tmp_path, tmp_path / "cache", size=16).read(row)[0].min() == 255


def test_arrays_that_are_off_are_refused(tmp_path: Path) -> None:
    letters = np.array(["A", "B", "C"])
    arrays_at(tmp_path / "set", shades(3), letters[:2])
    assert "3 pictures, but 2 labels" in refused("arrays", tmp_path)
    arrays_at(tmp_path / "set", shades(3), np.array(["A", 1, None], dtype=object))
    assert "Y.npy: holds Python objects" in refused("arrays", tmp_path)
    mixed = np.empty(2, dtype=object)
    mixed[:] = [np.zeros((8, 8, 3)), np.zeros((9, 9, 3))]
    arrays_at(tmp_path / "set", mixed, letters[:2])
    assert "X.npy: holds Python objects (pictures of mixed sizes, maybe)" in refused("arrays", tmp_path)
    np.savez(tmp_path / "o.npz", X=mixed, Y=letters[:2])
    with pytest.raises(InputError, match=r"o\.npz: holds Python objects"):
        CORPORA["arrays"](tmp_path, "o.npz", "mine", "MIT", {})
    arrays_at(tmp_path / "set", np.zeros((3, 784)), letters)
    assert "pictures must be (N, height, width, 3)" in refused("arrays", tmp_path)
    arrays_at(tmp_path / "set", shades(3, "float32", 1) - 1, letters)
    assert "go from -1 to" in refused("arrays", tmp_path)
    arrays_at(tmp_path / "set", shades(3), np.eye(3))
    assert "labels must be one text or whole number a picture" in refused("arrays", tmp_path)
    (tmp_path / "set" / "X.npy").write_bytes((tmp_path / "set" / "X.npy").read_bytes()[:1000])
    assert "X.npy: the array is damaged or cut short" in refused("arrays", tmp_path)
    (tmp_path / "set" / "X.npy").unlink()
    assert "must hold X.npy (pictures) and Y.npy (labels)" in refused("arrays", tmp_path)


# frame_folder


def test_clips_as_folders_of_frames(tmp_path: Path) -> None:
    write_frames(tmp_path / "set" / "train" / "hello" / "ana_1", [10, 20, 30])
    write_frames(tmp_path / "set" / "val" / "hello" / "ben_1", [40])
    write_frames(tmp_path / "set" / "train" / "a" / "ana_2", [50])
    (tmp_path / "set" / "train" / "bye").mkdir()
    (tmp_path / "set" / "train" / "a" / "ana_3").mkdir()
    rows, notes = rows_of("frame_folder", tmp_path, pattern="^(?P<signer>[a-z]+)_")
    assert short(rows) == [
        ("train/a/ana_2", "A", "mine/ana", "train"),
        ("train/hello/ana_1", "hello", "mine/ana", "train"),
        ("val/hello/ben_1", "hello", "mine/ben", "validation"),
    ]
    assert [n.split(" (")[0] for n in notes] == [
        "1 left out: a clip folder without pictures",
        "1 left out: a gloss without clips",
    ]
    clip, valid = PixelStore(tmp_path, tmp_path / "cache", size=16, frames=4).read(rows[1])
    assert ([int(f[8, 8, 0]) for f in clip], valid) == ([10, 20, 30, 30], 3)


def test_pictures_right_in_the_gloss_are_no_clips(tmp_path: Path) -> None:
    write_frames(tmp_path / "set" / "hello", [10, 20])
    assert "holds pictures, not folders of pictures" in refused("frame_folder", tmp_path)


def test_use_frames_chooses_frames_or_videos(tmp_path: Path) -> None:
    write_frames(tmp_path / "set" / "hello" / "1", [10, 20])
    write_video(tmp_path / "set" / "hello" / "1.mp4", [10, 20])
    listing = write_lines(
        tmp_path / "list.yaml",
        "frames: {path: set, reader: clip_folder, licence: MIT, class: study, task: t, options: {use_frames: true}}",
        "videos: {path: set, reader: clip_folder, licence: MIT, class: study, task: t, options: {use_frames: false}}",
    )
    for name, path in (("frames", "set/hello/1"), ("videos", "set/hello/1.mp4")):
        found = import_collections(listing, tmp_path, tmp_path / "out.csv", names=[name])
        assert [r.path for r in found.rows] == [path]
    assert "use_frames is 'maybe'" in refused("clip_folder", tmp_path, use_frames="maybe")


# jester


def jester_at(root: Path, *train: str) -> None:
    write_lines(root / "set" / "jester-v1-train.csv", *train)
    write_lines(root / "set" / "jester-v1-validation.csv", "9;No gesture")
    write_frames(root / "set" / "20bn-jester-v1" / "34870", [10, 20], first=1)
    write_frames(root / "set" / "20bn-jester-v1" / "9", [10, 20], first=1)


def test_jester(tmp_path: Path) -> None:
    jester_at(tmp_path, "34870;Drumming Fingers", "56557;Sliding Two Fingers Right")
    rows, notes = rows_of("jester", tmp_path)
    assert short(rows) == [
        ("20bn-jester-v1/34870", "Drumming Fingers", "mine", "train"),
        ("20bn-jester-v1/9", "No gesture", "mine", "validation"),
    ]
    assert notes[0] == "1 left out: listed, but not in 20bn-jester-v1/ (the first: 56557)"
    assert PixelStore(tmp_path, tmp_path / "cache", size=16, frames=2).read(rows[0])[1] == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("34870;Waving", "'Waving' is none of Jester's 27 gestures"),
        ("34870,Thumb Up", "is no id;label"),
        ("9;Thumb Up", "clip 9 is listed already"),
    ],
)
def test_jester_that_is_off_is_refused(tmp_path: Path, line: str, said: str) -> None:
    jester_at(tmp_path, line)
    assert said in refused("jester", tmp_path)


# phoenix2014


def phoenix_at(root: Path) -> None:
    folder = root / "set"
    manual, automatic = folder / "annotations" / "manual", folder / "annotations" / "automatic"
    write_lines(
        manual / "train.corpus.csv",
        "id|folder|signer|annotation",
        "one_default-0|one_default-0/1/*.png|Signer04|__ON__ REGEN",
        "two_default-1|two_default-1/1/*.png|Signer01|MORGEN SONNE MORGEN",
        "gone_default-1|gone_default-1/1/*.png|Signer01|WIND",
    )
    write_lines(manual / "dev.corpus.csv", "id|folder|signer|annotation", "three|three/1/*.png|Signer04|SCHNEE")
    states = ["MORGEN0", "MORGEN1", "MORGEN2", "SONNE0", "SONNE1", "SONNE2", "si"]
    write_lines(automatic / "trainingClasses.txt", "signstate classlabel", *(f"{s} {i}" for i, s in enumerate(states)))
    labels = [6, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 1, 2, 6, 3]
    prefix = "features/fullFrame-210x260px/train/two_default-1/1"
    write_lines(automatic / "train.alignment", *(f"{prefix}/fn{i:06}-0.png {label}" for i, label in enumerate(labels)))
    frames = folder / "features" / "fullFrame-210x260px"
    write_frames(frames / "train" / "one_default-0" / "1", [10, 20])
    write_frames(frames / "train" / "two_default-1" / "1", [10 * i for i in range(len(labels))])
    write_frames(frames / "dev" / "three" / "1", [30])


def test_phoenix_sentences_of_one_gloss(tmp_path: Path) -> None:
    phoenix_at(tmp_path)
    rows, notes = rows_of("phoenix2014", tmp_path)
    frames = "features/fullFrame-210x260px"
    assert short(rows) == [
        (f"{frames}/train/one_default-0/1", "REGEN", "mine/Signer04", "train"),
        (f"{frames}/dev/three/1", "SCHNEE", "mine/Signer04", "validation"),
    ]
    assert notes[0].startswith("1 left out: listed, but there are no frames")


def test_phoenix_pieces_by_its_alignment(tmp_path: Path) -> None:
    phoenix_at(tmp_path)
    rows, _ = rows_of("phoenix2014", tmp_path, segments="alignment")
    two = "features/fullFrame-210x260px/train/two_default-1/1"
    assert short(rows) == [
        (f"{two}#frames=1-4", "MORGEN", "mine/Signer01", "train"),
        (f"{two}#frames=5-7", "SONNE", "mine/Signer01", "train"),
        (f"{two}#frames=8-10", "MORGEN", "mine/Signer01", "train"),
        (f"{two}#frames=11-14", "MORGEN", "mine/Signer01", "train"),
    ]
    manifest.write(rows, tmp_path / "all.csv", tmp_path)
    assert manifest.read(tmp_path / "all.csv").rows == tuple(sorted(rows))
    clip, valid = PixelStore(tmp_path, tmp_path / "cache", size=16, frames=4).read(rows[1])
    assert ([int(f[8, 8, 0]) for f in clip], valid) == ([50, 60, 70, 70], 3)


def test_phoenix_that_is_off_is_refused(tmp_path: Path) -> None:
    phoenix_at(tmp_path)
    assert "it can be sentences or alignment" in refused("phoenix2014", tmp_path, segments="words")
    write_lines(
        tmp_path / "set" / "annotations" / "manual" / "train.corpus.csv", "id,folder,signer,annotation", "a,b,c,d"
    )
    assert "must have the columns id|folder|signer|annotation" in refused("phoenix2014", tmp_path)
    (tmp_path / "set" / "annotations" / "manual" / "train.corpus.csv").unlink()
    assert "train.corpus.csv: can't be read" in refused("phoenix2014", tmp_path)


# only: videos


def test_pixel_networks_take_the_videos_beside_landmarks(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "all"
    write_video(folder / "001_002_003.mp4", [10, 20])
    (folder / "001_002_003.mp4.npz").write_bytes(b"landmarks")
    rows, _ = rows_of("lsa64", tmp_path, only="videos")
    assert [r.path for r in rows] == ["set/all/001_002_003.mp4"]
    assert "it can only be videos" in refused("lsa64", tmp_path, only="landmarks")


# what all share


def test_a_gloss_without_a_photo_is_said(tmp_path: Path) -> None:
    write_frames(tmp_path / "set" / "A", [10])
    (tmp_path / "set" / "B").mkdir()
    rows, notes = rows_of("image_folder", tmp_path)
    assert [r.gloss for r in rows] == ["A"]
    assert notes == ["1 glosses without a file, left out (the first: B)"]


def test_the_reader_is_told_from_what_is_there(tmp_path: Path) -> None:
    write_lines(tmp_path / "mnist" / "sign_mnist_train.csv", line(0, 10))
    arrays_at(tmp_path / "arrays", shades(1), np.array(["A"]))
    np.savez(tmp_path / "both.npz", X=shades(1), Y=np.array(["A"]))
    write_frames(tmp_path / "frames" / "hello" / "ana_1", [10])
    write_frames(tmp_path / "photos" / "train" / "hello", [10])
    told = {"mnist": "sign_mnist", "mnist/sign_mnist_train.csv": "sign_mnist", "arrays": "arrays", "both.npz": "arrays"}
    told |= {"arrays/X.npy": "arrays", "frames": "frame_folder", "photos": "image_folder"}
    assert {name: fitting_reader(tmp_path / name) for name in told} == told


def test_networks_of_landmarks_say_why_they_do_not_take_pictures(tmp_path: Path) -> None:
    phoenix_at(tmp_path)
    write_lines(tmp_path / "set" / "sign_mnist_train.csv", line(0, 10))
    pieces, _ = rows_of("phoenix2014", tmp_path, segments="alignment")
    pixels, _ = rows_of("sign_mnist", tmp_path)
    with ClipStore(tmp_path, cache=tmp_path / "cache") as store:
        for one in (pieces[0], pixels[0]):
            with pytest.raises(InputError, match="only networks that see pixels take"):
                store.clip(one)
