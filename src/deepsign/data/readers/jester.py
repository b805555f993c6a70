"""20BN-Jester: 148,092 clips of 27 hand gestures before a webcam, as numbered frames, 12 a second.

Materzynska et al., "The Jester Dataset: A Large-Scale Video Dataset of Human Gestures" (ICCV Workshops 2019); its
licence allows research alone. 20bn-jester-v1/<id>/00001.jpg, and jester-v1-train.csv and jester-v1-validation.csv with
lines such as "34870;Drumming Fingers". Labels of the test part were never published, and nobody is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.perceive.folder import frames_in
from deepsign.problems import InputError

LISTS = {"jester-v1-train.csv": "train", "jester-v1-validation.csv": "validation"}
FRAMES = "20bn-jester-v1"
GESTURES = frozenset(
    {
        *("Swiping Left", "Swiping Right", "Swiping Down", "Swiping Up"),
        *("Pushing Hand Away", "Pulling Hand In", "Pushing Two Fingers Away", "Pulling Two Fingers In"),
        *("Sliding Two Fingers Left", "Sliding Two Fingers Right"),
        *("Sliding Two Fingers Down", "Sliding Two Fingers Up"),
        *("Rolling Hand Forward", "Rolling Hand Backward"),
        *("Turning Hand Clockwise", "Turning Hand Counterclockwise"),
        *("Zooming In With Full Hand", "Zooming Out With Full Hand"),
        *("Zooming In With Two Fingers", "Zooming Out With Two Fingers"),
        *("Thumb Up", "Thumb Down", "Shaking Hand", "Stop Sign", "Drumming Fingers"),
        *("No gesture", "Doing other things"),
    }
)


def jester(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each line of the two lists whose folder of frames is there; it has no options.

    Missing and empty folders are counted. Raises InputError for a list that is missing or laid out otherwise.
    """
    known_options(source, options)
    folder = root / path
    rows = ClipRows(root, source, licence, note)
    seen: dict[str, str] = {}
    for name, split in LISTS.items():
        for at, (clip, gesture) in _lines(folder / name):
            if clip in seen:
                raise InputError(f"{folder / name}: line {at}: clip {clip} is listed already, in {seen[clip]}")
            seen[clip] = name
            frames = folder / FRAMES / clip
            if not frames.is_dir():
                rows.leave_out(f"listed, but not in {FRAMES}/", clip)
            elif not frames_in(frames):
                rows.leave_out("a folder without frames", str(frames))
            else:
                rows.add(frames, gesture, "", split)
    return rows.finish(folder)


def _lines(listing: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    """(line, (id, gesture))."""
    try:
        lines = listing.read_bytes().decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{listing}: can't be read as text ({error}); it lies beside {FRAMES}/") from None
    for at, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        clip, _, gesture = (part.strip() for part in line.partition(";"))
        if not clip.isdecimal() or not gesture:
            raise InputError(f"{listing}: line {at}: {line[:40]!r} is no id;label, such as 34870;Drumming Fingers")
        if gesture not in GESTURES:
            raise InputError(f"{listing}: line {at}: {gesture!r} is none of Jester's 27 gestures")
        yield at, (clip, gesture)
