"""Clips as folders of numbered pictures, in folders named by gloss: <gloss>/<clip>/frame_000.jpg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.data.readers.image_folder import SPLIT_FOLDERS, compiled
from deepsign.perceive import PHOTO_SUFFIXES
from deepsign.problems import InputError


def frame_folder(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each <gloss>/<clip>/ of pictures, also below train/, val/ or test/.

    options: `pattern`, a regular expression with the group signer, searched in each clip folder's name; folders that
    don't fit it are left out, and so are empty ones. Raises InputError for pictures at any other depth.
    """
    known_options(source, options, "pattern")
    pattern = compiled(source, options)
    if pattern is not None and set(pattern.groupindex) != {"signer"}:
        raise InputError(f"{source}: option pattern needs the group (?P<signer>…) and no other; folders name the gloss")
    folder = root / path
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; say where the corpus was unpacked")
    rows = ClipRows(root, source, licence, note)
    for clip, split in _clips(folder, rows):
        found = pattern.search(clip.name) if pattern else None
        if pattern and not found:
            rows.leave_out("the name doesn't fit the pattern", str(clip))
        else:
            rows.add(clip, clip.parent.name, found["signer"] or "" if found else "", split)
    return rows.finish(folder)


def _clips(folder: Path, rows: ClipRows) -> list[tuple[Path, str]]:
    """(clip folder, split)."""
    found: list[tuple[Path, str]] = []
    for top in _folders(folder):
        split = SPLIT_FOLDERS.get(top.name.lower(), "")
        for gloss in _folders(top) if split else [top]:
            clips = _folders(gloss)
            if _pictures(gloss):
                raise InputError(
                    f"{gloss}: holds pictures, not folders of pictures; the layout is <gloss>/<clip>/frame_000.jpg"
                )
            if not clips:
                rows.leave_out("a gloss without clips", str(gloss))
            for clip in clips:
                if _pictures(clip):
                    found.append((clip, split))
                else:
                    rows.leave_out("a clip folder without pictures", str(clip))
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _pictures(folder: Path) -> int:
    kinds = Counter(p.suffix.lower() in PHOTO_SUFFIXES for p in folder.iterdir() if not p.name.startswith("."))
    return kinds[True]
