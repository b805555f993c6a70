"""Synth: labelled clips that are drawn, not filmed, with a manifest beside them: for tests, demos and a first run.

The same count and seed give the same pixels. What is learnt from them says nothing about people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.data import manifest
from deepsign.data.manifest import Row, digest
from deepsign.problems import InputError
from deepsign.whole import not_written

Frame = NDArray[np.uint8]
FPS = 25
# Visually without loss at the size of these clips.
_QUALITY = "22"
# With its look-ahead, x264 writes different bytes for the same frames, depending on where in memory they lie.
_STEADY = "mbtree=0:rc-lookahead=0"


@dataclass(frozen=True)
class Drawn:
    """A clip to be written: what it shows, who signs (a style, or a made person), and its frames (H, W, 3)."""

    gloss: str
    signer: str
    frames: Iterable[Frame]


def write_clips(
    clips: Iterator[Drawn], source: str, out: Path, on_done: Callable[[str], None] = lambda _: None
) -> Sequence[Row]:
    """Writes OUT/<gloss>/<number>.mp4 and OUT/manifest.csv; gives the manifest's rows.

    Raises InputError where OUT holds a manifest already: two sets in one folder would be mixed up.
    """
    check_empty(out)
    rows = []
    for number, clip in enumerate(clips):
        rows.append(write_clip(clip, number, source, out))
        on_done(rows[-1].path)
    manifest.write(rows, out / "manifest.csv")
    return rows


def check_empty(out: Path) -> None:
    """InputError where a folder holds a manifest already."""
    if (out / "manifest.csv").exists():
        raise InputError(f"{out}: holds a manifest already; choose another folder for --out")


def write_clip(clip: Drawn, number: int, source: str, out: Path) -> Row:
    """Writes OUT/<gloss>/<number>.mp4 and gives its row."""
    path = out / clip.gloss / f"{number:05d}.mp4"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(not_written(path, error)) from None
    write_video(path, clip.frames)
    signer = f"{source}/{clip.signer}"
    return Row(path.relative_to(out).as_posix(), clip.gloss, signer, "", "CC0-1.0", source, digest(path))


def write_video(path: Path, frames: Iterable[Frame], fps: int = FPS) -> None:
    """Frames (H, W, 3) uint8 RGB of even sides as an H.264 mp4; the same frames give the same bytes."""
    import av

    stream: Any = None
    try:
        with av.open(str(path), "w") as container:
            for at, picture in enumerate(frames):
                if stream is None:
                    options = {"crf": _QUALITY, "preset": "superfast", "threads": "1", "x264-params": _STEADY}
                    stream = container.add_stream("libx264", rate=Fraction(fps), options=options)
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = at
                frame.time_base = Fraction(1, fps)
                container.mux(stream.encode(frame))
            if stream is not None:
                container.mux(stream.encode())
    except OSError as error:
        raise InputError(not_written(path, error)) from None
    except av.FFmpegError as error:
        raise InputError(f"{path}: can't be encoded ({error.strerror})") from None
