"""Problems: every error of the API as RFC 9457 problem details: one line for a person, one code for a program."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from deepsign.problems import DeepSignError, InputError

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("deepsign.serve")


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An answer that is an error.

    status       of HTTP.
    code         for programs: "too-large".
    detail       one line for a person: what is wrong, and the way out.
    retry_after  seconds after which it is worth to try again.
    close        end the connection: the rest of the request is not wanted.
    """

    def __init__(
        self, status: int, code: str, detail: str, *, retry_after: float | None = None, close: bool = False
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.retry_after, self.close = status, code, detail, retry_after, close

    def response(self, request_id: str) -> JSONResponse:
        """The problem as it is sent."""
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        if self.close:
            headers["Connection"] = "close"
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.body(request_id), self.status, headers, MEDIA_TYPE)

    def body(self, request_id: str) -> dict[str, object]:
        """The problem as JSON; what a live session is told, too."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }


def busy(what: str) -> Problem:
    """The one 503 that load brings."""
    return Problem(503, "busy", f"{what}; try again in a moment", retry_after=1)


def invalid(error: ValidationError | RequestValidationError) -> Problem:
    """The first thing that a schema found wrong. Never the value itself: it may be a picture."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    return Problem(422, "invalid", f"{where or 'the body'}: {first['msg'].removeprefix('Value error, ')}")


def install(app: FastAPI) -> None:
    """Makes every error of this app a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        return error.response(_id(request))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error).response(_id(request))

    @app.exception_handler(DeepSignError)
    async def _known(request: Request, error: DeepSignError) -> JSONResponse:
        if isinstance(error, InputError):
            return Problem(422, "unusable", str(error)).response(_id(request))
        _LOG.error("a model can't answer", extra={"fields": {"error": type(error).__name__}})
        return Problem(503, "unavailable", "this model can't answer now", retry_after=30).response(_id(request))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(error.status_code).phrase
        response = Problem(error.status_code, phrase.lower().replace(" ", "-"), f"{error.detail}").response(
            _id(request)
        )
        response.headers.update(error.headers or {})
        return response


def unexpected(request_id: str, error: Exception) -> JSONResponse:
    """A fault of ours: the log gets where it was, never what it was about; the client gets the request's id."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    fields = {"request_id": request_id, "error": type(error).__name__, "where": where}
    _LOG.error("unexpected", extra={"fields": fields})
    return Problem(500, "unexpected", "a fault of this server; its log has more under this request id").response(
        request_id
    )


def _id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
