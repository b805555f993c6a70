"""Sessions: the live sessions of a server, and the decoders that see their pictures.

A session's tracker remembers its last hand, so all frames of a session go to the same decoder. These are not the
decoders of uploads: a long video must not hold up anybody's live picture. They start with the first picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import numpy as np
from numpy.typing import NDArray

from deepsign.serve.measures import Measures
from deepsign.serve.pool import Decoder, Pool
from deepsign.serve.problems import Problem, busy
from deepsign.serve.settings import Settings


class Sessions:
    """Counts sessions, and sees their pictures."""

    def __init__(self, settings: Settings, measures: Measures) -> None:
        self._settings, self._measures = settings, measures
        self._pool: Pool | None = None
        self._numbers = itertools.count()
        self._homes: dict[str, Decoder] = {}
        self._turns: dict[Decoder, asyncio.Lock] = {}
        self.open = 0

    def enter(self) -> str:
        """A new session's name; 503 where there are too many."""
        if self.open >= self._settings.sessions:
            raise busy("too many live sessions are open")
        self.open += 1
        self._measures.sessions.set(self.open)
        return str(next(self._numbers))

    async def leave(self, session: str) -> None:
        """Frees what a session held, at once."""
        self.open -= 1
        self._measures.sessions.set(self.open)
        home = self._homes.pop(session, None)
        if home is not None and self._pool is not None and home in self._pool.decoders:
            with contextlib.suppress(Problem):  # a decoder that is gone holds nothing
                await self._ask(home, {"job": "end", "session": session}, b"")

    async def see(self, session: str, picture: bytes, layout: str, at: float) -> tuple[NDArray[np.float32], float]:
        """Landmarks (P, 3) of a session's next picture, and its aspect. Raises as `Pool.clip` does."""
        job: dict[str, object] = {
            "job": "frame",
            "session": session,
            "layout": layout,
            "time": at,
            "most_pixels": self._settings.most_pixels,
        }
        reply, points = await self._ask(self._home(session), job, picture)
        shape = reply["shape"]
        assert isinstance(shape, list)
        array: NDArray[np.float32] = np.frombuffer(points, dtype=np.float32).reshape(shape).copy()
        return array, float(str(reply["aspect"]))

    async def close(self) -> None:
        """Ends the decoders."""
        if self._pool is not None:
            self._pool.close()

    def _home(self, session: str) -> Decoder:
        """The session's decoder: the one with the fewest sessions, and another if that has died."""
        if self._pool is None:
            self._pool = Pool(self._settings.decoders, self._settings, [])
            self._pool.start()
        home = self._homes.get(session)
        if home is None or home not in self._pool.decoders:
            taken = list(self._homes.values())
            home = min(self._pool.decoders, key=taken.count)
            self._homes[session] = home
        return home

    async def _ask(self, home: Decoder, job: dict[str, object], content: bytes) -> tuple[dict[str, object], memoryview]:
        assert self._pool is not None
        for gone in [one for one in self._turns if one not in self._pool.decoders]:
            del self._turns[gone]
        async with self._turns.setdefault(home, asyncio.Lock()):
            return await self._pool.ask(home, job, content, self._settings.deadline)
