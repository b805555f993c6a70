"""Videos: their own times, upright, streamed; damage is found and said. Folders of frames and moving GIFs too."""

from __future__ import annotations

import contextlib
import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from deepsign.perceive import Landmarker, open_clip, read_frames
from deepsign.perceive.folder import read_folder
from deepsign.problems import InputError

KINDS = [("mp4", "mpeg4"), ("mov", "mpeg4"), ("webm", "libvpx"), ("mkv", "mpeg4"), ("avi", "mpeg4"), ("gif", "gif")]


def frame_of(value: int, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """A grey picture with a white upper left quarter."""
    picture = np.full((height, width, 3), value % 256, dtype=np.uint8)
    picture[: height // 2, : width // 2] = 255
    return picture


def write_video(
    path: Path,
    codec: str = "mpeg4",
    count: int = 20,
    stamps: list[int] | None = None,
    rotation: int = 0,
    size: tuple[int, int] = (48, 64),
    faststart: bool = False,
) -> Path:
    """A video of `count` frames at 20 a second; the i-th frame's grey is 5·i. stamps: pts in 1/20 s."""
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=20)
        stream.height, stream.width = size
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        stream.codec_context.gop_size = 5
        if rotation:
            stream.set_display_rotation(rotation)
        rng = np.random.default_rng(0)
        for i in range(count):
            picture = frame_of(5 * i, *size)
            # Something to encode, so that the file has bytes to lose.
            picture[size[0] // 2 :] = rng.integers(0, 255, (size[0] - size[0] // 2, size[1], 3))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = (stamps[i] if stamps else i), Fraction(1, 20)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_clip(path)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(f"{path}: ")
    return text


@pytest.mark.parametrize(("suffix", "codec"), KINDS)
def test_every_container(tmp_path: Path, suffix: str, codec: str) -> None:
    path = write_video(tmp_path / f"a.{suffix}", codec)
    source = read_frames(path)
    assert not source.still and source.aspect == pytest.approx(64 / 48)
    assert source.fps == pytest.approx(20, rel=0.06)
    clip = open_clip(path)
    assert clip.frames is not None and clip.frames.shape == (20, 48, 64, 3)
    assert clip.times == pytest.approx(np.arange(20) / 20, abs=0.011)
    assert clip.frames[:, :20, :28].min() > 200
    # A GIF has 256 colours, and four blues.
    blur = 60 if suffix == "gif" else 25
    assert list(clip.frames[:, 10, 50].mean(axis=-1)) == pytest.approx(5 * np.arange(20), abs=blur)


def test_times_come_from_the_stamps(tmp_path: Path) -> None:
    stamps = [0, 1, 2, 10, 11, 30, 31, 32]
    clip = open_clip(write_video(tmp_path / "a.mp4", count=8, stamps=stamps))
    assert clip.times == pytest.approx(np.array(stamps) / 20)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_metadata_is_applied(tmp_path: Path, rotation: int) -> None:
    path = write_video(tmp_path / "a.mp4", count=3, rotation=rotation)
    source = read_frames(path)
    _, picture = next(iter(source))
    assert source.aspect == pytest.approx(picture.shape[1] / picture.shape[0])
    # The display matrix turns anticlockwise, and the white quarter goes along.
    white = {0: np.s_[:20, :28], 90: np.s_[36:, :20], 180: np.s_[28:, 36:], 270: np.s_[:28, 28:]}[rotation]
    assert picture.shape == ((64, 48, 3) if rotation % 180 else (48, 64, 3))
    assert picture[white].min() > 200


def test_large_frames_are_brought_down(tmp_path: Path) -> None:
    _, picture = next(iter(read_frames(write_video(tmp_path / "a.mp4", count=2, size=(1080, 1920)))))
    assert picture.shape == (720, 1280, 3)


def test_frames_stream_and_can_be_read_again(tmp_path: Path) -> None:
    source = read_frames(write_video(tmp_path / "a.mp4"))
    first = [t for t, _ in source]
    assert first == [t for t, _ in source] and len(first) == 20 == source.declared_frames
    frames = iter(source)
    time_s, picture = next(frames)
    assert time_s == 0.0 and picture.flags["C_CONTIGUOUS"]


def test_a_video_of_one_hand_becomes_landmarks(
    tmp_path: Path, hand_picture: NDArray[np.uint8], still_tracker: Landmarker
) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.height, stream.width, stream.bit_rate = 480, 480, 4_000_000
        for i in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(hand_picture, 3 * i, axis=1))))
        container.mux(stream.encode(None))
    # An engine for stills doesn't fit a video: one that follows is made.
    clip = open_clip(path, layout="hands", engine=still_tracker)
    assert clip.frames is None and clip.landmarks is not None and clip.landmarks.shape == (6, 42, 3)
    assert np.isfinite(clip.landmarks[:, 21:]).all() and np.isnan(clip.landmarks[:, :21]).all()
    assert clip.aspect == 1.0


def test_a_still_gif_is_a_photo(tmp_path: Path) -> None:
    Image.fromarray(frame_of(40)).save(tmp_path / "a.gif")
    assert read_frames(tmp_path / "a.gif").still
    moving = [Image.fromarray(frame_of(v)) for v in (0, 60, 120)]
    moving[0].save(tmp_path / "b.gif", save_all=True, append_images=moving[1:], duration=100)
    clip = open_clip(tmp_path / "b.gif")
    assert len(clip) == 3 and clip.times == pytest.approx([0, 0.1, 0.2])


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "no picture" in message(path)


@pytest.mark.parametrize("suffix", ["mp4", "webm", "avi"])
def test_empty_text_and_random_bytes(tmp_path: Path, suffix: str) -> None:
    empty, text, noise = (tmp_path / f"{name}.{suffix}" for name in ("empty", "text", "noise"))
    empty.touch()
    text.write_text("#EXTM3U\nhttp://example.invalid/a.ts\n")
    noise.write_bytes(b"\0\0\0\x18ftypisom" + np.random.default_rng(0).bytes(5000))
    assert "empty" in message(empty)
    assert f"not what .{suffix} promises" in message(text)
    assert "damaged" in message(noise)
    assert "no such file" in message(tmp_path / f"none.{suffix}")


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "mpeg4"), ("webm", "libvpx"), ("avi", "mpeg4"), ("mov", "mpeg4")]
)
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_cut_short(tmp_path: Path, suffix: str, codec: str, share: float) -> None:
    path = write_video(tmp_path / f"a.{suffix}", codec, count=60, faststart=suffix in {"mp4", "mov"})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "damaged or cut short" in message(path)


def test_an_unknown_codec(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv")
    data = path.read_bytes()
    assert data.count(b"V_MPEG4/ISO/ASP") == 1
    path.write_bytes(data.replace(b"V_MPEG4/ISO/ASP", b"V_NOBODY/KNOWS/"))
    assert "can't be decoded here" in message(path)


@pytest.mark.parametrize(("suffix", "codec"), KINDS)
def test_flipped_bytes_never_end_in_a_traceback(tmp_path: Path, suffix: str, codec: str) -> None:
    path = write_video(tmp_path / f"a.{suffix}", codec, count=6)
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for i in range(15):
        broken = bytearray(data)
        broken[16 + int(rng.integers(0, 600 if i % 2 else len(data) - 16))] ^= 0xFF
        path.write_bytes(bytes(broken))
        with contextlib.suppress(InputError):
            open_clip(path)


def test_a_video_without_its_index(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", count=60)
    path.write_bytes(path.read_bytes()[:-2000])
    assert "damaged" in message(path)


def test_few_lost_frames_are_logged_and_the_rest_is_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_video(tmp_path / "a.avi", count=60)
    data = bytearray(path.read_bytes())
    # Breaks the 30th frame's chunk beyond decoding: its start code and everything after.
    at = -1
    for _ in range(30):
        at = data.index(b"00dc", at + 1)
    data[at + 8 : at + 120] = bytes(112)
    path.write_bytes(bytes(data))
    with caplog.at_level(logging.WARNING):
        clip = open_clip(path)
    assert 54 <= len(clip) < 60
    assert str(path) in caplog.text and "left out" in caplog.text


def test_a_folder_of_frames_in_counting_order(tmp_path: Path) -> None:
    for i in (1, 2, 10):
        Image.fromarray(frame_of(i)).save(tmp_path / f"frame_{i}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    (tmp_path / ".frame_0.png").write_text("hidden")
    clip = open_clip(tmp_path)
    assert clip.frames is not None and list(clip.frames[:, -1, -1, 0]) == [1, 2, 10]
    assert clip.times == pytest.approx([0, 0.04, 0.08])
    assert [t for t, _ in read_folder(tmp_path, fps=10)] == pytest.approx([0, 0.1, 0.2])


def test_a_folder_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pictures"):
        open_clip(tmp_path)
    with pytest.raises(InputError, match="frame rate"):
        read_folder(tmp_path, fps=0)
    Image.fromarray(frame_of(0)).save(tmp_path / "frame_1.png")
    Image.fromarray(frame_of(0, 50, 64)).save(tmp_path / "frame_2.png")
    with pytest.raises(InputError, match=r"frame_2\.png: 64 × 50 px, .* 64 × 48"):
        open_clip(tmp_path)
    (tmp_path / "frame_2.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(InputError, match=r"frame_2\.png"):
        open_clip(tmp_path)


def test_real_videos(shared_data: Path) -> None:
    clip = shared_data / "media" / "asl_hand.25fps.mp4"
    source = read_frames(clip)
    times = [t for t, _ in source]
    assert len(times) == source.declared_frames == 325 and times[-1] == pytest.approx(12.96)
