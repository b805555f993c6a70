"""Sampled: what a pixel network sees of a photo, a video or a folder of frames: a few moments of it, at one size.

Training, evaluation and answers all choose and scale here, so a network is asked about what it learnt.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepsign.perceive.folder import FPS, frames_in
from deepsign.perceive.image import read_image
from deepsign.perceive.kinds import checked_file, demuxer
from deepsign.problems import InputError

Pixels = NDArray[np.uint8]
Fit = Literal["pad", "crop", "squash"]
Choice = Callable[[NDArray[np.float64]], NDArray[np.intp]]

FITS: tuple[Fit, ...] = ("pad", "crop", "squash")


def moments(times: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], int]:
    """Which `count` of the frames at these times (N,), s, stand for the clip, and how many of them are real.

    Evenly by time from the first to the last, the nearest frame for each: a camera that stutters changes little. A clip
    of fewer frames gives them all, and then its last one again.
    """
    if len(times) <= count:
        return np.minimum(np.arange(count), len(times) - 1), len(times)
    wanted = np.linspace(times[0], times[-1], count)
    after = np.searchsorted(times, wanted).clip(1, len(times) - 1)
    nearer = wanted - times[after - 1] <= times[after] - wanted
    return np.where(nearer, after - 1, after).astype(np.intp), count


def fitted(picture: Pixels, size: int, fit: Fit = "pad") -> Pixels:
    """A picture (H, W, 3) as (size, size, 3): whole between black borders, its middle square, or squashed."""
    height, width = picture.shape[:2]
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        picture = picture[top : top + side, left : left + side]
    share = size / max(height, width) if fit == "pad" else 0.0
    inner = (max(1, round(width * share)), max(1, round(height * share))) if share else (size, size)
    if picture.shape[:2] != inner[::-1]:
        # Pillow widens its filter as it makes pictures smaller, so nothing flickers between frames.
        picture = np.asarray(Image.fromarray(picture).resize(inner, Image.Resampling.BILINEAR))
    if inner == (size, size):
        return np.ascontiguousarray(picture)
    whole = np.zeros((size, size, 3), dtype=np.uint8)
    top, left = (size - inner[1]) // 2, (size - inner[0]) // 2
    whole[top : top + inner[1], left : left + inner[0]] = picture
    return whole


def sample(
    source: str | Path, count: int, size: int, fit: Fit = "pad", span: tuple[int, int] | None = None
) -> tuple[Pixels, int]:
    """(count, size, size, 3) of a clip, or of a photo, which is a clip of one frame, and how many frames are real.

    span  only frames from the first to the second, both included, counted from 0.
    """
    real = real_frames(source, count, size, fit, span)
    return np.concatenate([real, np.repeat(real[-1:], count - len(real), axis=0)]), len(real)


def real_frames(
    source: str | Path, count: int | None, size: int, fit: Fit = "pad", span: tuple[int, int] | None = None
) -> Pixels:
    """(T, size, size, 3), T ≤ count: as `sample`, but nothing repeated at the end. A count of None: the middle frame.

    Raises InputError, one line that names the source, for what can't be read, and a span that it does not hold.
    """
    path = Path(source)

    def choose(times: NDArray[np.float64]) -> NDArray[np.intp]:
        first, last = span or (0, len(times) - 1)
        if not 0 <= first <= last < len(times):
            raise InputError(
                f"{path}: frames {first} to {last} are named, but it has {len(times)}; correct the manifest"
            )
        inside = times[first : last + 1]
        if count is None:
            middle = int(np.abs(inside - (inside[0] + inside[-1]) / 2).argmin())
            return np.array([first + middle], dtype=np.intp)
        indices, real = moments(inside, count)
        return first + indices[:real]

    return np.stack([fitted(picture, size, fit) for picture in _pictures(path, choose)])


def _pictures(path: Path, choose: Choice) -> list[Pixels]:
    if path.is_dir():
        return _of_folder(path, choose)
    if demuxer(checked_file(path)) is None:
        choose(np.zeros(1))
        return [read_image(path)]
    from deepsign.perceive.video import read_chosen

    return read_chosen(path, choose)


def _of_folder(folder: Path, choose: Choice) -> list[Pixels]:
    files = frames_in(folder)
    if not files:
        raise InputError(f"{folder}: the folder holds no pictures; a clip is numbered pictures in one folder")
    chosen = [files[i] for i in choose(np.arange(len(files)) / FPS)]
    pictures = {file: read_image(file) for file in dict.fromkeys(chosen)}
    shapes = {file: picture.shape for file, picture in pictures.items()}
    if odd := next((file for file in shapes if shapes[file] != shapes[chosen[0]]), None):
        (height, width), first = shapes[odd][:2], shapes[chosen[0]]
        raise InputError(
            f"{odd}: {width} × {height} px, but {chosen[0].name} has {first[1]} × {first[0]}; frames of one clip have "
            "one size"
        )
    return [pictures[file] for file in chosen]
