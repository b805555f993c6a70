"""What a person names on the command line, told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from deepsign.problems import InputError
from deepsign.sources import camera_index, is_frame_folder, unfold


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_a_folder_of_photos_becomes_its_files_and_skips_the_rest(tmp_path: Path) -> None:
    fill(tmp_path / "b", "IMG_2.JPG", "notes.txt")
    fill(tmp_path, "a.png")
    assert list(unfold([str(tmp_path)])) == [str(tmp_path / "a.png"), str(tmp_path / "b" / "IMG_2.JPG")]


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["frame_000.jpg", "frame_001.jpg"], True),
        (["00001.jpg", "00002.jpg"], True),
        (["IMG_1118.JPG", "IMG_1119.JPG"], False),
        (["1.jpg", "2.jpg"], False),
        (["frame_000.jpg"], False),
        (["frame_000.jpg", "cover.jpg"], False),
    ],
)
def test_a_folder_of_frames_is_one_clip(tmp_path: Path, names: list[str], frames: bool) -> None:
    folder = fill(tmp_path / "f", *names)
    assert is_frame_folder(folder) is frames
    assert (list(unfold([str(folder)])) == [str(folder)]) is frames


def test_a_folder_with_nothing_to_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"empty: holds no photo, video or landmark file"):
        list(unfold([str(fill(tmp_path / "empty", "notes.txt"))]))


def test_cameras_are_named_by_number() -> None:
    assert camera_index("camera:1") == 1
    assert camera_index("holiday.mp4") is None
    with pytest.raises(InputError, match="camera:front: a camera is named by its number"):
        camera_index("camera:front")
