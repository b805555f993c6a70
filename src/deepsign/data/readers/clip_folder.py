"""Clips in folders named by gloss: videos or landmark files, and landmark files alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows, clips_below, kinds_wanted
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.data.readers.frame_folder import frame_folder
from deepsign.data.readers.image_folder import SPLIT_FOLDERS, compiled
from deepsign.perceive import LANDMARK_SUFFIXES
from deepsign.problems import InputError


def clip_folder(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """<gloss>/<clip>, or <train, val or test>/<gloss>/<clip>: a video, or the landmark file that was made of one.

    options: `pattern`, a regular expression with the group signer, searched in each file's name ("^(?P<signer>[a-z]+)_"
    for ana_03.mp4); files that don't fit it are left out. `only: videos`, for pixel networks, takes videos even where
    landmarks lie beside them; `use_frames: true` takes the folders of frames in place of the videos
    (`deepsign.data.readers.frame_folder`). Raises InputError for a clip at any other depth.
    """
    use_frames = options.get("use_frames", "false").lower()
    if use_frames not in {"true", "false"}:
        raise InputError(f"{source}: option use_frames is {options['use_frames']!r}; it can be true or false")
    rest = {name: value for name, value in options.items() if name != "use_frames"}
    if use_frames == "true":
        return frame_folder(root, path, source, licence, rest, note)
    kinds = kinds_wanted(source, options)
    return _read(root, path, source, licence, {n: v for n, v in rest.items() if n != "only"}, note, kinds)


def landmark_arrays(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """As `clip_folder`, but landmark files alone, as `deepsign extract` writes them; videos are left out."""
    return _read(root, path, source, licence, options, note, LANDMARK_SUFFIXES)


def _read(
    root: Path,
    path: str,
    source: str,
    licence: str,
    options: Mapping[str, str],
    note: Note,
    suffixes: frozenset[str],
) -> list[Row]:
    known_options(source, options, "pattern")
    pattern = compiled(source, options)
    if pattern is not None and set(pattern.groupindex) != {"signer"}:
        raise InputError(f"{source}: option pattern needs the group (?P<signer>…) and no other; folders name the gloss")
    folder = root / path
    rows = ClipRows(root, source, licence, note)
    for file in clips_below(folder, rows, suffixes):
        split, gloss = _place(folder, file)
        found = pattern.search(file.name) if pattern else None
        if pattern and not found:
            rows.leave_out("the name doesn't fit the pattern", str(file))
        else:
            rows.add(file, gloss, found["signer"] or "" if found else "", split)
    return rows.finish(folder)


def _place(folder: Path, file: Path) -> tuple[str, str]:
    """The split, empty where the folders name none, and the gloss."""
    above = file.relative_to(folder).parts[:-1]
    split = SPLIT_FOLDERS.get(above[0].lower(), "") if len(above) == 2 else ""
    if len(above) - bool(split) != 1 or (len(above) == 1 and above[0].lower() in SPLIT_FOLDERS):
        raise InputError(f"{file}: must lie in <gloss>/ or <train, val or test>/<gloss>/ below {folder}; move it there")
    return split, above[-1]
