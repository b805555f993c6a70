"""Guard: stands before every request: who asks, how much, how often; headers, request ids, the log and the counters.

Bodies are counted while they stream, so that what is too large is refused before it has all been sent.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from deepsign.serve.measures import Measures
from deepsign.serve.problems import Problem, busy, unexpected
from deepsign.serve.settings import MEGABYTE, Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
# What probes and people reach without a key.
OPEN = frozenset({"/healthz", "/readyz", "/docs", "/openapi.json"})
# Probes come at their own pace, and must not be refused because of a crowd.
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# Clients whose pace is remembered; the one unheard of for longest is forgotten first.
_MOST_CLIENTS = 10_000
# How a live client in a browser, which can send no header, gives its key: a WebSocket subprotocol.
KEY_PROTOCOL = "deepsign.key."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("deepsign.serve")


@dataclass
class Pace:
    """Tokens of each client: `rate` come in a second, up to twice that many; each request takes one."""

    rate: float
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str, now: float) -> float:
        """0.0, or the seconds until this client may ask again."""
        if not self.rate:
            return 0.0
        most = max(1.0, 2 * self.rate)
        left, at = self._left.pop(client, (most, now))
        left = min(most, left + (now - at) * self.rate)
        wait = 0.0 if left >= 1 else (1 - left) / self.rate
        self._left[client] = (left if wait else left - 1, now)
        if len(self._left) > _MOST_CLIENTS:
            self._left.popitem(last=False)
        return wait


@dataclass
class Load:
    """What is under way: requests, and the bytes of their bodies."""

    in_work: int = 0
    buffered: int = 0


@dataclass
class _Visit:
    """One request on its way through."""

    scope: Scope
    headers: Headers
    request_id: str
    began: float
    bytes_in: int = 0
    status: int = 0
    code: str = ""

    @property
    def route(self) -> str:
        """The route's template: a path may hold what a client chose."""
        return str(getattr(self.scope.get("route"), "path", "none"))


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, settings: Settings, measures: Measures, load: Load) -> None:
        self._app, self._settings, self._measures, self._load = app, settings, measures, load
        self._keys = [key.get_secret_value().encode() for key in settings.api_keys]
        self._pace = Pace(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        visit = _Visit(scope, headers, _request_id(headers), time.perf_counter())
        scope.setdefault("state", {})["request_id"] = visit.request_id
        try:
            self._admit(visit)
        except Problem as problem:
            visit.code = problem.code
            await self._refuse(problem, visit, receive, self._dressed(send, visit))
            self._note(visit)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._serve(visit, receive, send)

    async def _serve(self, visit: _Visit, receive: Receive, send: Send) -> None:
        dressed = self._dressed(send, visit)
        self._load.in_work += 1
        self._measures.in_work.set(self._load.in_work)
        try:
            await self._app(visit.scope, self._counted(receive, visit), dressed)
        except Exception as error:  # whatever it is, a client gets no traceback
            if visit.status:
                raise
            visit.code = "unexpected"
            await unexpected(visit.request_id, error)(visit.scope, receive, dressed)
        finally:
            self._load.in_work -= 1
            self._measures.in_work.set(self._load.in_work)
            self._load.buffered -= visit.bytes_in
            self._note(visit)

    def _admit(self, visit: _Visit) -> None:
        path, settings = visit.scope["path"], self._settings
        if visit.scope["type"] == "websocket" and not self._welcome(visit.headers):
            raise Problem(403, "other-origin", "pages of this origin may not ask; allow it with --origin")
        client = self._client(visit, path)
        if path not in PROBES:
            if wait := self._pace.take(client, time.monotonic()):
                raise Problem(429, "too-often", "too many requests; ask less often", retry_after=wait)
            if self._load.in_work >= settings.requests:
                raise busy("too many requests are in work")
        length = visit.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > settings.most_bytes:
            raise self._too_large()

    def _welcome(self, headers: Headers) -> bool:
        """Whether a live session may start from here: CORS doesn't guard WebSockets."""
        origin = headers.get("origin")
        if origin is None or origin in self._settings.origins or "*" in self._settings.origins:
            return True
        return origin.partition("://")[2] == headers.get("host")

    def _client(self, visit: _Visit, path: str) -> str:
        """Who asks, for the pace; a 401 where a key is wanted and is not right."""
        address = (visit.scope.get("client") or ("?",))[0]
        if not self._keys:
            return str(address)
        given = _key_of(visit.headers)
        # Every key is compared, each in constant time, so that time tells nothing.
        right = [secrets.compare_digest(given, key) for key in self._keys]
        if any(right):
            return hashlib.sha256(given).hexdigest()
        if path in OPEN or visit.scope.get("method") == "OPTIONS":
            return str(address)
        raise Problem(401, "key-needed", "send your API key: Authorization: Bearer KEY")

    def _too_large(self) -> Problem:
        return Problem(
            413, "too-large", f"more than {self._settings.max_upload_mb:g} MB; send a smaller file", close=True
        )

    def _counted(self, receive: Receive, visit: _Visit) -> Receive:
        """`receive` that refuses too large a body as soon as it is, and one that has stopped coming."""
        whole = False

        async def counted() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                # Far cheaper than asyncio.wait_for, which makes a task.
                with anyio.fail_after(self._settings.idle_seconds):
                    message = await receive()
            except TimeoutError:
                raise Problem(408, "too-slow", "the request stopped coming", close=True) from None
            if message["type"] == "http.request":
                size = len(message.get("body", b""))
                visit.bytes_in += size
                self._load.buffered += size
                whole = not message.get("more_body", False)
                if visit.bytes_in > self._settings.most_bytes:
                    raise self._too_large()
                if self._load.buffered > self._settings.buffered_mb * MEGABYTE:
                    raise busy("too much is being uploaded")
            return message

        return counted

    def _dressed(self, send: Send, visit: _Visit) -> Send:
        """`send` with the security headers and the request's id on every answer."""

        async def dressed(message: Message) -> None:
            # A refused handshake of a WebSocket is answered by "websocket.http.response.start".
            if message["type"].endswith("http.response.start"):
                visit.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = visit.request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if visit.status >= 400 and not visit.code:
                    visit.code = str(visit.status)
            await send(message)

        return dressed

    async def _refuse(self, problem: Problem, visit: _Visit, receive: Receive, send: Send) -> None:
        response = problem.response(visit.request_id)
        if visit.scope["type"] == "http":
            await response(visit.scope, receive, send)
            return
        socket = WebSocket(visit.scope, receive, send)
        await receive()  # the handshake
        await socket.send_denial_response(response)

    def _note(self, visit: _Visit) -> None:
        measures, seconds = self._measures, time.perf_counter() - visit.began
        method = str(visit.scope.get("method", "WS"))
        method = method if method in ("GET", "HEAD", "POST", "OPTIONS", "WS") else "other"
        measures.requests.labels(method, visit.route, str(visit.status)).inc()
        measures.seconds.labels(visit.route).observe(seconds)
        if visit.code:
            measures.refused.labels(visit.code).inc()
        if visit.scope["path"] in PROBES:
            return
        fields = {
            "request_id": visit.request_id,
            "method": method,
            "route": visit.route,
            "status": visit.status,
            "ms": round(seconds * 1000, 1),
            "bytes_in": visit.bytes_in,
            **({"code": visit.code} if visit.code else {}),
        }
        _LOG.info("answered", extra={"fields": fields})


def _request_id(headers: Headers) -> str:
    """The client's own, if it is harmless; else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _key_of(headers: Headers) -> bytes:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip().encode()
    for protocol in headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith(KEY_PROTOCOL):
            return protocol.strip().removeprefix(KEY_PROTOCOL).encode()
    return headers.get("x-api-key", "").encode()
