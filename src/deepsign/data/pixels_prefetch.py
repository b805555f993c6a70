"""Pixels' prefetch: many rows are decoded in worker processes, and a file that kills its process takes only itself."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from deepsign.data.manifest import Row
from deepsign.data.pixels_cache import PixelCache, Pixels
from deepsign.problems import InputError

# Rows that go to a process at a time: enough that sending them costs nothing, few enough for progress to be seen.
_PHOTOS_AT_ONCE, _CLIPS_AT_ONCE = 64, 4

Failures = list[tuple[str, str]]


@dataclass(frozen=True)
class Prefetched:
    """What is ready for training.

    ready   rows whose pixels can be read, those of tables among them.
    failed  (path, reason) of the rows whose file can't be read.
    left    rows that were not decoded, for which the cache has no room: they are decoded each time they are read.
    """

    ready: int
    failed: tuple[tuple[str, str], ...]
    left: int


class Store(Protocol):
    """What prefetching needs of a `deepsign.data.pixels.PixelStore`."""

    frames: int | None

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        ...

    @property
    def cache(self) -> PixelCache:
        """Where rows are kept."""
        ...

    def keeps(self, row: Row) -> bool:
        """Whether the row's pixels are kept by themselves."""
        ...

    def kept(self, row: Row) -> bool:
        """Whether they are in the cache now."""
        ...

    def read(self, row: Row) -> tuple[Pixels, int]:
        """The row's pixels."""
        ...


def in_processes(store: Store, rows: Sequence[Row], workers: int, on_done: Callable[[str], None]) -> Prefetched:
    """Reads each row once in `workers` processes, as far as what is read can be kept; see `PixelStore.prefetch`."""
    tables = [row for row in rows if not store.keeps(row)]
    files = list({row.path: row for row in rows if store.keeps(row)}.values())
    room = store.cache.limit // store.row_bytes
    wanted, left = files[:room], len(files[room:])
    failed: Failures = _tables_off(store, tables)
    store.cache.make_room()

    def finished(batch: Sequence[Row], problems: Failures) -> None:
        failed.extend(problems)
        store.cache.written(len(batch) * store.row_bytes)
        for row in batch:
            on_done(row.path)

    if workers < 1:
        for row in wanted:
            finished([row], _read(store, [row]))
    else:
        # What is kept needs no process: starting one takes seconds.
        missing = []
        for row in wanted:
            if store.kept(row):
                finished([row], _read(store, [row]))
            else:
                missing.append(row)
        many = _PHOTOS_AT_ONCE if store.frames is None else _CLIPS_AT_ONCE
        batches = deque(missing[i : i + many] for i in range(0, len(missing), many))
        _in_lanes(store, batches, min(workers, len(batches)), finished)
    for row in tables:
        on_done(row.path)
    return Prefetched(len(tables) + len(wanted) - len(failed), tuple(sorted(failed)), left)


def _tables_off(store: Store, rows: Sequence[Row]) -> Failures:
    """Tables are read once, here, and their rows need no decoding: the rows of those that can't be read have failed."""
    first = {row.file: row for row in reversed(rows)}
    reasons = {file: reason for file, row in first.items() for _, reason in _read(store, [row])}
    return [(row.path, reasons[row.file]) for row in rows if row.file in reasons]


def _read(store: Store, batch: Sequence[Row]) -> Failures:
    """What went wrong with each row that can't be read."""
    failed = []
    for row in batch:
        try:
            store.read(row)
        except InputError as error:
            failed.append((row.path, str(error)))
    return failed


def _in_lanes(
    store: Store, batches: deque[list[Row]], workers: int, finished: Callable[[Sequence[Row], Failures], None]
) -> None:
    """Each thread has a process of its own, so that one that dies takes nothing but its own batch with it."""

    def work() -> None:
        pool = _new_process()
        try:
            while batches:
                try:
                    batch = batches.popleft()
                except IndexError:
                    return
                try:
                    finished(batch, pool.submit(_read, store, batch).result())
                    continue
                except BrokenProcessPool:
                    pool.shutdown()
                    pool = _new_process()
                if len(batch) > 1:
                    batches.extendleft([row] for row in batch)
                else:
                    finished(
                        batch, [(batch[0].path, f"{batch[0].path}: the process that decoded it died; leave it out")]
                    )
        finally:
            pool.shutdown()

    if not batches:
        return
    with ThreadPoolExecutor(workers) as threads:
        try:
            for lane in [threads.submit(work) for _ in range(workers)]:
                lane.result()
        except BaseException:
            batches.clear()  # stopped by a person: finish no more than what is under way
            raise


def _new_process() -> ProcessPoolExecutor:
    # Spawned, not forked: the trainer's threads don't survive a fork.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
