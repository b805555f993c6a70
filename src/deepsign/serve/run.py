"""Run: `deepsign serve` as processes of uvicorn, with time limits for connections that say nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import Any

import uvicorn
from pydantic import ValidationError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from deepsign.problems import DeepSignError, InputError
from deepsign.serve import log
from deepsign.serve.api import create
from deepsign.serve.offer import Offer
from deepsign.serve.settings import PREFIX, Settings, misspelt

# A connection that has sent no whole request head by then is closed; a phone on a bad network needs a few seconds.
HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 15
# What a refused upload still sends is thrown away for so long: closed at once, the connection would be reset, and the
# client would never read why.
LINGER_SECONDS = 3.0
# Requests under way have this long when the server is asked to end; less than Kubernetes waits (30 s).
GRACE_SECONDS = 20
# With several workers one that says nothing for so long is replaced. uvicorn's own 5 s pass on a busy machine before a
# worker has imported what it needs, and then none ever starts.
WORKER_SECONDS = 60
# A live session's largest message: a picture of a camera.
MOST_LIVE_BYTES = 4_000_000
# Seconds that a thread which answers keeps the interpreter from the event loop; Python's own 0.005 is many requests.
SWITCH_SECONDS = 0.0005


class Connection(HttpToolsProtocol):
    """uvicorn's connection that waits neither for ever for its first request nor for the end of a refused one."""

    _patience: asyncio.TimerHandle | None = None
    _whole = True

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def on_headers_complete(self) -> None:
        """The head is here: from now on the guard counts the time."""
        self._calm()
        self._whole = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is here."""
        self._calm()
        self._whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is out; if the request is not whole by now, it was refused."""
        super().on_response_complete()
        if not self._whole and not self.transport.is_closing():
            self._patience = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._calm()
        super().connection_lost(exc)

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class Workers(Multiprocess):
    """uvicorn's processes, which remember that it was Ctrl-C that ended them."""

    interrupted = False

    def handle_int(self) -> None:
        """See uvicorn."""
        super().handle_int()
        self.interrupted = True


def run(host: str, port: int, workers: int) -> None:
    """Serves until SIGTERM, or until Ctrl-C, which raises KeyboardInterrupt once the server has ended.

    One line for what a person can mend, before anything is started.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        where = PREFIX + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise InputError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None
    for line in misspelt(os.environ):
        print(f"deepsign: {line}", file=sys.stderr)
    _check_port(host, port)
    # What is wrong with a model is said here, once, and not by each process.
    served = create(settings) if workers == 1 else None
    if served is None:
        Offer(settings.models)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"DeepSign's API is at {address}   (Ctrl-C ends it)", file=sys.stderr, flush=True)
    if not settings.api_keys and host not in ("127.0.0.1", "::1", "localhost"):
        print("anybody who reaches this port may ask: give --api-key", file=sys.stderr, flush=True)
    log.to_stderr()
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        served or "deepsign.serve.run:app",
        factory=served is None,
        host=host,
        port=port,
        workers=workers,
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
        ws_max_size=MOST_LIVE_BYTES,
        h11_max_incomplete_event_size=64_000,
    )
    _serve(config)


def _serve(config: uvicorn.Config) -> None:
    # Not `uvicorn.run`, which swallows Ctrl-C: a shell's loop would go on.
    if config.workers == 1:
        uvicorn.Server(config).run()
        return
    processes = Workers(config, sockets=[config.bind_socket()])
    processes.run()
    if processes.interrupted:
        raise KeyboardInterrupt


def app() -> Any:
    """The app of one server process."""
    log.to_stderr()
    sys.setswitchinterval(SWITCH_SECONDS)
    return create()


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise DeepSignError(f"port {port}: not allowed here; choose one above 1023 with --port") from None
        except OSError as error:
            raise DeepSignError(
                f"{host}:{port}: can't listen there ({error.strerror}); choose another --port"
            ) from None
