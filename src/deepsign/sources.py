"""Sources: what a person may name on the command line, told apart and unfolded one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, VIDEO_SUFFIXES
from deepsign.problems import InputError

READABLE = frozenset((*PHOTO_SUFFIXES, *VIDEO_SUFFIXES, *LANDMARK_SUFFIXES))

# Names of the pictures of one video: frame_012.jpg, or bare numbers padded with zeros (00012.jpg, as Jester has).
# IMG_1118.jpg and 7.jpg are not: cameras and data sets name separate photos so.
_FRAME_NAME = re.compile(r"frame[_-]?\d+|0\d{2,}|\d{5,}")


def unfold(sources: Iterable[str]) -> Iterator[str]:
    """The sources one by one: a folder of photos and videos becomes its files, a folder of frames stays one clip.

    Raises InputError for a folder in which nothing can be read, and for what can't be a name: nothing at all (a shell's
    unset variable, which would stand for the current folder), or one with a null character in it. A missing file is for
    its reader to report.
    """
    for source in sources:
        if not source:
            raise InputError("an empty name: name a photo, a video, a folder, or . for the folder you are in")
        if "\0" in source:
            raise InputError(f"{source!r}: no file's name holds a null character; type it again")
        folder = Path(source)
        if not folder.is_dir() or is_frame_folder(folder):
            yield source
            continue
        inside = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix.lower() in READABLE]
        if not inside:
            raise InputError(f"{source}: holds no photo, video or landmark file ({' '.join(sorted(READABLE))})")
        yield from map(str, inside)


def camera_index(source: str) -> int | None:
    """The number of "camera:0"; None for any other source; InputError for a camera that is no number."""
    if not source.startswith("camera:"):
        return None
    number = source.removeprefix("camera:")
    if not number.isdecimal():
        raise InputError(f"{source}: a camera is named by its number, camera:0 for the first")
    return int(number)


def is_frame_folder(folder: Path) -> bool:
    """Whether a folder is one video cut into pictures: two or more, all named as frames."""
    names = [p.stem.lower() for p in folder.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES]
    return len(names) > 1 and all(_FRAME_NAME.fullmatch(name) for name in names)
