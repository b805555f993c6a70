"""Pixels of rows: decoded once, sampled by time, kept within a limit, whoever else uses the cache."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepsign.data.manifest import Row, digest
from deepsign.data.pixels import PixelStore
from deepsign.perceive.sampled import fitted, moments
from deepsign.problems import InputError
from made_videos import picture, write_frames, write_video


def row(root: Path, path: str, with_sha: bool = True) -> Row:
    bare = Row(path, "A", "made", "", "CC0-1.0", "made", "")
    return replace(bare, sha256=digest(root / bare.file)) if with_sha else bare


def levels(clip: np.ndarray) -> list[int]:
    """The brightness in the middle of each frame, to the nearest 10."""
    side = clip.shape[1] // 2
    return [round(int(frame[side, side, 0]), -1) for frame in clip]


def test_frames_are_chosen_evenly_by_time() -> None:
    # 30 frames in the first second and 5 in the second one: half of what is chosen is from each.
    times = np.concatenate([np.arange(30) / 30, 1 + np.arange(6) / 5])
    indices, valid = moments(times, 11)
    assert valid == 11
    np.testing.assert_allclose(times[indices], np.linspace(0, 2, 11), atol=1 / 60 + 1e-9)


def test_a_short_clip_repeats_its_last_frame_and_says_so() -> None:
    indices, valid = moments(np.array([0.0, 0.1, 0.2]), 5)
    assert (indices.tolist(), valid) == ([0, 1, 2, 2, 2], 3)


@pytest.mark.parametrize("kind", ["video", "folder"])
def test_a_clip_is_its_frames_at_one_size(tmp_path: Path, kind: str) -> None:
    shades = list(range(20, 240, 10))
    if kind == "video":
        path = write_video(tmp_path / "a.mp4", shades).name
    else:
        path = write_frames(tmp_path / "a", shades).name
    store = PixelStore(tmp_path, tmp_path / "cache", size=32, frames=8)
    clip, valid = store.read(row(tmp_path, path))
    assert (clip.shape, clip.dtype, valid) == ((8, 32, 32, 3), np.uint8, 8)
    assert levels(clip) == [20, 50, 80, 110, 140, 170, 200, 230]
    assert not clip[:, 0].any(), "the border that makes a wide picture square is black"


def test_frames_of_a_video_that_stutters_are_chosen_by_their_own_times(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [20, 60, 100, 140, 180, 220], times=[0.0, 0.1, 0.2, 0.3, 0.4, 2.0])
    store = PixelStore(tmp_path, tmp_path / "cache", size=32, frames=3)
    assert levels(store.read(row(tmp_path, "a.mp4"))[0]) == [20, 180, 220]


def test_short_clips_photos_and_pieces(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [30, 60, 90])
    write_frames(tmp_path / "long", list(range(0, 200, 10)))
    Image.fromarray(picture(70)).save(tmp_path / "photo.png")
    store = PixelStore(tmp_path, tmp_path / "cache", size=32, frames=5)
    clip, valid = store.read(row(tmp_path, "a.mp4"))
    assert (levels(clip), valid) == ([30, 60, 90, 90, 90], 3)
    clip, valid = store.read(row(tmp_path, "photo.png"))
    assert (levels(clip), valid) == ([70] * 5, 1)
    clip, valid = store.read(row(tmp_path, "long#frames=4-6"))
    assert (levels(clip), valid) == ([40, 50, 60, 60, 60], 3)
    with pytest.raises(InputError, match=r"frames 18 to 20 are named, but it has 20"):
        store.read(row(tmp_path, "long#frames=18-20"))


def test_a_store_of_photos_takes_the_middle_of_a_clip(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [30, 60, 90, 120, 150])
    photo, valid = PixelStore(tmp_path, tmp_path / "cache", size=24, fit="crop").read(row(tmp_path, "a.mp4"))
    assert (photo.shape, valid, round(int(photo[0, 0, 0]), -1)) == ((24, 24, 3), 1, 90)


def test_fits() -> None:
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, :20], wide[:, 40:] = (255, 0, 0), (0, 0, 255)
    assert fitted(wide, 20, "crop").max() == 0, "the middle square is black"
    squashed = fitted(wide, 30, "squash")
    assert squashed[15, 2].tolist() == [255, 0, 0] and squashed[15, 28].tolist() == [0, 0, 255]
    padded = fitted(wide, 30, "pad")
    assert padded[15, 2, 0] == 255 and not padded[:10].any() and not padded[20:].any()


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "1", "LA"])
def test_every_kind_of_picture_is_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Image.fromarray(np.full((20, 20), 128 * 257, np.uint16)).save(path)
    else:
        Image.new("RGB", (20, 20), (128, 128, 128)).convert(mode).save(path)
    pixels, _ = PixelStore(tmp_path, tmp_path / "cache", size=16).read(row(tmp_path, path.name))
    assert pixels.shape == (16, 16, 3) and pixels.dtype == np.uint8
    if mode != "1":
        assert abs(int(pixels.mean()) - 128) <= 3


def test_what_was_decoded_is_not_decoded_again(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", [30, 60, 90])
    one = row(tmp_path, "a.mp4")
    first = np.array(PixelStore(tmp_path, tmp_path / "cache", size=32, frames=3).read(one)[0])
    (tmp_path / "a.mp4").unlink()
    again, _ = PixelStore(tmp_path, tmp_path / "cache", size=32, frames=3).read(one)
    np.testing.assert_array_equal(first, again)
    assert not again.flags.writeable
    for other in ({"size": 16, "frames": 3}, {"size": 32, "frames": 2}, {"size": 32, "frames": 3, "fit": "crop"}):
        with pytest.raises(InputError, match=r"a\.mp4"):
            PixelStore(tmp_path, tmp_path / "cache", **other).read(one)


def test_a_renamed_file_keeps_its_key_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    Image.fromarray(picture(70)).save(tmp_path / "a.png")
    store = PixelStore(tmp_path, tmp_path / "cache", size=16)
    one = row(tmp_path, "a.png")
    (tmp_path / "a.png").rename(tmp_path / "b.png")
    assert store.key(row(tmp_path, "b.png")) == store.key(one) == store.key(row(tmp_path, "b.png", with_sha=False))
    Image.fromarray(picture(80)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: changed since the manifest was written"):
        store.read(one)


def test_a_damaged_memory_is_made_anew(tmp_path: Path) -> None:
    Image.fromarray(picture(70)).save(tmp_path / "a.png")
    store = PixelStore(tmp_path, tmp_path / "cache", size=16)
    one = row(tmp_path, "a.png")
    store.read(one)
    kept = store.cache.path(store.key(one))
    kept.write_bytes(kept.read_bytes()[:100])
    assert store.read(one)[0].shape == (16, 16, 3)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    for at in range(5):
        Image.fromarray(picture(10 * at)).save(tmp_path / f"{at}.png")
    rows = [row(tmp_path, f"{at}.png") for at in range(5)]
    store = PixelStore(tmp_path, tmp_path / "cache", size=64, limit=4 * 13_000)
    for one in rows[:4]:
        store.read(one)
    store.read(rows[0])
    store.read(rows[4])
    assert [store.kept(one) for one in rows] == [True, False, False, True, True]
    assert store.cache.used() <= 4 * 13_000


def test_no_process_is_started_where_all_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    store, listed = PixelStore(tmp_path, tmp_path / "cache", size=8), [row(tmp_path, "a.png")]
    store.prefetch(listed, workers=0)
    monkeypatch.setattr("deepsign.data.pixels_prefetch._new_process", lambda: pytest.fail("a process was started"))
    assert store.prefetch(listed, workers=2).ready == 1


def test_prefetch_lists_damaged_files_and_goes_on(tmp_path: Path) -> None:
    for at in range(6):
        write_video(tmp_path / f"{at}.mp4", [30, 60, 90 + at])
    whole = (tmp_path / "3.mp4").read_bytes()
    (tmp_path / "3.mp4").write_bytes(whole[: len(whole) // 2])
    rows = [row(tmp_path, f"{at}.mp4") for at in range(6)]
    store = PixelStore(tmp_path, tmp_path / "cache", size=32, frames=3)
    done: list[str] = []
    found = store.prefetch(rows, workers=2, on_done=done.append)
    assert (found.ready, found.left, [path for path, _ in found.failed]) == (5, 0, ["3.mp4"])
    assert sorted(done) == [r.path for r in rows]
    assert [store.kept(r) for r in rows] == [True] * 3 + [False] + [True] * 2
    assert "\n" not in found.failed[0][1] and "3.mp4" in found.failed[0][1]


def test_prefetch_says_for_what_there_is_no_room(tmp_path: Path) -> None:
    for at in range(4):
        Image.fromarray(picture(10 * at)).save(tmp_path / f"{at}.png")
    store = PixelStore(tmp_path, tmp_path / "cache", size=64, limit=2 * 13_000)
    found = store.prefetch([row(tmp_path, f"{at}.png") for at in range(4)], workers=0)
    assert (found.ready, found.left) == (2, 2)
    assert store.read(row(tmp_path, "3.png"))[0].shape == (64, 64, 3)


def test_a_store_goes_to_another_process(tmp_path: Path) -> None:
    Image.fromarray(picture(70)).save(tmp_path / "a.png")
    store = PixelStore(tmp_path, tmp_path / "cache", size=16)
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again.read(row(tmp_path, "a.png"))[0], store.read(row(tmp_path, "a.png"))[0])


def test_frames_of_mixed_sizes_are_refused(tmp_path: Path) -> None:
    write_frames(tmp_path / "a", [10, 20])
    write_frames(tmp_path / "a", [30], size=(32, 48), first=2)
    store = PixelStore(tmp_path, tmp_path / "cache", size=16, frames=3)
    with pytest.raises(InputError, match=r"frame_002.png: 32 × 48 px, but frame_000.png has 64 × 48"):
        store.read(row(tmp_path, "a"))
