"""Log: one JSON object a line on stderr, of listed fields alone: no picture, no landmark, no name, no address."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone

FIELDS = frozenset({"request_id", "method", "route", "status", "ms", "bytes_in", "code", "error", "where", "count"})


class JsonLines(logging.Formatter):
    """A record as a line of JSON, with only the fields above; arguments and tracebacks are left out."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        given = getattr(record, "fields", {})
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": str(record.msg),
            **{key: value for key, value in given.items() if key in FIELDS},
        }
        return json.dumps(line, ensure_ascii=False)


def to_stderr() -> None:
    """Sends the server's own log, uvicorn's and the form parser's, to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("deepsign", "uvicorn", "python_multipart"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
    logging.getLogger("deepsign").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # What it says of a damaged form is told to the client as a problem.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
