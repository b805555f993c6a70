"""Folders of video become landmark files: once, in parallel, in parts; what is damaged or empty is named, not fatal."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.data.readers import CORPORA
from deepsign.data.store import ClipStore
from deepsign.extract import extract, parse_shard
from deepsign.perceive import Landmarker, read_landmarks, write_landmarks
from deepsign.problems import AssetError, InputError

WALL = np.full((480, 480, 3), 230, dtype=np.uint8)


def video(path: Path, picture: NDArray[np.uint8]) -> Path:
    """Five frames at 20 a second: the picture, moving to the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.height, stream.width, stream.bit_rate = 480, 480, 4_000_000
        for i in range(5):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, 3 * i, axis=1))
            frame.pts, frame.time_base = i, Fraction(1, 20)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def landmarks(path: Path, seen: bool = True, layout: str = "hands") -> Path:
    """A landmark file, which `extract` takes as a source too: no tracker is needed."""
    points = np.full((3, {"hands": 42, "hands_pose": 75, "holistic": 543}[layout], 3), 0.5 if seen else np.nan)
    write_landmarks(Clip.from_landmarks(points, layout, fps=25), path)
    return path


@pytest.fixture
def body_tracker() -> None:
    try:
        Landmarker("hands_pose").close()
    except AssetError as error:
        pytest.skip(f"needs the trackers' models: {error}")


@pytest.mark.usefixtures("body_tracker")
def test_videos_become_a_corpus(
    tmp_path: Path, hand_picture: NDArray[np.uint8], capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, out = tmp_path / "corpus", tmp_path / "out"
    video(corpus / "hello" / "ana_1.mp4", hand_picture)
    wall = video(corpus / "hello" / "ben_1.mp4", WALL)
    cut = video(corpus / "bye" / "ana_2.mp4", hand_picture)
    cut.write_bytes(cut.read_bytes()[:300])
    command = ["extract", str(corpus), "--layout", "hands_pose", "--out", str(out), "--jobs", "2"]

    for counts in ("2 written, 0 there already", "0 written, 2 there already"):
        assert run(command) == 1
        said, complained = capsys.readouterr()
        assert f"{counts}, 1 failed, 1 without a hand" in said
        assert f"{wall}: no hand is seen in it" in complained
        assert str(cut) in complained and "ana_1" not in complained

    notes: list[str] = []
    options = {"pattern": "^(?P<signer>[a-z]+)_"}
    rows = CORPORA["clip_folder"](tmp_path, "out", "own", "CC0-1.0", options, notes.append)
    assert [(r.path, r.gloss, r.signer) for r in rows] == [
        ("out/hello/ana_1.mp4.npz", "hello", "own/ana"),
        ("out/hello/ben_1.mp4.npz", "hello", "own/ben"),
    ]
    assert len(notes) == 1 and notes[0].startswith("1 clips in which no hand is seen, kept")
    store = ClipStore(tmp_path, "hands_pose", tmp_path / "cache")
    ana, ben = (store.clip(row) for row in rows)
    for clip in (ana, ben):
        assert clip.times == pytest.approx(np.arange(5) / 20)
    assert np.isfinite(ana.landmarks[:, 54:]).all() and ana.landmarks.shape == (5, 75, 3)
    assert np.isnan(ben.landmarks[:, 54:]).all()


def test_parts_share_a_corpus_between_machines(tmp_path: Path) -> None:
    for number in range(5):
        landmarks(tmp_path / "in" / "hello" / f"{number}.npz")
    written = []
    for part in ("0/2", "1/2"):
        done = extract([str(tmp_path / "in")], tmp_path / part[0], shard=parse_shard(part), jobs=1)
        assert done.kept == 0 and done.failed == ()
        written.append({p.name for p in (tmp_path / part[0]).rglob("*.npz")})
    assert written == [{"0.npz.npz", "2.npz.npz", "4.npz.npz"}, {"1.npz.npz", "3.npz.npz"}]


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        landmarks(tmp_path / "in" / f"{name}.npz")
    sources, out = [str(tmp_path / "in")], tmp_path / "out"
    assert extract(sources, out, jobs=1).written == 3
    (out / "a.npz.npz").write_bytes(b"cut by a full disk")
    (out / "b.npz.npz").unlink()
    finished: list[str] = []
    again = extract(sources, out, jobs=1, on_done=finished.append)
    assert (again.written, again.kept) == (2, 1)
    assert len(finished) == 3
    assert read_landmarks(out / "a.npz.npz").layout == "hands"


def test_the_face_comes_along_where_it_is_wanted(tmp_path: Path) -> None:
    landmarks(tmp_path / "in" / "hello" / "a.npz", layout="holistic")
    command = ["extract", str(tmp_path / "in"), "--layout", "holistic", "--out", str(tmp_path / "out"), "--jobs", "1"]
    assert run(command) == 0
    (row,) = CORPORA["clip_folder"](tmp_path, "out", "own", "CC0-1.0", {})
    assert read_landmarks(tmp_path / row.path).layout == "holistic"
    clip = ClipStore(tmp_path, "hands_pose", tmp_path / "cache").clip(row)
    assert np.isfinite(clip.landmarks).all() and clip.landmarks.shape == (3, 75, 3)


def test_two_layouts_are_not_mixed_in_one_folder(tmp_path: Path) -> None:
    landmarks(tmp_path / "in" / "a.npz", layout="hands_pose")
    sources = [str(tmp_path / "in")]
    extract(sources, tmp_path / "out", "hands", jobs=1)
    done = extract(sources, tmp_path / "out", "hands_pose", jobs=1)
    assert (done.written, done.kept) == (0, 0)
    assert "is there already, in layout hands, not hands_pose; choose another --out" in done.failed[0][1]


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    one, other = landmarks(tmp_path / "x" / "a.npz"), landmarks(tmp_path / "y" / "a.npz")
    with pytest.raises(InputError, match=r"a\.npz\.npz: .*x.a\.npz and .*y.a\.npz would both be written there"):
        extract([str(one), str(other)], tmp_path / "out", jobs=1)


def test_a_file_that_kills_its_process_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "deadly"):
        landmarks(tmp_path / "in" / f"{name}.npz")
    # Python runs a sitecustomize that it finds when it starts: here, in the processes that extract.
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "import deepsign.extract as module\n"
        "whole = module.open_clip\n"
        "module.open_clip = lambda source, **rest: os._exit(9) if 'deadly' in source else whole(source, **rest)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    done = extract([str(tmp_path / "in")], tmp_path / "out", jobs=2)
    assert done.written == 2
    ((source, reason),) = done.failed
    assert source.endswith("deadly.npz") and "the process that read it died" in reason
