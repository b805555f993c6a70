"""Folders named by gloss, with photos, clips or their landmarks in them, as most collections of pictures come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.entry import Note, at_least_one, file_row, known_options, unheard
from deepsign.data.readers.signers_csv import LISTING, listed
from deepsign.perceive import LANDMARK_SUFFIXES, PHOTO_SUFFIXES, VIDEO_SUFFIXES
from deepsign.problems import InputError

# Folders of a collection that say which part of it they hold, and what we call that part.
SPLIT_FOLDERS = {
    "train": "train",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}


def image_folder(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """<gloss>/<photo, clip, or what `deepsign extract` wrote of one>, also below train/, valid/ or test/.

    Signers come from a signers.csv beside the folders, if there is one, and else from the option `pattern`: a regular
    expression with the group signer, and maybe gloss, for names that say it all ("hand1_a_…"). It is searched in the
    file's name; files that don't fit it are left out.
    """
    known_options(source, options, "pattern")
    folder = root / path
    pattern = compiled(source, options)
    signers = listed(folder / LISTING) if (folder / LISTING).is_file() else {}
    rows: list[Row] = []
    left_out: Counter[str] = Counter()
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        # Hidden files are a system's own: previews, and the halves of files that macOS writes beside the real ones.
        if any(part.startswith(".") for part in inside.parts) or not file.is_file() or file.name == LISTING:
            continue
        if file.suffix.lower() not in (*PHOTO_SUFFIXES, *VIDEO_SUFFIXES, *LANDMARK_SUFFIXES):
            left_out[f"no photo or clip ({file.suffix or 'without suffix'})"] += 1
            continue
        found = pattern.search(file.name) if pattern else None
        if pattern and not found:
            left_out["the name doesn't fit the pattern"] += 1
            continue
        named = found.groupdict() if found else {}
        folders = inside.parts[:-1]
        gloss = named.get("gloss") or (folders[-1] if folders else "")
        if not gloss or gloss.lower() in SPLIT_FOLDERS:
            raise InputError(f"{file}: lies in no folder that names its gloss; put it in one")
        split = next((SPLIT_FOLDERS[f.lower()] for f in folders if f.lower() in SPLIT_FOLDERS), "")
        line = signers.get(inside.as_posix())
        signer = line.signer if line else named.get("signer") or ""
        rows.append(file_row(root, file, gloss, signer, split, licence, source))
    for reason, count in left_out.items():
        note(f"{count} files left out: {reason}")
    if empty := [p.name for p in sorted(folder.rglob("*")) if p.is_dir() and not any(p.iterdir())]:
        note(f"{len(empty)} glosses without a file, left out (the first: {empty[0]})")
    return at_least_one(rows, folder)


def compiled(source: str, options: Mapping[str, str]) -> re.Pattern[str] | None:
    """The option pattern as an expression, None without it; InputError where it is none or names nothing."""
    if "pattern" not in options:
        return None
    try:
        pattern = re.compile(options["pattern"])
    except re.error as error:
        raise InputError(f"{source}: option pattern is no regular expression ({error})") from None
    if not {"gloss", "signer"} & set(pattern.groupindex):
        raise InputError(f"{source}: option pattern needs a group (?P<signer>…) or (?P<gloss>…)")
    return pattern
