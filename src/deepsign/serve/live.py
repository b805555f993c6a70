"""Live: WS /v1/live: pictures or landmarks in, predictions and segments out, as fast as they can be had and no later.

In    binary: one JPEG. Text: {"landmarks": (points, 3), "time": s, "layout", "aspect"}, or {"finish": true}.
Out   {"type": "ready", "model", "window"}
      {"type": "prediction", "time", "predictions", "known", "dropped"}   for each moment that was answered
      {"type": "segment", "gloss", "start", "end", "probability", "predictions"}   for each sign as it ends
      {"type": "unknown", "predictions"}   for a movement that is no sign the model knows
      {"type": "finished"}
      {"type": "problem", …}   RFC 9457's members; the session goes on unless it is closed
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import anyio
import numpy as np
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from deepsign.landmarks import convert, layout_named
from deepsign.live import Live, Sign, live_signs
from deepsign.perceive.landmark_file import FARTHEST
from deepsign.problems import DeepSignError, InputError
from deepsign.recognizer import Prediction
from deepsign.serve.offer import Offered
from deepsign.serve.predict import Model, TopK
from deepsign.serve.problems import Problem, invalid
from deepsign.serve.schemas import LiveFrame
from deepsign.serve.state import State

# Messages that wait while one is answered; of more, the oldest are stale and are dropped.
KEPT = 2
# No camera gives more frames a second, and a window of seconds must not hold any number of frames.
MOST_FPS = 240
# WebSocket close codes: policy (it lasted too long), try again later.
TOO_LONG, AWAY = 1008, 1001
# A browser gives its key as a second subprotocol, deepsign.key.KEY, and wants the first one back.
PROTOCOL = "deepsign"
_FRAME: TypeAdapter[LiveFrame] = TypeAdapter(LiveFrame)
_LOG = logging.getLogger("deepsign.serve")


def router(state: State) -> APIRouter:
    """The one endpoint."""
    routes = APIRouter()

    @routes.websocket("/v1/live")
    async def live(socket: WebSocket, model: Model = None, top_k: TopK = None) -> None:
        request_id = str(socket.scope["state"]["request_id"])
        try:
            offered = _for_streams(state.offer.named(model))
            name = state.sessions.enter()
        except Problem as problem:
            await socket.send_denial_response(problem.response(request_id))
            return
        try:
            await socket.accept(subprotocol=PROTOCOL if _offers_protocol(socket) else None)
            await Session(state, offered, top_k, socket, name, request_id).run()
        except (WebSocketDisconnect, OSError, RuntimeError):
            pass  # the client has gone; what it held is freed below
        finally:
            await state.sessions.leave(name)

    return routes


def _offers_protocol(socket: WebSocket) -> bool:
    offered = [p.strip() for p in socket.headers.get("sec-websocket-protocol", "").split(",")]
    return PROTOCOL in offered


@dataclass
class _Inbox:
    """What has come and is not answered yet: the newest alone."""

    waiting: deque[bytes | str] = field(default_factory=deque)
    dropped: int = 0
    closed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: bytes | str) -> int:
        """Takes a message; gives how many stale ones had to go. A wish to finish is never stale."""
        self.waiting.append(message)
        gone = 0
        while len(self.waiting) > KEPT and _is_frame(self.waiting[0]):
            self.waiting.popleft()
            gone += 1
        self.dropped += gone
        self.news.set()
        return gone

    async def get(self) -> bytes | str | None:
        """The next message; None when no more will come."""
        while not self.waiting:
            if self.closed:
                return None
            self.news.clear()
            await self.news.wait()
        return self.waiting.popleft()

    def close(self) -> None:
        """No more will come."""
        self.closed = True
        self.news.set()


def _for_streams(offered: Offered) -> Offered:
    if offered.bundle.pictures:
        raise Problem(422, "unusable", f"{offered.bundle.name} answers whole photos and clips, not live frames")
    return offered


class Session:
    """One client's stream: its reader fills the inbox, its answerer empties it."""

    def __init__(
        self, state: State, offered: Offered, top_k: int | None, socket: WebSocket, name: str, request_id: str
    ) -> None:
        self._state, self._offered, self._top_k = state, offered, top_k
        self._socket, self._name, self._request_id = socket, name, request_id
        self._layout = offered.bundle.manifest.input.layout
        self._inbox = _Inbox()
        self._signs: Live | None = None
        self._aspect = 0.0
        self._last = -1.0
        self._began = time.monotonic()

    async def run(self) -> None:
        """Until the client goes, is silent for too long, or has had its time."""
        manifest = self._offered.bundle.manifest
        await self._socket.send_json({"type": "ready", "model": manifest.name, "window": manifest.input.window})
        reader = asyncio.ensure_future(self._read())
        try:
            while (message := await self._inbox.get()) is not None:
                try:
                    await self._take(message)
                except Problem as problem:
                    await self._complain(problem)
                except ValidationError as error:
                    await self._complain(invalid(error))
                except InputError as error:
                    await self._complain(Problem(422, "unusable", str(error)))
                except DeepSignError:
                    await self._complain(Problem(503, "unavailable", "this model can't answer now"))
            await reader
        finally:
            reader.cancel()

    async def _read(self) -> None:
        settings = self._state.settings
        try:
            while True:
                left = settings.session_seconds - (time.monotonic() - self._began)
                wait = min(settings.idle_seconds, left)
                try:
                    with anyio.fail_after(max(0.0, wait)):
                        message = await self._socket.receive()
                except TimeoutError:
                    await self._socket.close(TOO_LONG if wait == left else AWAY)
                    return
                if message["type"] == "websocket.disconnect":
                    return
                sent = message.get("bytes")
                gone = self._inbox.put(sent if sent is not None else message.get("text") or "")
                if gone:
                    self._state.measures.frames.labels("dropped").inc(gone)
        finally:
            self._inbox.close()

    async def _take(self, message: bytes | str) -> None:
        if isinstance(message, bytes):
            at = time.monotonic() - self._began
            points, aspect = await self._state.sessions.see(self._name, message, self._layout, at)
        else:
            frame = _FRAME.validate_json(message)
            if frame.landmarks is None:
                await self._finish(frame.finish)
                return
            at, aspect = frame.time, frame.aspect
            points = _points(frame, self._layout)
        if at < self._last + 1 / MOST_FPS:
            raise InputError(f"time: {at:g} s is not after the frame before; a frame's time increases")
        self._last = at
        sign, latest = await self._state.run(self._feed, points, at, aspect)
        self._state.measures.frames.labels("answered").inc()
        if latest is not None:
            answer = {"type": "prediction", "time": round(at, 3), **_ranking(latest), "dropped": self._inbox.dropped}
            await self._socket.send_json(answer)
        if sign:
            await self._tell(sign)

    def _feed(self, points: NDArray[np.float32], at: float, aspect: float) -> tuple[Sign | None, Prediction | None]:
        if self._signs is None or aspect != self._aspect:
            # Another camera, or a phone that was turned: what was going on is over.
            self._signs, self._aspect = live_signs(self._offered.recognizer, aspect, self._top_k), aspect
        return self._signs.feed(points, at), self._signs.latest

    async def _finish(self, wanted: bool) -> None:
        if not wanted:
            raise InputError('the message: send {"landmarks": …, "time": …} or {"finish": true}')
        signs, self._signs = self._signs, None
        sign = await self._state.run(signs.finish) if signs else None
        if sign:
            await self._tell(sign)
        await self._socket.send_json({"type": "finished"})

    async def _tell(self, sign: Sign) -> None:
        if sign.segment is None:
            await self._socket.send_json({"type": "unknown", **_ranking(sign.prediction)})
            return
        segment = sign.segment
        await self._socket.send_json(
            {
                "type": "segment",
                "gloss": segment.gloss,
                "start": round(segment.start, 3),
                "end": round(segment.end, 3),
                "probability": round(segment.probability, 4),
                **_ranking(sign.prediction),
            }
        )

    async def _complain(self, problem: Problem) -> None:
        self._state.measures.frames.labels("refused").inc()
        await self._socket.send_json({**problem.body(self._request_id), "type": "problem"})


def _points(frame: LiveFrame, layout: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused below
        points = np.array(frame.landmarks, dtype=np.float32)  # null becomes NaN
    if len(points) != (count := len(layout_named(frame.layout))):
        raise InputError(f"landmarks: layout {frame.layout} has {count} points, not {len(points)}")
    if (np.abs(points) > FARTHEST).any():
        raise InputError("landmarks: must be fractions of the picture's width and height, not pixels")
    converted: NDArray[np.float32] = convert(points[None], frame.layout, layout)[0]
    return converted


def _ranking(prediction: Prediction) -> dict[str, Any]:
    return {
        "predictions": [{"gloss": c.gloss, "probability": round(c.probability, 4)} for c in prediction.candidates],
        "known": prediction.known,
    }


def _is_frame(message: bytes | str) -> bool:
    return isinstance(message, bytes) or '"finish"' not in message
