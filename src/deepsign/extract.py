"""Extract: photos and videos → landmark files, one beside the other, each written once.

A file that is there already is kept, so a run that was stopped goes on where it stopped; what can't be read, and what
shows no hand, is listed at the end and stops nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deepsign.clip import Clip
from deepsign.landmarks import shows_a_hand
from deepsign.perceive import PHOTO_SUFFIXES, Landmarker, open_clip, read_landmarks, write_landmarks
from deepsign.problems import InputError
from deepsign.sources import unfold

# Photos of a batch share a tracker, whose start-up takes longer than some of them; a video needs one of its own.
_PHOTOS_AT_ONCE = 16

Job = tuple[str, Path]


@dataclass(frozen=True)
class Extracted:
    """What a run did.

    written  files that it wrote; kept: those that were there already.
    failed   (source, reason) of those that could not be read.
    unseen   sources, kept ones too, in which no hand was seen: their files hold NaN, and count in evaluation.
    """

    written: int
    kept: int
    failed: tuple[tuple[str, str], ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class _Done:
    """What became of one source; `reason` says why, where it failed."""

    source: str
    became: Literal["written", "kept", "failed"]
    reason: str = ""
    unseen: bool = False


def extract(
    sources: Sequence[str],
    out: Path,
    layout: str = "hands",
    shard: tuple[int, int] = (0, 1),
    jobs: int | None = None,
    on_done: Callable[[str], None] = lambda _: None,
) -> Extracted:
    """Writes OUT/<path below its folder>.npz for every photo and video of the sources.

    shard    (i, n): takes each n-th source from the i-th on, so that n machines share a corpus.
    jobs     processes; the machine's cores by default. With 1, this process does it all.
    on_done  called with each source's name as it is finished.

    Raises InputError for sources that would be written to the same file.
    """
    named = [(s, target) for source in sources for s, target in _targets(source, out)]
    _check_apart(named)
    batches = _batches(named[shard[0] :: shard[1]])
    jobs = max(1, min(jobs or os.cpu_count() or 1, len(batches)))
    done: list[_Done] = []

    def finished(some: list[_Done]) -> None:
        done.extend(some)
        for one in some:
            on_done(one.source)

    if jobs == 1:
        for batch in batches:
            finished(_extract_batch(batch, layout))
    else:
        _in_processes(deque(batches), layout, jobs, finished)
    return Extracted(
        sum(one.became == "written" for one in done),
        sum(one.became == "kept" for one in done),
        tuple(sorted((one.source, one.reason) for one in done if one.became == "failed")),
        tuple(sorted(one.source for one in done if one.unseen)),
    )


def parse_shard(text: str) -> tuple[int, int]:
    """ "0/4" → (0, 4): the first of four parts. Raises InputError for anything else."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and int(part) < int(parts)):
        raise InputError(f"--shard {text}: write it as i/n with i from 0 to n − 1, 0/4 for the first of four parts")
    return int(part), int(parts)


def _targets(source: str, out: Path) -> list[Job]:
    root = Path(source)
    found = list(unfold([source]))
    if found == [source]:
        return [(source, out / f"{root.name}.npz")]
    return [(f, out / f"{Path(f).relative_to(root)}.npz") for f in found]


def _check_apart(named: Sequence[Job]) -> None:
    seen: dict[Path, str] = {}
    for source, target in named:
        if target in seen:
            raise InputError(
                f"{target}: {seen[target]} and {source} would both be written there; extract them to two folders"
            )
        seen[target] = source


def _batches(jobs: Sequence[Job]) -> list[list[Job]]:
    photos = [job for job in jobs if _is_photo(job[0])]
    together = [photos[i : i + _PHOTOS_AT_ONCE] for i in range(0, len(photos), _PHOTOS_AT_ONCE)]
    return [*together, *([job] for job in jobs if not _is_photo(job[0]))]


def _in_processes(batches: deque[list[Job]], layout: str, jobs: int, finished: Callable[[list[_Done]], None]) -> None:
    """Each thread has a process of its own, so that one that dies takes nothing but its own batch with it."""

    def work() -> None:
        with _Process(layout) as process:
            while True:
                try:
                    batch = batches.popleft()
                except IndexError:
                    return
                finished(process.run(batch))

    with ThreadPoolExecutor(jobs) as threads:
        try:
            for lane in [threads.submit(work) for _ in range(jobs)]:
                lane.result()
        except BaseException:
            batches.clear()  # stopped by a person: finish no more than what is under way
            raise


class _Process:
    """A process that extracts, and is replaced when a file kills it: decoders and trackers are not all Python."""

    def __init__(self, layout: str) -> None:
        self._layout = layout
        self._pool = _new_process()

    def run(self, batch: list[Job]) -> list[_Done]:
        """What became of a batch; a source that kills the process alone has failed."""
        try:
            return self._pool.submit(_extract_batch, batch, self._layout).result()
        except BrokenProcessPool:
            self._pool.shutdown()
            self._pool = _new_process()
        if len(batch) > 1:
            return [one for job in batch for one in self.run([job])]
        source = batch[0][0]
        return [_Done(source, "failed", f"{source}: the process that read it died; the file is damaged, or too large")]

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()


def _new_process() -> ProcessPoolExecutor:
    # Spawned, not forked: the tracker's threads don't survive a fork.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _extract_batch(batch: Sequence[Job], layout: str) -> list[_Done]:
    done = []
    with ExitStack() as stack:
        tracker: Landmarker | None = None
        for source, target in batch:
            try:
                clip = _there(target, layout)
                kept = clip is not None
                if clip is None:
                    if tracker is None and _is_photo(source):
                        tracker = stack.enter_context(Landmarker(layout, still=True))
                    clip = open_clip(source, layout=layout, engine=tracker)
                    write_landmarks(clip, target)
                assert clip.landmarks is not None
                unseen = not shows_a_hand(clip.landmarks, layout)
                done.append(_Done(source, "kept" if kept else "written", unseen=unseen))
            except InputError as error:
                done.append(_Done(source, "failed", str(error)))
    return done


def _there(target: Path, layout: str) -> Clip | None:
    """The clip that an earlier run wrote; None where there is none, or one that is damaged and must be made anew.

    Raises InputError where it was written in another layout: keeping it would mix two.
    """
    if not target.exists():
        return None
    try:
        clip = read_landmarks(target, unseen_too=True)
    except InputError:
        return None
    if clip.layout != layout:
        raise InputError(f"{target}: is there already, in layout {clip.layout}, not {layout}; choose another --out")
    return clip


def _is_photo(source: str) -> bool:
    return Path(source).suffix.lower() in PHOTO_SUFFIXES
