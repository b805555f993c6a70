"""Telemetry: OpenTelemetry for those who run a server and ask for it. FastAPI measures, OTEL_… variables say where to.

FastAPI's own switch is an environment variable that any program may set; here nothing is measured unless the server's
settings say so, and the page's app can't be made to.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from deepsign.problems import InputError

OFF: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
# Spans and measures of whole requests: route, status, time. No logs: an exception's message could quote a body.
_ON: Any = {**OFF, "tracing": True, "metrics": True, "auto_configure": True}


def telemetry(wanted: bool) -> Any:
    """What `FastAPI(telemetry=…)` takes; InputError where it is wanted and not installed."""
    if not wanted:
        return OFF
    needed = ("fastapi.telemetry", "opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
    if not all(_installed(module) for module in needed):
        raise InputError(
            "telemetry: OpenTelemetry is not installed; pip install 'deepsign[telemetry]', or switch it off"
        )
    return _ON


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
