"""Calls: requests as values, and when to try one again. No connection is made here; both clients share it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import numpy as np

from deepsign.client.answers import Answered, Offered, ServerError, Verified, answered, offered, verified
from deepsign.clip import Clip
from deepsign.problems import DeepSignError, InputError

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
Source: TypeAlias = "str | Path | bytes | Clip"

# Statuses after which the same request may well be answered.
_AGAIN = frozenset({429, 502, 503, 504})
# Seconds before the first repetition; it doubles, and each wait is drawn between nothing and the whole (full jitter),
# so that clients that were refused together don't come back together.
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 8.0
# However long a server asks to wait, a caller would rather have the error.
_MOST_TOLD = 60.0


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how to read its answer."""

    method: str
    path: str
    read: Callable[[Any], T]
    options: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Patience:
    """How often, and when, a call is tried again.

    retries  more tries after the first.
    chance   a number from 0 to 1, drawn for each wait.
    """

    retries: int
    chance: Callable[[], float]

    def judge(self, tried: int, outcome: httpx2.Response | Exception) -> float:
        """Seconds until the next try, after `tried` of them; ServerError where another is of no use."""
        hopeful = isinstance(outcome, Exception) or outcome.status_code in _AGAIN
        if tried > self.retries or not hopeful:
            raise _unreachable(outcome) if isinstance(outcome, Exception) else _problem(outcome)
        told = "" if isinstance(outcome, Exception) else outcome.headers.get("retry-after", "")
        least = min(float(told), _MOST_TOLD) if told.isdecimal() else 0.0
        return least + self.chance() * float(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tried - 1)))


def predict(source: Source, model: str | None, top_k: int | None) -> Call[Answered]:
    """What is signed in a source."""
    return _with_body("/v1/predict", answered, source, {"model": model, "top_k": top_k})


def verify(source: Source, gloss: str, model: str | None) -> Call[Verified]:
    """Whether it was this sign."""
    return _with_body("/v1/verify", verified, source, {"gloss": gloss, "model": model})


def models() -> Call[tuple[Offered, ...]]:
    """What is on offer."""
    return Call("GET", "/v1/models", offered)


def httpx() -> Any:
    """The HTTP library; DeepSignError says how to get it."""
    try:
        import httpx2
    except ModuleNotFoundError:
        raise DeepSignError("the client needs httpx2: pip install 'deepsign[client]'") from None
    return httpx2


def headers(api_key: str | None) -> dict[str, str]:
    """What every request carries."""
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}


def _with_body(path: str, read: Callable[[Any], T], source: Source, query: dict[str, Any]) -> Call[T]:
    params = {key: value for key, value in query.items() if value is not None}
    if isinstance(source, Clip):
        return Call("POST", path, read, {"params": params, "json": _landmarks(source)})
    if isinstance(source, bytes):
        return Call("POST", path, read, {"params": params, "content": source}, {"Content-Type": _UNKNOWN})
    file = Path(source)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: can't be read ({error.strerror or error})") from None
    part = (file.name, content, mimetypes.guess_type(file.name)[0] or _UNKNOWN)
    return Call("POST", path, read, {"params": params, "files": {"file": part}})


_UNKNOWN = "application/octet-stream"


def _landmarks(clip: Clip) -> dict[str, Any]:
    """A clip as the API takes it: null for what was not seen, times from the clip's start."""
    if clip.landmarks is None:
        raise InputError(f"{clip.source or 'clip'}: holds pictures; send the file, or landmarks")
    points = clip.landmarks.astype(object)
    points[np.isnan(clip.landmarks)] = None
    return {
        "landmarks": points.tolist(),
        "layout": clip.layout,
        "times": (clip.times - clip.times[0]).tolist(),
        "aspect": clip.aspect,
    }


def _problem(response: httpx2.Response) -> ServerError:
    try:
        told = response.json()
        return ServerError(response.status_code, told["code"], told["detail"], told.get("request_id", ""))
    except (ValueError, KeyError, TypeError):
        return ServerError(response.status_code, "unknown", f"the server answered {response.status_code}")


def _unreachable(error: Exception) -> ServerError:
    return ServerError(0, "unreachable", f"the server can't be reached ({error or type(error).__name__})")
