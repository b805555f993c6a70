"""Pose files: read as pose-format writes them, written so that it reads them, and refused in one line."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepsign.cli import run
from deepsign.clip import Clip
from deepsign.perceive import open_clip, read_landmarks, write_pose
from deepsign.problems import InputError
from made_sequences import columns, write
from toys import toy_bundle

HAND = (
    *("WRIST", "THUMB_CMC", "THUMB_MCP", "THUMB_IP", "THUMB_TIP"),
    *(
        f"{finger}_{joint}"
        for finger in ("INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY")
        for joint in ("MCP", "PIP", "DIP", "TIP")
    ),
)
BODY = ("NOSE", "LEFT_SHOULDER", "RIGHT_SHOULDER", "MOUTH_LEFT", "LEFT_EYE", "RIGHT_PINKY", "LEFT_FOOT_INDEX")
HOLISTIC = {
    "POSE_LANDMARKS": BODY,
    "FACE_LANDMARKS": ("0", "1"),
    "LEFT_HAND_LANDMARKS": HAND,
    "RIGHT_HAND_LANDMARKS": HAND,
    "POSE_WORLD_LANDMARKS": BODY,
}
COUNT = sum(map(len, HOLISTIC.values()))


def text(word: str) -> bytes:
    return struct.pack("<H", len(word)) + word.encode()


def pose_bytes(
    data: Any,
    confidence: Any,
    version: float = 0.2,
    size: tuple[int, int] = (640, 480),
    fps: float = 25,
    components: dict[str, tuple[str, ...]] = HOLISTIC,
    axes: str = "XYZC",
    people: int = 1,
) -> bytes:
    """The bytes as the format's specification has them."""
    out = struct.pack("<fHHHH", version, *size, 1000, len(components))
    for name, points in components.items():
        out += text(name) + text(axes) + struct.pack("<HHH", len(points), 1, 1)
        out += b"".join(map(text, points)) + struct.pack("<HH", 0, 1) + struct.pack("<HHH", 255, 0, 0)
    head = (
        struct.pack("<HHH", int(fps), len(data) % 65536, people)
        if version < 0.15
        else struct.pack("<fIH", fps, len(data), people)
    )
    return out + head + np.asarray(data, "<f4").tobytes() + np.asarray(confidence, "<f4").tobytes()


def made(frames: int = 3, axes: int = 3) -> tuple[Any, Any]:
    """Points in px of a 640×480 picture, z as fractions, and confidences."""
    chance = np.random.default_rng(0)
    scale = np.array([640, 480, 1])[:axes]
    return (chance.random((frames, 1, COUNT, axes)) * scale).astype(np.float32), np.ones((frames, 1, COUNT), np.float32)


def saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_landmarks(path)
    said = str(caught.value)
    assert "\n" not in said and said.startswith(f"{path}: ")
    return said


@pytest.mark.parametrize("version", [0.1, 0.2])
def test_pixels_become_fractions_and_names_find_their_places(tmp_path: Path, version: float) -> None:
    data, confidence = made()
    clip = read_landmarks(saved(tmp_path / "a.pose", pose_bytes(data, confidence, version)))
    assert clip.landmarks is not None and clip.layout == "hands_pose" and clip.aspect == pytest.approx(640 / 480)
    np.testing.assert_allclose(clip.times, [0, 0.04, 0.08])
    wanted = data[:, 0] / [640, 480, 1]
    left, right = len(BODY) + 2, len(BODY) + 2 + 21
    np.testing.assert_allclose(clip.landmarks[:, :21], wanted[:, left : left + 21], rtol=1e-6)
    np.testing.assert_allclose(clip.landmarks[:, 54:], wanted[:, right : right + 21], rtol=1e-6)
    # MediaPipe's own numbers of these seven, after the left hand's 21.
    body = [21 + i for i in (0, 11, 12, 9, 2, 18, 31)]
    np.testing.assert_allclose(clip.landmarks[:, body], wanted[:, :7], rtol=1e-6)
    assert np.isnan(np.delete(clip.landmarks[:, 21:54], [i - 21 for i in body], axis=1)).all()


def test_no_confidence_and_nan_mean_not_seen(tmp_path: Path) -> None:
    data, confidence = made()
    confidence[0, 0, 0] = 0
    data[1, 0, 0, 1] = np.nan
    points = read_landmarks(saved(tmp_path / "a.pose", pose_bytes(data, confidence))).landmarks
    assert points is not None
    assert np.isnan(points[:2, 21]).all() and not np.isnan(points[2, 21]).any()


def test_flat_files_have_no_depth_and_pixel_depth_is_scaled(tmp_path: Path) -> None:
    data, confidence = made(axes=2)
    flat = read_landmarks(saved(tmp_path / "a.pose", pose_bytes(data, confidence, axes="XYC"))).landmarks
    assert flat is not None and np.isnan(flat[..., 2]).all() and not np.isnan(flat[:, :21, :2]).any()
    data, confidence = made()
    data[..., 2] *= 640
    deep = read_landmarks(saved(tmp_path / "b.pose", pose_bytes(data, confidence))).landmarks
    assert deep is not None and np.nanmax(deep[..., 2]) <= 1


def test_a_clip_longer_than_the_old_count_is_read_whole(tmp_path: Path) -> None:
    components = {"LEFT_HAND_LANDMARKS": ("WRIST",)}
    data = np.random.default_rng(0).random((70_000, 1, 1, 3)) * 400
    content = pose_bytes(data, np.ones((70_000, 1, 1)), 0.1, components=components)
    assert len(read_landmarks(saved(tmp_path / "a.pose", content))) == 70_000


@pytest.mark.parametrize(("layout", "points"), [("hands_pose", 75), ("hands", 42), ("hand", 21)])
@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 9 / 16, 0.61803])
def test_what_is_written_is_read(tmp_path: Path, layout: str, points: int, aspect: float) -> None:
    values = np.random.default_rng(0).random((5, points, 3)).astype(np.float32)
    values[1, 3] = np.nan
    clip = Clip.from_landmarks(values, layout, fps=29.97, aspect=aspect)
    write_pose(clip, tmp_path / "deep" / "a.pose")
    back = open_clip(tmp_path / "deep" / "a.pose", layout=layout if points > 21 else "hands")
    assert back.landmarks is not None
    np.testing.assert_allclose(back.landmarks[:, -points:], values, atol=1e-6)
    np.testing.assert_allclose(back.times, clip.times, atol=1e-6)
    assert back.aspect == pytest.approx(aspect, rel=1e-5)


def test_uneven_times_keep_their_frames_and_lost_frames_stay_lost(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((100, 42, 3))
    in_ms = np.round(np.arange(100) * 1000 / 30) / 1000
    write_pose(Clip.from_landmarks(values, "hands", times=in_ms), tmp_path / "a.pose")
    back = read_landmarks(tmp_path / "a.pose")
    assert len(back) == 100 and np.abs(back.times - in_ms).max() < 0.001
    lost = np.delete(np.arange(12), [4, 5]) / 25
    write_pose(Clip.from_landmarks(values[:10], "hands", times=lost), tmp_path / "b.pose")
    back = read_landmarks(tmp_path / "b.pose")
    assert len(back) == 12 and back.landmarks is not None and np.isnan(back.landmarks[4:6]).all()
    still = Clip.from_landmarks(values[0], "hands")
    write_pose(still, tmp_path / "c.pose")
    assert len(read_landmarks(tmp_path / "c.pose")) == 1


def test_what_a_pose_file_cannot_hold_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((4, 42, 3))
    path = tmp_path / "a.pose"
    with pytest.raises(InputError, match="follow no frame rate"):
        write_pose(Clip.from_landmarks(values, "hands", times=[0, 0.001, 0.5, 1.0]), path)
    with pytest.raises(InputError, match="aspect"):
        write_pose(Clip.from_landmarks(values, "hands", fps=25, aspect=1e-7), path)
    with pytest.raises(InputError, match="no landmarks"):
        write_pose(Clip.from_frames(np.zeros((4, 4, 3), np.uint8)), path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_pose(Clip.from_landmarks(values, "hands", fps=25), tmp_path / "file" / "a.pose")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = pose_bytes(*made())
    for size in (5, 13, 40, 500, len(whole) - 1):
        assert "damaged or cut short" in message(saved(tmp_path / "a.pose", whole[:size]))
    assert "damaged or cut short" in message(saved(tmp_path / "a.pose", whole + b"x"))


def test_what_is_no_clip_of_one_signer_is_refused(tmp_path: Path) -> None:
    data, confidence = made()
    path = tmp_path / "a.pose"
    openpose = {"pose_keypoints_2d": BODY}
    few = data[:, :, :7], confidence[:, :, :7]
    assert "found pose_keypoints_2d" in message(saved(path, pose_bytes(*few, components=openpose)))
    odd = {"POSE_LANDMARKS": ("TAIL", *BODY[1:])}
    assert "unknown point 'TAIL'" in message(saved(path, pose_bytes(*few, components=odd)))
    twice = {"POSE_LANDMARKS": ("NOSE", "NOSE", *BODY[2:])}
    assert "twice" in message(saved(path, pose_bytes(*few, components=twice)))
    assert "axes 'XYZ'" in message(saved(path, pose_bytes(data, confidence, axes="XYZ")))
    assert "shows 2 people" in message(saved(path, pose_bytes(data, confidence, people=2)))
    assert "holds no frames" in message(saved(path, pose_bytes(data[:0], confidence[:0])))
    assert "0×480" in message(saved(path, pose_bytes(data, confidence, size=(0, 480))))
    assert "0.0 frames a second" in message(saved(path, pose_bytes(data, confidence, fps=0)))
    assert "normalised" in message(saved(path, pose_bytes(data / 640, confidence)))
    assert "no point was seen" in message(saved(path, pose_bytes(data, 0 * confidence)))
    data[0, 0, 0] = np.inf
    assert "infinite" in message(saved(path, pose_bytes(data, confidence)))


def test_other_versions_are_no_landmark_files(tmp_path: Path) -> None:
    assert "not a landmark file" in message(saved(tmp_path / "a.pose", pose_bytes(*made(), version=0.3)))


def test_predict_takes_pose_files_and_parquet_sequences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = tmp_path / "clips"
    inside.mkdir()
    saved(inside / "a.pose", pose_bytes(*made()))
    write(inside / "b.parquet", columns(frames=2))
    toy = str(toy_bundle(tmp_path / "toy").path)
    assert run(["predict", str(inside), "--model", toy, "--json"]) == 0
    out, err = capsys.readouterr()
    assert [Path(json.loads(line)["source"]).name for line in out.splitlines()] == ["a.pose", "b.parquet"] and not err
