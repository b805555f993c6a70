"""Client: a DeepSign server from Python, at once or with async: typed answers, problems as errors, retries with jitter.

with Client("http://localhost:8000", api_key=KEY) as deepsign:
    print(deepsign.predict("photo.jpg").predictions)

Needs httpx2: pip install 'deepsign[client]'
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from deepsign.client import calls
from deepsign.client.answers import Answered, Found, Offered, Ranked, ServerError, Verified
from deepsign.client.calls import Call, Patience, Source

if TYPE_CHECKING:
    import httpx2
    from typing_extensions import Self

__all__ = ["Answered", "AsyncClient", "Client", "Found", "Offered", "Ranked", "ServerError", "Verified"]

T = TypeVar("T")


class Client:
    """A server, asked one thing after another. A context manager; safe to share between threads.

    address  of the server: http://localhost:8000
    timeout  seconds for each try.
    retries  more tries, where the server is busy or can't be reached.
    http     an httpx2.Client to use instead of an own one.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 3,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._errors = calls.httpx().TransportError
        self._http = http or calls.httpx().Client(base_url=address, timeout=timeout)
        self._headers, self._sleep, self._patience = calls.headers(api_key), sleep, Patience(retries, chance)

    def predict(self, source: Source, model: str | None = None, top_k: int | None = None) -> Answered:
        """What is signed in a file, in a file's bytes, or in a clip's landmarks.

        Raises ServerError with the server's own words, InputError for a file that can't be read.
        """
        return self._ask(calls.predict(source, model, top_k))

    def verify(self, source: Source, gloss: str, model: str | None = None) -> Verified:
        """Whether it was this sign; raises as `predict`."""
        return self._ask(calls.verify(source, gloss, model))

    def models(self) -> tuple[Offered, ...]:
        """What is on offer; the first answers where none is asked for."""
        return self._ask(calls.models())

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, call: Call[T]) -> T:
        tried = 0
        while True:
            tried += 1
            outcome: httpx2.Response | Exception
            try:
                outcome = self._http.request(
                    call.method, call.path, headers={**self._headers, **call.headers}, **call.options
                )
                if outcome.is_success:
                    return call.read(outcome.json())
            except self._errors as error:
                outcome = error
            self._sleep(self._patience.judge(tried, outcome))


class AsyncClient:
    """As `Client`, for asyncio."""

    def __init__(
        self,
        address: str,
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 3,
        http: httpx2.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._errors = calls.httpx().TransportError
        self._http = http or calls.httpx().AsyncClient(base_url=address, timeout=timeout)
        self._headers, self._sleep, self._patience = calls.headers(api_key), sleep, Patience(retries, chance)

    async def predict(self, source: Source, model: str | None = None, top_k: int | None = None) -> Answered:
        """See `Client.predict`."""
        return await self._ask(calls.predict(source, model, top_k))

    async def verify(self, source: Source, gloss: str, model: str | None = None) -> Verified:
        """See `Client.verify`."""
        return await self._ask(calls.verify(source, gloss, model))

    async def models(self) -> tuple[Offered, ...]:
        """See `Client.models`."""
        return await self._ask(calls.models())

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, call: Call[T]) -> T:
        tried = 0
        while True:
            tried += 1
            outcome: httpx2.Response | Exception
            try:
                outcome = await self._http.request(
                    call.method, call.path, headers={**self._headers, **call.headers}, **call.options
                )
                if outcome.is_success:
                    return call.read(outcome.json())
            except self._errors as error:
                outcome = error
            await self._sleep(self._patience.judge(tried, outcome))
