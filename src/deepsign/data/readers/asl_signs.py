"""Google's Isolated Sign Language Recognition corpus: as it is published, or as the archive that was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deepsign.data.asl_signs_list import LIST, listed
from deepsign.data.clip_archive import INDEX, Archive
from deepsign.data.manifest import Row, digest
from deepsign.data.readers.clip_files import ClipRows
from deepsign.data.readers.entry import Note, at_least_one, known_options, spelled, unheard, whole_name
from deepsign.data.tables import open_table
from deepsign.problems import InputError

# Beyond this many files, reading and hashing each for every import takes longer than converting them once.
_MANY = 2000


def asl_signs(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each line of train.csv, or for each clip of the archive that `deepsign data convert` wrote.

    It has no options. Clips in which no hand is seen stay. Listed files that are missing or can't be read are left
    out, and said; what else is wrong raises InputError, see `deepsign.data.asl_signs_list`.
    """
    known_options(source, options)
    folder = root / path
    if (folder / INDEX).is_file() and not (folder / LIST).is_file():
        return _of_archive(folder, f"{path.rstrip('/')}/{INDEX}", source, licence, note)
    sequences = listed(folder)
    if len(sequences) > _MANY:
        note(f"{len(sequences)} files: faster once converted: deepsign data convert {folder} --out FOLDER")
    rows = ClipRows(root, source, licence, note)
    for sequence in sequences:
        file = folder / sequence.path
        if file.is_file():
            rows.add(file, sequence.sign, sequence.participant)
        else:
            rows.leave_out("listed, but the file is missing", sequence.path)
    return rows.finish(folder)


def _of_archive(folder: Path, path: str, source: str, licence: str, note: Note) -> list[Row]:
    archive = open_table(folder / INDEX)
    if not isinstance(archive, Archive) or archive.signers is None:
        raise InputError(f"{folder / INDEX}: is no archive of clips; name the folder that data convert wrote")
    note(archive.kind)
    if archive.left_out:
        first, reason = archive.left_out[0]
        note(f"{len(archive.left_out)} left out by the conversion (the first: {first}: {reason})")
    unseen = np.flatnonzero(~archive.hand)
    if len(unseen):
        note(f"{len(unseen)} clips in which no hand is seen, kept (the first: {archive.index['sequence'][unseen[0]]})")
    content = digest(folder / INDEX)
    signed = enumerate(zip(map(str, archive.labels), map(str, archive.signers), strict=True))
    rows = [
        Row(f"{path}#{item}", spelled(label), whole_name(source, signer), "", licence, source, content)
        for item, (label, signer) in signed
    ]
    return at_least_one(rows, folder)
