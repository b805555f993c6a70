"""RWTH-PHOENIX-Weather 2014: sentences of German Sign Language (ISO 639-3: gsg) from weather forecasts, nine signers.

Koller, Forster and Ney, "Continuous sign language recognition" (CVIU 2015); its licence allows research alone.
annotations/manual/<part>.corpus.csv lists folders of frames (25 a second) with the glosses of each sentence;
annotations/automatic/ says, for the training part, which state of which gloss each frame was aligned with. What one
gloss spans is a clip here: a sentence of one gloss, or a piece of a longer one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from deepsign.data.manifest import Row, digest
from deepsign.data.readers.entry import Note, at_least_one, known_options, unheard, whole_name
from deepsign.perceive.folder import frames_in
from deepsign.problems import InputError

PARTS = {"train": "train", "dev": "validation", "test": "test"}
FRAMES = "features/fullFrame-210x260px"
COLUMNS = ("id", "folder", "signer", "annotation")
# What the alignment calls frames between signs.
_REST = "si"
# A piece shorter than this many frames (0.12 s) is an alignment's slip, not a sign.
_SHORTEST = 3


def phoenix2014(
    root: Path, path: str, source: str, licence: str, options: Mapping[str, str], note: Note = unheard
) -> list[Row]:
    """A row for each piece with a single gloss; `path` is the folder phoenix-2014-multisigner, or one laid out alike.

    options: `segments: alignment` takes the pieces of the training sentences that the corpus's own alignment gives to
    one gloss ("folder#frames=12-40"); `segments: sentences`, the default, takes sentences of one gloss, of all parts.

    Raises InputError for lists that are missing or laid out otherwise; folders that are missing are counted.
    """
    known_options(source, options, "segments")
    folder, kind = root / path, options.get("segments", "sentences")
    if kind not in {"sentences", "alignment"}:
        raise InputError(f"{source}: option segments is {kind!r}; it can be sentences or alignment")
    gone: list[str] = []
    rows: list[Row] = []
    for part, split in PARTS.items():
        listing = folder / "annotations" / "manual" / f"{part}.corpus.csv"
        if part != "train" and (kind == "alignment" or not listing.is_file()):
            continue
        pieces = _aligned(folder) if kind == "alignment" else {}
        for name, inside, signer, glosses in _sentences(listing):
            frames = folder / FRAMES / part / inside
            found = pieces.get(name, []) if kind == "alignment" else [("", glosses[0])] if len(glosses) == 1 else []
            if found and not (frames.is_dir() and frames_in(frames)):
                gone.append(str(frames))
                continue
            place = frames.relative_to(root).as_posix()
            for piece, gloss in found:
                named = whole_name(source, signer)
                rows.append(Row(f"{place}{piece}", gloss, named, split, licence, source, _content(frames)))
    if gone:
        note(f"{len(gone)} left out: listed, but there are no frames (the first: {gone[0]})")
    note("the corpus's own split is not signer-disjoint: for honest figures: deepsign data split")
    return at_least_one(rows, folder)


def _sentences(listing: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """(id, folder of the frames, signer, glosses) of each line; glosses without the marks __ON__ and the like."""
    try:
        table = list(csv.reader(listing.read_bytes().decode("utf-8-sig").splitlines(), delimiter="|", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{listing}: can't be read as a list ({error}); it is part of the corpus") from None
    if not table or tuple(table[0]) != COLUMNS:
        raise InputError(
            f"{listing}: must have the columns {'|'.join(COLUMNS)}, not {'|'.join(table[0] if table else [])}"
        )
    for at, line in enumerate(table[1:], start=2):
        if len(line) != len(COLUMNS) or not all(cell.strip() for cell in line):
            raise InputError(f"{listing}: line {at} must be {'|'.join(COLUMNS)}")
        name, inside, signer, annotation = (cell.strip() for cell in line)
        if not inside.endswith("/*.png") or ".." in Path(inside).parts:
            raise InputError(f"{listing}: line {at}: folder {inside!r} must end with /*.png")
        glosses = [word for word in annotation.split() if not (word.startswith("__") and word.endswith("__"))]
        yield name, inside.removesuffix("/*.png"), signer, glosses


def _aligned(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Sentence → ("#frames=12-40", gloss) of each run of frames that belong to one gloss."""
    automatic = folder / "annotations" / "automatic"
    states = {label: state for state, label in _pairs(automatic / "trainingClasses.txt", skip=1)}
    frames: dict[str, list[str]] = {}
    for picture, label in _pairs(automatic / "train.alignment"):
        if label not in states:
            raise InputError(f"{automatic / 'train.alignment'}: class {label} is not in trainingClasses.txt")
        sentence = Path(picture).parts[-3] if len(Path(picture).parts) >= 3 else picture
        frames.setdefault(sentence, []).append(states[label])
    return {sentence: _runs(found) for sentence, found in frames.items()}


def _runs(states: list[str]) -> list[tuple[str, str]]:
    """The pieces of a sentence's frames: states of one gloss in a row, anew where its first state comes back."""
    runs: list[tuple[str, int, int]] = []
    for at, state in enumerate(states):
        gloss = state if state == _REST else state.rstrip("012")
        goes_on = runs and runs[-1][0] == gloss and (gloss == _REST or state >= states[at - 1])
        if goes_on:
            runs[-1] = (gloss, runs[-1][1], at)
        else:
            runs.append((gloss, at, at))
    return [
        (f"#frames={first}-{last}", gloss)
        for gloss, first, last in runs
        if gloss != _REST and last - first + 1 >= _SHORTEST
    ]


def _pairs(file: Path, skip: int = 0) -> Iterator[tuple[str, str]]:
    """The two words of each line."""
    try:
        lines = file.read_bytes().decode("utf-8-sig").splitlines()[skip:]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: can't be read ({error}); segments: alignment needs it") from None
    for at, line in enumerate(lines, start=skip + 1):
        if len(words := line.split()) == 2:
            yield words[0], words[1]
        elif words:
            raise InputError(f"{file}: line {at} must be two words, not {line[:60]!r}")


@lru_cache(maxsize=1)
def _content(folder: Path) -> str:
    # Pieces of one sentence follow one another.
    return digest(folder)
