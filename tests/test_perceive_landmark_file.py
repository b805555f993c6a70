"""Landmark files: written whole, read back the same, and refused in one line where they are wrong."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepsign.clip import Clip
from deepsign.perceive import open_clip, read_landmarks, write_landmarks
from deepsign.problems import InputError


def hands(frames: int = 4) -> np.ndarray[Any, np.dtype[np.float32]]:
    points = np.random.default_rng(0).uniform(0, 1, (frames, 42, 3)).astype(np.float32)
    points[:, :21] = np.nan
    return points


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_landmarks(path)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(f"{path}: ")
    return text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    points=hnp.arrays(np.float32, (3, 21, 3), elements=st.floats(-5, 5, width=32) | st.just(float("nan"))),
    start=st.floats(-1e3, 1e3),
    aspect=st.floats(0.1, 10),
)
def test_what_is_written_is_read(tmp_path: Path, points: Any, start: float, aspect: float) -> None:
    points[0, 0] = 0.5
    clip = Clip.from_landmarks(points, "hand", times=start + np.array([0, 0.04, 1.0]), aspect=aspect, source="x")
    write_landmarks(clip, tmp_path / "deep" / "a.npz")
    again = read_landmarks(tmp_path / "deep" / "a.npz")
    assert again.landmarks is not None
    np.testing.assert_array_equal(again.landmarks, points)
    np.testing.assert_array_equal(again.times, clip.times)
    assert (again.layout, again.aspect, again.source) == ("hand", aspect, str(tmp_path / "deep" / "a.npz"))


def test_open_clip_reads_them_in_the_layout_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, landmarks=hands()[:, 21:], layout="hand", fps=10)
    clip = open_clip(path, layout="hands")
    assert clip.landmarks is not None and clip.landmarks.shape == (4, 42, 3)
    assert clip.times == pytest.approx([0, 0.1, 0.2, 0.3]) and clip.aspect == 1.0
    with pytest.raises(InputError, match=r"a\.npz: .*layout"):
        open_clip(path, layout="feet")


def test_a_bare_array_tells_its_layout_by_its_points(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", hands())
    np.save(tmp_path / "b.npy", np.full((21, 3), 0.5))
    moving, still = read_landmarks(tmp_path / "a.npy"), read_landmarks(tmp_path / "b.npy")
    assert (moving.layout, len(moving)) == ("hands", 4)
    assert (still.layout, len(still)) == ("hand", 1)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"landmarks": hands(), "fps": 25}, "lacks layout"),
        ({"layout": "hands", "fps": 25}, "lacks landmarks"),
        ({"landmarks": hands(), "layout": "hand", "fps": 25}, "21 points, the file 42"),
        ({"landmarks": hands(), "layout": "feet", "fps": 25}, "unknown layout 'feet'"),
        ({"landmarks": hands()[..., :2], "layout": "hands", "fps": 25}, r"must be numbers \(frames, points, 3\)"),
        ({"landmarks": hands() * np.nan, "layout": "hands", "fps": 25}, "no point was seen"),
        ({"landmarks": hands() + np.float32("inf"), "layout": "hands", "fps": 25}, "infinite"),
        ({"landmarks": hands() * 640, "layout": "hands", "fps": 25}, "not pixels"),
        ({"landmarks": hands().astype(str), "layout": "hands", "fps": 25}, "must be numbers"),
        ({"landmarks": hands(), "layout": "hands"}, "need times or a frame rate"),
        ({"landmarks": hands(), "layout": "hands", "fps": 0}, "frame rate"),
        ({"landmarks": hands(), "layout": "hands", "fps": "fast"}, "isn't the number"),
        ({"landmarks": hands(), "layout": "hands", "times": [0, 1, 1, 2]}, "increase"),
        ({"landmarks": hands(), "layout": "hands", "times": [0, 1]}, "2 times"),
        ({"landmarks": hands(), "layout": "hands", "fps": 25, "aspect": -1}, "aspect"),
        ({"landmarks": hands(0), "layout": "hands", "fps": 25}, "must be numbers"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, arrays: dict[str, Any], says: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=says):
        read_landmarks(tmp_path / "a.npz")
    message(tmp_path / "a.npz")


def test_broken_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.touch()
    assert "empty" in message(path)
    path.write_text("not numpy")
    assert "not a landmark file" in message(path)
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    assert "damaged" in message(path)
    np.savez(path, landmarks=hands(), layout="hands", fps=25)
    path.write_bytes(path.read_bytes()[:900])
    assert "damaged" in message(path)
    (tmp_path / "b.npy").write_bytes(b"\x93NUMPY" + bytes(50))
    assert "damaged" in message(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.zeros((4, 7, 3)))
    assert "21 (hand), 42 (hands)" in message(tmp_path / "c.npy")
    assert "no such file" in message(tmp_path / "d.npz")


class Trap:
    """Would make a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    np.savez(tmp_path / "a.npz", landmarks=trap, layout="hands")
    np.save(tmp_path / "b.npy", trap, allow_pickle=True)
    (tmp_path / "c.npy").write_bytes(pickle.dumps(Trap(sprung)))
    for name in ("a.npz", "b.npy", "c.npy"):
        message(tmp_path / name)
    assert not sprung.exists()


def test_a_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepsign.perceive.landmark_file.MOST_BYTES", 1000)
    np.savez_compressed(tmp_path / "a.npz", landmarks=hands(), layout="hands", fps=25)
    assert "unpacks to more" in message(tmp_path / "a.npz")
    promise = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 42, 3), }"
    (tmp_path / "b.npy").write_bytes(promise.ljust(127) + b"\n")
    assert "damaged" in message(tmp_path / "b.npy")


def test_a_cut_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = Clip.from_landmarks(hands(), "hands", fps=25)
    write_landmarks(clip, tmp_path / "a.npz")
    before = (tmp_path / "a.npz").read_bytes()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(InputError, match=r"a\.npz: can't be written \(No space left on device\)"):
        write_landmarks(clip, tmp_path / "a.npz")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_landmarks(clip, tmp_path / "a.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
    assert (tmp_path / "a.npz").read_bytes() == before


def test_a_clip_of_frames_has_no_landmarks_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no landmarks"):
        write_landmarks(Clip.from_frames(np.zeros((4, 4, 3), np.uint8)), tmp_path / "a.npz")
