"""Videos made for tests: each frame of one colour, so that a frame tells where in the clip it stood."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture(level: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, dtype=np.uint8)


def write_video(
    path: Path, levels: list[int], times: list[float] | None = None, size: tuple[int, int] = (64, 48)
) -> Path:
    """A video of plain grey frames, 25 a second unless times (s) are given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "10", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for at, level in enumerate(levels):
            frame = av.VideoFrame.from_ndarray(picture(level, *size), format="rgb24")
            frame.pts = round(1000 * (times[at] if times else at / 25))
            frame.time_base = Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def write_frames(folder: Path, levels: list[int], size: tuple[int, int] = (64, 48), first: int = 0) -> Path:
    """The same as a folder of numbered pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, level in enumerate(levels, start=first):
        Image.fromarray(picture(level, *size)).save(folder / f"frame_{at:03d}.png")
    return folder
