"""A folder of numbered pictures as a video: frame_2.jpg before frame_10.jpg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from deepsign.perceive import image
from deepsign.perceive.frames import FrameSource, TimedFrame
from deepsign.perceive.kinds import PHOTO_SUFFIXES
from deepsign.problems import InputError

# The usual rate of frames cut from video (20BN-Jester is 12, most others 25 to 30); say your own where it is known.
FPS = 25.0


def frames_in(folder: str | Path) -> list[Path]:
    """The pictures of a folder in the order a person would count them; hidden files and others are left out."""
    files = (p for p in Path(folder).iterdir() if p.suffix.lower() in PHOTO_SUFFIXES and not p.name.startswith("."))
    return sorted(files, key=lambda p: _natural(p.name))


def read_folder(folder: str | Path, fps: float = FPS) -> FrameSource:
    """A folder of frames, one picture every 1 / fps seconds.

    Raises InputError where it holds no picture, and while it is iterated, where one is damaged or of another size.
    """
    folder = Path(folder)
    if fps <= 0:
        raise InputError(f"{folder}: the frame rate must be a positive number, not {fps}")
    files = frames_in(folder)
    if not files:
        raise InputError(f"{folder}: the folder holds no pictures ({', '.join(sorted(PHOTO_SUFFIXES))})")
    height, width = image.read_image(files[0]).shape[:2]
    return FrameSource(
        source=str(folder),
        still=False,
        aspect=width / height,
        read=lambda: _frames(files, fps),
        fps=fps,
        declared_frames=len(files),
    )


def _frames(files: list[Path], fps: float) -> Iterator[TimedFrame]:
    shape: tuple[int, ...] | None = None
    for i, path in enumerate(files):
        picture = image.read_image(path)
        if shape is not None and picture.shape != shape:
            raise InputError(
                f"{path}: {picture.shape[1]} × {picture.shape[0]} px, but the folder's first picture has "
                f"{shape[1]} × {shape[0]}; frames of one video have one size"
            )
        shape = picture.shape
        yield i / fps, picture


def _natural(name: str) -> list[tuple[int, str]]:
    """Digits compare as numbers, letters as letters whatever their case."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
