"""PopSign ASL v1.0: 250 ASL signs, about 210,000 clips that 47 Deaf adults recorded with a telephone. CC BY 4.0.

Starner et al., "PopSign ASL v1.0: An Isolated American Sign Language Dataset Collected via Smartphones" (NeurIPS 2023):
31 people in train, eight in val, eight in test. The collectors' page, https://signdata.cc.gatech.edu/, gives an archive
for each sign, popsign_v1_0/<game or non-game>/<train, val or test>/<sign>.tar; unpacked beside one another they make

    game/train/table/4a.7003-table-2022_12_27_09_26_53.197-0.mp4

whose name begins with the telephone and the person's number (4a.7003), then the sign, when, and which take. The layout
is told by the archives' addresses and by lists of files that users of the corpus published; no CSV comes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows, clips_below, plain_name
from deepsign.data.readers.entry import Note, known_options, unheard
from deepsign.problems import InputError

_SPLITS = {"train": "train", "val": "validation", "test": "test"}
_PARTS = ("game", "non-game")
_NAME = re.compile(r"(?P<signer>[^-\s]+)-(?P<sign>.+)-\d{4}(_\d{2}){5}\.\d+-\d+")


def popsign(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each <train, val or test>/<sign>/<clip>, or the landmarks extracted of it, also below game/, non-game/.

    It has no options. A clip whose name doesn't begin with its signer is left out. Raises InputError for a clip that
    lies elsewhere.
    """
    known_options(source, options)
    folder = root / path
    rows = ClipRows(root, source, licence, note)
    for file in clips_below(folder, rows):
        above = file.relative_to(folder).parts[:-1]
        inside = above[1:] if above and above[0] in _PARTS else above
        if len(inside) != 2 or inside[0] not in _SPLITS:
            raise InputError(
                f"{file}: must lie in <train, val or test>/<sign>/, also below game/ or non-game/, in {folder}"
            )
        found = _NAME.fullmatch(plain_name(file))
        if found:
            rows.add(file, inside[1], found["signer"], _SPLITS[inside[0]])
        else:
            rows.leave_out("the name is not signer-sign-time-take", str(file))
    return rows.finish(folder)
