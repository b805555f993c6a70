"""Pool: the decoders' processes, their queue and their deadlines. One that dies is replaced; the server goes on."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepsign.bundle_inputs import Pictures
from deepsign.clip import Clip
from deepsign.problems import InputError
from deepsign.serve import decode
from deepsign.serve.problems import Problem, busy
from deepsign.serve.settings import Settings

# A decoder that has not warmed its trackers by then never will: loading them takes 1 to 2 s.
WARM_SECONDS = 60.0


class LostError(Exception):
    """The decoder died over its job, or was ended at the deadline."""


class Decoder:
    """One process and the pipe to it. Blocking: the pool calls it from its own threads."""

    def __init__(self, layouts: list[str]) -> None:
        # Spawned, never forked: a fork would copy the server's threads' locks and its clients' data.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=decode.main, args=(theirs, layouts), daemon=True, name="deepsign-decoder")
        self.process.start()
        theirs.close()  # so that its death is the end of the pipe
        self._ready: dict[str, object] | None = None

    def ready(self) -> dict[str, object]:
        """Waits until it is warm; what it said then."""
        if self._ready is None:
            self._ready, _ = self._receive()
        return self._ready

    def ask(self, job: dict[str, object], content: bytes) -> tuple[dict[str, object], memoryview]:
        """One job's reply; LostError where the process ended over it."""
        self.ready()
        try:
            self._pipe.send_bytes(decode.pack(job, content))
        except (OSError, ValueError):
            raise LostError from None
        return self._receive()

    def end(self) -> None:
        """Kills the process, whatever it is at; its pipe then ends, too."""
        self.process.kill()

    def bury(self) -> None:
        """Ends the process and gives its handles back."""
        self.process.kill()
        self.process.join()
        self._pipe.close()

    def _receive(self) -> tuple[dict[str, object], memoryview]:
        try:
            return decode.unpack(self._pipe.recv_bytes())
        except (EOFError, OSError, ValueError):
            raise LostError from None


class Pool:
    """Decoders that share a queue. Start it in the loop that uses it.

    replaced  decoders that died, or were ended, and have a successor.
    """

    def __init__(self, size: int, settings: Settings, layouts: list[str]) -> None:
        self._size, self._settings, self._layouts = size, settings, layouts
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="decoder")
        self._free: asyncio.LifoQueue[Decoder] = asyncio.LifoQueue()
        self.decoders: set[Decoder] = set()
        self.waiting = 0
        self.replaced = 0

    def start(self) -> None:
        """Spawns the decoders; they warm up while the server goes on."""
        for _ in range(self._size):
            self._spawn()

    async def ready(self) -> str | None:
        """Waits until every decoder is warm; what is wrong with them, if anything."""
        try:
            for decoder in list(self.decoders):
                said = await asyncio.wait_for(self._run(decoder.ready), WARM_SECONDS)
                if "error" in said:
                    return str(said["error"])
        except (LostError, asyncio.TimeoutError):
            return "a decoder did not start"
        return None

    def close(self) -> None:
        """Ends every decoder."""
        for decoder in self.decoders:
            decoder.bury()
        self.decoders.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def clip(self, content: bytes, layout: str) -> tuple[Clip, float]:
        """Landmarks of an uploaded photo or video, and the milliseconds it took to open and to see it.

        Raises InputError for what can't be read, Problem where the queue is full, the deadline passed or the decoder
        died over it.
        """
        reply, points = await self._ask(self._job("clip", layout=layout), content)
        clip = Clip.from_landmarks(_array(reply, points), layout, times=_list(reply["times"]), aspect=_number(reply))
        return clip, float(str(reply["ms"]))

    async def pictures(self, content: bytes, taken: Pictures) -> tuple[Clip, float]:
        """As `clip`, for a network that is shown pictures: as many, and as large, as it takes."""
        job = self._job("pictures", size=taken.size, fit=taken.fit, frames=taken.frames)
        reply, shown = await self._ask(job, content)
        frames: NDArray[np.uint8] = np.frombuffer(shown, dtype=np.uint8).reshape(_list(reply["shape"]))
        return Clip.from_frames(frames, times=_list(reply["times"])), float(str(reply["ms"]))

    def _job(self, name: str, **asked: object) -> dict[str, object]:
        limits = self._settings
        most = {
            "most_pixels": limits.most_pixels,
            "most_frames": limits.most_frames,
            "most_seconds": limits.most_seconds,
        }
        return {"job": name, **asked, **most}

    async def _ask(self, job: dict[str, object], content: bytes) -> tuple[dict[str, object], memoryview]:
        ends = time.monotonic() + self._settings.deadline
        decoder = await self._next(ends)
        try:
            return await self.ask(decoder, job, content, ends - time.monotonic())
        finally:
            # A successor has taken a lost one's place already.
            if decoder in self.decoders:
                self._free.put_nowait(decoder)

    def admit(self) -> None:
        """Problem where the queue is full: asked before an upload is read, too, so that a refusal costs little."""
        if self._free.empty() and self.waiting >= self._settings.queue:
            raise busy("too many uploads are waiting")

    async def _next(self, ends: float) -> Decoder:
        self.admit()
        self.waiting += 1
        try:
            return await asyncio.wait_for(self._free.get(), max(0.0, ends - time.monotonic()))
        except asyncio.TimeoutError:
            raise busy("the upload's turn did not come in time") from None
        finally:
            self.waiting -= 1

    async def ask(
        self, decoder: Decoder, job: dict[str, object], content: bytes, seconds: float
    ) -> tuple[dict[str, object], memoryview]:
        """One job for one decoder, which is ended if it takes longer."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0.0, seconds), decoder.end)
        job_done = self._run(decoder.ask, job, content)
        job_done.add_done_callback(lambda done: done.cancelled() or done.exception())  # one that nobody waits for
        try:
            # Shielded: a client that goes must not give a decoder back that is still at its job.
            reply, rest = await asyncio.shield(job_done)
        except LostError:
            late = loop.time() >= timer.when()
            self._replace(decoder)
            raise _lost(late, self._settings.deadline) from None
        except asyncio.CancelledError:
            decoder.end()
            self._replace(decoder)
            raise
        finally:
            timer.cancel()
        if "error" in reply:
            raise _refused(reply)
        return reply, rest

    def _run(self, call: Any, *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    def _spawn(self) -> Decoder:
        decoder = Decoder(self._layouts)
        self.decoders.add(decoder)
        self._free.put_nowait(decoder)
        return decoder

    def _replace(self, decoder: Decoder) -> None:
        if decoder not in self.decoders:
            return
        self.decoders.discard(decoder)
        decoder.end()
        with contextlib.suppress(RuntimeError):  # closing already
            self._threads.submit(decoder.bury)
        self.replaced += 1
        self._spawn()


def _lost(late: bool, seconds: float) -> Problem:
    if late:
        return Problem(503, "deadline", f"no answer within {seconds:g} s; send a shorter clip", retry_after=5)
    return Problem(503, "decoder-lost", "the decoder ended over this file; it may be damaged", retry_after=1)


def _refused(reply: dict[str, object]) -> Exception:
    if reply["kind"] == "asset":
        return Problem(503, "unavailable", "pictures can't be read now: the hand tracker is missing", retry_after=60)
    return InputError(f"the upload: {reply['error']}")


def _array(reply: dict[str, object], points: memoryview) -> NDArray[np.float32]:
    array: NDArray[np.float32] = np.frombuffer(points, dtype=np.float32).reshape(_list(reply["shape"])).copy()
    return array


def _list(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value


def _number(reply: dict[str, object]) -> float:
    return float(str(reply["aspect"]))
