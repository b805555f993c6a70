"""Clip files: a corpus's videos, or what `deepsign extract` wrote of them, become rows; what is left out is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from deepsign.clip import Clip
from deepsign.data.manifest import Row
from deepsign.data.readers.entry import Note, at_least_one, file_row
from deepsign.landmarks import shows_a_hand
from deepsign.perceive import LANDMARK_SUFFIXES, VIDEO_SUFFIXES, read_landmarks
from deepsign.problems import InputError


class ClipRows:
    """Gathers a corpus's rows; `finish` says what was left out, what shows no hand, and whether its split is honest."""

    def __init__(self, root: Path, source: str, licence: str, note: Note) -> None:
        self._root, self._source, self._licence, self._note = root, source, licence, note
        self._rows: list[Row] = []
        self._left_out: defaultdict[str, list[str]] = defaultdict(list)
        self._unseen: list[str] = []

    def add(self, file: Path, gloss: str, signer: str, split: str = "") -> None:
        """A row for a video or a landmark file. A landmark file that can't be read is left out, and said.

        One in which no hand is seen stays, as the video that it was made from would: in evaluation it is a wrong
        answer, and dropping it would flatter.
        """
        if file.suffix.lower() in LANDMARK_SUFFIXES:
            try:
                clip = read_landmarks(file, unseen_too=True)
            except InputError as error:
                self.leave_out("a landmark file that can't be read", str(error))
                return
            self.add_seen(file, clip, gloss, signer, split)
        else:
            self._rows.append(self._row(file, gloss, signer, split))

    def add_seen(self, path: Path, clip: Clip, gloss: str, signer: str = "", split: str = "") -> None:
        """A row for landmarks that were read already."""
        assert clip.landmarks is not None and clip.layout is not None
        if not shows_a_hand(clip.landmarks, clip.layout):
            self._unseen.append(str(path))
        self._rows.append(self._row(path, gloss, signer, split))

    def leave_out(self, reason: str, what: str) -> None:
        """Counts something that becomes no row."""
        self._left_out[reason].append(what)

    def finish(self, where: Path) -> list[Row]:
        """The rows, once the notes are said; InputError where there are none."""
        if not self._rows and self._left_out:
            reason, what = next(iter(self._left_out.items()))
            raise InputError(f"{where}: no clip in it can be used: {reason} ({len(what)}, the first: {what[0]})")
        for reason, what in self._left_out.items():
            self._note(f"{len(what)} left out: {reason} (the first: {what[0]})")
        if self._unseen:
            self._note(f"{len(self._unseen)} clips in which no hand is seen, kept (the first: {self._unseen[0]})")
        if words := self._who_signed():
            self._note(words)
        return at_least_one(self._rows, where)

    def _row(self, path: Path, gloss: str, signer: str, split: str) -> Row:
        return file_row(self._root, path, gloss, signer, split, self._licence, self._source)

    def _who_signed(self) -> str:
        """What there is to say about signers and the corpus's own split; empty where all is well."""
        splits: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._rows:
            splits[row.signer].add(row.split)
        if self._source in splits:
            return "signers are not named for all clips: those without count as one, and no split by signer is sure"
        if both := sorted(signer for signer, found in splits.items() if len(found) > 1):
            return (
                f"the corpus's own split is not signer-disjoint: {len(both)} of {len(splits)} signers are in more than "
                f"one part ({both[0]}, say); for honest figures: deepsign data split"
            )
        return ""


def clips_below(
    folder: Path, rows: ClipRows, suffixes: frozenset[str] = VIDEO_SUFFIXES | LANDMARK_SUFFIXES
) -> Iterator[Path]:
    """Clip files anywhere below a folder, in order. Hidden files are passed over; others are left out and counted.

    A video whose landmarks lie beside it ("a.mp4" and "a.mp4.npz") is one recording: the landmarks stand for it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; say where the corpus was unpacked")
    files = [f for f in sorted(folder.rglob("*")) if f.is_file() and not _hidden(f.relative_to(folder))]
    extracted = {f.with_suffix("") for f in files if f.suffix.lower() in LANDMARK_SUFFIXES & suffixes}
    for file in files:
        if file.suffix.lower() not in suffixes:
            rows.leave_out(f"no clip ({file.suffix or 'without suffix'})", str(file))
        elif file in extracted:
            rows.leave_out("a video whose landmarks lie beside it", str(file))
        else:
            yield file


def kinds_wanted(source: str, options: Mapping[str, str]) -> frozenset[str]:
    """Suffixes of the clips that the option `only: videos` leaves, which pixel networks need; without it, of all."""
    if options.get("only", "videos") != "videos":
        raise InputError(f"{source}: option only is {options['only']!r}; it can only be videos")
    return VIDEO_SUFFIXES if "only" in options else VIDEO_SUFFIXES | LANDMARK_SUFFIXES


def clip_called(folder: Path, name: str, suffixes: frozenset[str] = VIDEO_SUFFIXES | LANDMARK_SUFFIXES) -> Path | None:
    """The file that stands for a listed video "05237.mp4": its landmarks, if they were extracted, or the video.

    suffixes  of `kinds_wanted`: videos alone, say.

    None where neither is there. Raises InputError for a name that leads out of the folder.
    """
    if Path(name).name != name or not name:
        raise InputError(f"{folder}: {name!r} is no plain file name; correct the corpus's list")
    landmarks = [folder / f"{name}{suffix}" for suffix in sorted(LANDMARK_SUFFIXES & suffixes)]
    return next((file for file in (*landmarks, folder / name) if file.is_file()), None)


def plain_name(file: Path) -> str:
    """A clip's name without its suffixes: "001_002_003.mp4.npz" and "001_002_003.mp4" are both "001_002_003"."""
    name = file.name
    for suffixes in (LANDMARK_SUFFIXES, VIDEO_SUFFIXES):
        if Path(name).suffix.lower() in suffixes:
            name = Path(name).stem
    return name


def _hidden(path: Path) -> bool:
    # A system's own files: previews, and the halves of files that macOS writes beside the real ones.
    return any(part.startswith(".") for part in path.parts)
