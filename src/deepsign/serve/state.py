"""State: what one server holds while it runs: models, decoders, threads and counters."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from deepsign.answer import Answer
from deepsign.clip import Clip
from deepsign.problems import DeepSignError, InputError
from deepsign.serve.bodies import Upload
from deepsign.serve.measures import Measures
from deepsign.serve.offer import Offer, Offered
from deepsign.serve.pool import Pool
from deepsign.serve.sessions import Sessions
from deepsign.serve.settings import Settings

T = TypeVar("T")
_LOG = logging.getLogger("deepsign.serve")


class State:
    """Made before the loop runs, so that a model that can't be read is said at once; BundleError names it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.offer = Offer(settings.models)
        self.measures = Measures()
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="answer")
        self.pool = Pool(settings.decoders, settings, self.offer.layouts)
        self.sessions = Sessions(settings, self.measures)
        self._ready: asyncio.Task[str | None] | None = None

    async def run(self, call: Callable[..., T], *arguments: object) -> T:
        """Runs a call off the event loop, which goes on taking requests."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    async def see(self, sent: Upload | Clip, offered: Offered) -> tuple[Clip, float]:
        """What was sent as landmarks, and the milliseconds of opening and seeing it."""
        if isinstance(sent, Clip):
            return sent, 0.0
        given = offered.bundle.pictures
        taken = self.pool.pictures(sent.content, given) if given else self.pool.clip(sent.content, offered.layout)
        clip, ms = await taken
        return replace(clip, source=sent.name), ms

    async def answer(self, sent: Upload | Clip, offered: Offered, top_k: int | None) -> Answer:
        """The answer for what was sent."""
        clip, ms = await self.see(sent, offered)
        given = offered.bundle.pictures
        if given is not None and clip.frames is None:
            raise InputError(f"{offered.bundle.name} is shown pictures, not landmarks; send a photo or a video")
        if len(clip) == 1 or given is not None:
            prediction = await offered.stills.predict(clip, top_k, self.run)
            answer = Answer(clip.source, prediction, (), prediction.ms)
        else:
            answer = await self.run(offered.answerer(top_k).answer_clip, clip)
        known = "yes" if answer.prediction.known else "no"
        self.measures.answers.labels(offered.bundle.name, known).inc()
        return replace(answer, ms=answer.ms + ms)

    def readiness(self) -> tuple[bool, str]:
        """Whether everything is warm; else what is missing."""
        if self._ready is None or not self._ready.done():
            return False, "starting: the decoders are warming up"
        wrong = self._ready.result()
        return wrong is None, wrong or ""

    async def warm(self) -> None:
        """Waits until everything is warm, or is known not to become so."""
        if self._ready is not None:
            await asyncio.shield(self._ready)

    async def reload(self) -> None:
        """Reads the models anew; requests under way keep theirs. Where one can't be read all stay, and the log says."""
        try:
            await self.run(self.offer.reload)
        except (DeepSignError, OSError) as error:
            _LOG.error("models can't be read anew and stay", extra={"fields": {"error": type(error).__name__}})
            return
        _LOG.info("models read anew", extra={"fields": {"count": len(self.offer.models)}})

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The server's life: decoders are spawned and warmed; in the end nothing is left."""
        loop = asyncio.get_running_loop()
        self.pool.start()
        self._ready = loop.create_task(self.pool.ready())
        watch = loop.create_task(self._watch())
        # Not in a test's thread, and not on Windows.
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError, AttributeError):
            loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self.reload()))
        try:
            yield
        finally:
            for task in (watch, self._ready):
                task.cancel()
            await self.sessions.close()
            self.pool.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.settings.watch_seconds)
            if await self.run(self.offer.changed):
                await self.reload()
