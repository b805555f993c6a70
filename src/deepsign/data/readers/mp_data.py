"""MP_Data trees: <word>/<sequence>/<frame>.npy, as a much-followed webcam tutorial writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.data.sequence_folder import frames_of, read_sequence
from deepsign.problems import InputError


def mp_data(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each sequence folder, which is one clip (`deepsign.data.sequence_folder`); it has no options.

    A sequence with a damaged frame is left out and named, and so is an empty one. Nobody is named in such a tree: all
    of it counts as one signer, so give each person's tree a name of its own in the list of collections.
    """
    known_options(source, options)
    folder = root / path
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; say where the tree of words lies")
    rows = ClipRows(root, source, licence, note)
    for word in _inside(folder, rows):
        if frames_of(word):
            raise InputError(
                f"{word}: holds frames, not sequences of frames; the layout is <word>/<sequence>/<frame>.npy"
            )
        for sequence in _inside(word, rows):
            try:
                rows.add_seen(sequence, read_sequence(sequence), word.name)
            except InputError as error:
                rows.leave_out("a sequence that can't be read", str(error))
    return rows.finish(folder)


def _inside(folder: Path, rows: ClipRows) -> list[Path]:
    """The folders in a folder; files between them are counted, hidden ones passed over."""
    found = sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: (len(p.name), p.name))
    for file in found:
        if not file.is_dir():
            rows.leave_out("a file where only folders belong", str(file))
    return [p for p in found if p.is_dir()]
