"""Extract: photos and videos → landmark files, one beside the other, each written once.

A file that is there already is kept, so a run that was stopped goes on where it stopped; what can't be read is
listed at the end and stops nothing.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deepsign.perceive import PHOTO_SUFFIXES, Landmarker, open_clip, write_landmarks
from deepsign.problems import InputError
from deepsign.sources import unfold


@dataclass(frozen=True)
class Extracted:
    """What a run did: files written, files that were there already, and (source, reason) of those that failed."""

    written: int
    kept: int
    failed: tuple[tuple[str, str], ...]


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
    jobs     processes; the machine's cores by default.
    on_done  called with each source's name as it is finished.
    """
    named = [(s, target) for source in sources for s, target in _targets(source, out)]
    _check_apart([target for _, target in named], out)
    mine = named[shard[0] :: shard[1]]
    ahead = [(s, t) for s, t in mine if not t.exists()]
    failed: list[tuple[str, str]] = []
    jobs = max(1, min(jobs or os.cpu_count() or 1, len(ahead)))
    batches = [ahead[i::jobs] for i in range(jobs)]
    if jobs == 1:
        failed = _extract_batch(ahead, layout, on_done)
    else:
        # Spawned, not forked: the tracker's threads don't survive a fork.
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            small = [batch[i : i + 16] for batch in batches for i in range(0, len(batch), 16)]
            runs = {pool.submit(_extract_batch, batch, layout): batch for batch in small}
            for run in as_completed(runs):
                failed += run.result()
                for source, _ in runs[run]:
                    on_done(source)
    return Extracted(len(ahead) - len(failed), len(mine) - len(ahead), tuple(sorted(failed)))


def parse_shard(text: str) -> tuple[int, int]:
    """ "0/4" → (0, 4): the first of four parts. Raises InputError for anything else."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and int(part) < int(parts)):
        raise InputError(f"--shard {text}: write it as i/n with i from 0 to n − 1, 0/4 for the first of four parts")
    return int(part), int(parts)


def _targets(source: str, out: Path) -> list[tuple[str, Path]]:
    root = Path(source)
    found = list(unfold([source]))
    if found == [source]:
        return [(source, out / f"{root.name}.npz")]
    return [(f, out / f"{Path(f).relative_to(root)}.npz") for f in found]


def _check_apart(targets: list[Path], out: Path) -> None:
    if len(set(targets)) != len(targets):
        twice = next(t for t in targets if targets.count(t) > 1)
        raise InputError(f"{twice.relative_to(out)}: two sources would be written there; extract them to two folders")


def _extract_batch(
    batch: Sequence[tuple[str, Path]], layout: str, on_done: Callable[[str], None] = lambda _: None
) -> list[tuple[str, str]]:
    failed = []
    with ExitStack() as stack:
        tracker: Landmarker | None = None
        for source, target in batch:
            try:
                if tracker is None and Path(source).suffix.lower() in PHOTO_SUFFIXES:
                    tracker = stack.enter_context(Landmarker(layout, still=True))
                target.parent.mkdir(parents=True, exist_ok=True)
                write_landmarks(open_clip(source, layout=layout, engine=tracker), target)
            except InputError as error:
                failed.append((source, str(error)))
            on_done(source)
    return failed
