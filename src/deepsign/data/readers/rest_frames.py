"""Stills that show no sign, from both ends of signed clips: hands that come from their rest or go back to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deepsign.data.manifest import Row, digest
from deepsign.data.readers.entry import Note, at_least_one, known_options, unheard, whole_name
from deepsign.data.tables import open_table
from deepsign.landmarks import HANDS, convert

# Clips with fewer frames than this with a hand have no ends to speak of.
_SHORTEST = 4
# The share of a clip, at either end, in which the hand is still on its way.
_END = 6


def rest_frames(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """Every second frame of the first and the last sixth of those in which a hand is seen, of each clip of an archive.

    options: `gloss`, what to call them; "none" by default.
    """
    known_options(source, options, "gloss")
    table = open_table(root / path)
    content = digest(root / path)
    rows = []
    short = 0
    for item in range(len(table)):
        clip = table.clip(item)
        assert clip.landmarks is not None and clip.layout is not None
        hands = convert(clip.landmarks, clip.layout, HANDS.name)
        seen = np.flatnonzero(~np.isnan(hands[..., 0]).all(axis=1))
        if len(seen) < _SHORTEST:
            short += 1
            continue
        end = max(1, len(seen) // _END)
        signer = whole_name(source, str(table.signers[item]) if table.signers is not None else "")
        for frame in (*seen[:end:2], *seen[-end::2]):
            at = f"{path}#{item}:{frame}"
            rows.append(Row(at, options.get("gloss", "none"), signer, "", licence, source, content))
    if short:
        note(f"{short} clips left out: a hand in fewer than {_SHORTEST} frames")
    return at_least_one(rows, root / path)
