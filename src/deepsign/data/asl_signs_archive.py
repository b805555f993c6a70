"""Conversion: Google's Isolated Sign Language Recognition corpus, 94,477 parquet files, once into a clip archive.

Parallel over shards, in constant memory. A shard is made in a hidden folder and renamed when it is whole, so a run that
was killed goes on with the first shard that isn't there, and nobody sees half of one.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from deepsign.data.asl_signs_list import Sequence, listed
from deepsign.data.clip_archive import CLIPS, FORMAT, FRAMES, INDEX, TIMES, Shard, StoredClip, write_index
from deepsign.data.manifest import digest
from deepsign.landmarks import HANDS_POSE, shows_a_hand
from deepsign.perceive import read_landmarks
from deepsign.problems import InputError
from deepsign.whole import not_written

# Sequences in a shard: some seconds of work to lose, some 20 MB, and under 100 files to map for the whole corpus.
SHARD = 1024
_HIDDEN = ".making-"
_MISSING = -1

Task = tuple[int, tuple[Sequence, ...]]


@dataclass(frozen=True)
class Converted:
    """What a run did.

    index     the archive's index, which a manifest's rows name.
    clips, signs, signers, frames  how many there are in the archive.
    kept      clips that an earlier run had converted already.
    left_out  (path, reason) of files that are missing or can't be read.
    """

    index: Path
    clips: int
    signs: int
    signers: int
    frames: int
    kept: int
    left_out: tuple[tuple[str, str], ...]


def convert(
    root: Path,
    out: Path,
    jobs: int | None = None,
    limit: int | None = None,
    on_done: Callable[[int], None] = lambda _: None,
) -> Converted:
    """Writes the archive of a corpus that lies below `root` as it is published; see `deepsign.data.asl_signs_list`.

    jobs     processes; the machine's cores by default. With 1, this process does it all.
    limit    the first so many lines of the list.
    on_done  called with how many sequences were finished, shard by shard.

    Files that are missing or damaged are left out and told; they are looked for again by the next run. Raises
    InputError where the list can't be read, nothing in it can be used, or `out` can't be written.
    """
    if (jobs is not None and jobs < 1) or (limit is not None and limit < 1):
        raise InputError(f"jobs {jobs} and limit {limit} must be 1 or more")
    sequences = listed(root)[:limit]
    cut = range(0, len(sequences), SHARD)
    tasks = [(number, tuple(sequences[start : start + SHARD])) for number, start in enumerate(cut)]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_HIDDEN}*"):
            shutil.rmtree(left)
        shards = {task[0]: kept for task in tasks if (kept := _kept(root, out, task))}
        ahead = [task for task in tasks if task[0] not in shards]
        kept_clips = sum(len(shard.clips) for shard in shards.values())
        if ahead:
            # The old index speaks of shards that are about to change.
            (out / INDEX).unlink(missing_ok=True)
        on_done(sum(len(task[1]) for task in tasks) - sum(len(task[1]) for task in ahead))
        for task, shard in _shards(root, out, ahead, jobs or os.cpu_count() or 1):
            shards[task[0]] = shard
            on_done(len(task[1]))
    except OSError as error:
        raise InputError(not_written(out, error)) from None
    return _finished(root, out, [shards[number] for number, _ in tasks], kept_clips)


def _finished(root: Path, out: Path, shards: list[Shard], kept: int) -> Converted:
    clips = [clip for shard in shards for clip in shard.clips]
    left_out = tuple(pair for shard in shards for pair in shard.left_out)
    if not clips:
        raise InputError(f"{root}: none of its {len(left_out)} listed files can be read; {': '.join(left_out[0])}")
    index = write_index(out, HANDS_POSE.name, shards)
    signs, signers = {clip.label for clip in clips}, {clip.signer for clip in clips}
    return Converted(index, len(clips), len(signs), len(signers), sum(c.length for c in clips), kept, left_out)


def _shards(root: Path, out: Path, tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Shard]]:
    """Each task with its shard, as they are finished."""
    if min(jobs, len(tasks)) <= 1:
        yield from ((task, _convert(root, out, task)) for task in tasks)
        return
    waiting = iter(tasks)
    # Spawned, not forked: pyarrow has threads of its own.
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=multiprocessing.get_context("spawn")) as pool:
        under_way: dict[Future[Shard], Task] = {}
        try:
            while True:
                for task in islice(waiting, 2 * jobs - len(under_way)):
                    under_way[pool.submit(_convert, root, out, task)] = task
                if not under_way:
                    return
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    yield under_way.pop(done), done.result()
        except BrokenProcessPool:
            raise InputError(
                f"{out}: a process that converted died, out of memory or by a damaged file; what is finished is kept: "
                "run it again with --jobs 1"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _convert(root: Path, out: Path, task: Task) -> Shard:
    """Makes one shard: frames are written as they are read, and renamed into place when all are."""
    number, sequences = task
    name = f"shard-{number:05}"
    making = out / f"{_HIDDEN}{name}-{os.getpid()}"
    making.mkdir()
    clips: list[StoredClip] = []
    left_out: list[tuple[str, str, int]] = []
    times = []
    with (making / FRAMES).open("wb") as file:
        _write_header(file, 0)
        for sequence in sequences:
            path = root / sequence.path
            try:
                clip = read_landmarks(path, unseen_too=True)
            except InputError as error:
                reason = "is missing" if _size(path) == _MISSING else str(error).removeprefix(f"{path}: ")
                left_out.append((sequence.path, reason, _size(path)))
                continue
            points = clip.landmarks
            assert points is not None
            file.write(points.astype("<f2").tobytes())
            times.append(clip.times)
            seen, hand = not np.isnan(points[..., 0]).all(), shows_a_hand(points, HANDS_POSE.name)
            clips.append(
                StoredClip(sequence.sign, sequence.participant, sequence.sequence, len(points), bool(seen), hand)
            )
        _write_header(file, sum(map(len, times)))
    np.save(making / TIMES, np.concatenate(times) if times else np.empty(0))
    digests = [digest(making / FRAMES), digest(making / TIMES)]
    told = {"key": _key(sequences), "sha256": digests, "clips": [astuple(c) for c in clips], "left_out": left_out}
    (making / CLIPS).write_text(json.dumps(told), "utf-8")
    final = out / name
    shutil.rmtree(final, ignore_errors=True)
    making.rename(final)
    return _shard(name, told)


def _kept(root: Path, out: Path, task: Task) -> Shard | None:
    """The shard that an earlier run made of the same lines; None where it is not there, changed, or could have more."""
    number, sequences = task
    folder = out / f"shard-{number:05}"
    try:
        told = json.loads((folder / CLIPS).read_text("utf-8"))
        shard = _shard(folder.name, told)
        whole = [digest(folder / FRAMES), digest(folder / TIMES)] == told["sha256"]
        again = any(_size(root / path) != size for path, _, size in told["left_out"])
        return shard if told["key"] == _key(sequences) and whole and not again else None
    except (OSError, InputError, ValueError, TypeError, KeyError, IndexError):
        return None


def _shard(name: str, told: dict[str, Any]) -> Shard:
    clips = tuple(StoredClip(*clip) for clip in told["clips"])
    frames_sha256, times_sha256 = told["sha256"]
    left_out = tuple((path, reason) for path, reason, _ in told["left_out"])
    return Shard(name, clips, frames_sha256, times_sha256, left_out)


def _key(sequences: tuple[Sequence, ...]) -> str:
    text = json.dumps([FORMAT, [astuple(s) for s in sequences]])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return _MISSING


def _write_header(file: BinaryIO, frames: int) -> None:
    """The .npy header for so many frames, at the file's start; numpy leaves room in it for a longer first axis."""
    file.seek(0)
    about = {"descr": "<f2", "fortran_order": False, "shape": (frames, len(HANDS_POSE), 3)}
    np.lib.format.write_array_header_1_0(file, about)
