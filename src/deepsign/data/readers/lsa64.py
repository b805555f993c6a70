"""LSA64: 64 signs of Argentinian Sign Language (ISO 639-3: aed), ten people, five times each.

Ronchetti et al., "LSA64: An Argentinian Sign Language Dataset" (CACIC 2016); its page,
https://facundoq.github.io/datasets/lsa64/, lists the signs, and states CC BY-NC-SA 4.0. 3,200 videos in one folder,
named sign_subject_repetition: 001_002_003.mp4. All wear coloured gloves. No split is given: leave signers out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from deepsign.data.manifest import Row
from deepsign.data.readers.clip_files import ClipRows, clips_below, kinds_wanted, plain_name
from deepsign.data.readers.entry import Note, known_options, unheard

# Signs 1 to 64, as the corpus's page calls them in English.
GLOSSES = (
    *("Opaque", "Red", "Green", "Yellow", "Bright", "Light-blue", "Colors", "Pink"),
    *("Women", "Enemy", "Son", "Man", "Away", "Drawer", "Born", "Learn"),
    *("Call", "Skimmer", "Bitter", "Sweet milk", "Milk", "Water", "Food", "Argentina"),
    *("Uruguay", "Country", "Last name", "Where", "Mock", "Birthday", "Breakfast", "Photo"),
    *("Hungry", "Map", "Coin", "Music", "Ship", "None", "Name", "Patience"),
    *("Perfume", "Deaf", "Trap", "Rice", "Barbecue", "Candy", "Chewing-gum", "Spaghetti"),
    *("Yogurt", "Accept", "Thanks", "Shut down", "Appear", "To land", "Catch", "Help"),
    *("Dance", "Bathe", "Buy", "Copy", "Run", "Realize", "Give", "Find"),
)
_NAME = re.compile(r"(?P<sign>\d{3})_(?P<signer>\d{3})_(?P<repetition>\d{3})")


def lsa64(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each CCC_SSS_RRR.mp4, or what `deepsign extract` wrote of it, anywhere below.

    options: `only: videos`, for pixel networks, takes videos even where landmarks lie beside them.

    The gloss "None" is the corpus's 38th sign, the word for "no one": not a clip without a sign.
    """
    known_options(source, options, "only")
    folder = root / path
    rows = ClipRows(root, source, licence, note)
    for file in clips_below(folder, rows, kinds_wanted(source, options)):
        found = _NAME.fullmatch(plain_name(file))
        if not found:
            rows.leave_out("the name is not sign_subject_repetition (001_002_003)", str(file))
        elif not 1 <= int(found["sign"]) <= len(GLOSSES):
            rows.leave_out(f"no sign of that number; there are {len(GLOSSES)}", str(file))
        else:
            rows.add(file, GLOSSES[int(found["sign"]) - 1], found["signer"])
    note("Argentinian Sign Language: write `sign_language: aed` into the recipe")
    return rows.finish(folder)
