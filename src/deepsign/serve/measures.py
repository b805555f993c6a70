"""Measures: what /metrics tells Prometheus. Labels are routes, statuses and models: nothing of a client."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Seconds: landmarks take some ms, photos tens, videos up to the deadline.
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measures:
    """One server's counters; each app has its own registry, so that tests and workers don't share."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self.registry, "namespace": "deepsign"}
        self.requests = Counter("requests", "Requests answered", ["method", "route", "status"], **made)
        self.seconds = Histogram("request_seconds", "From request to answer", ["route"], buckets=_BUCKETS, **made)
        self.in_work = Gauge("requests_in_work", "Requests in work", **made)
        self.refused = Counter("refused", "Requests refused", ["code"], **made)
        self.answers = Counter("answers", "Answers by model", ["model", "known"], **made)
        self.sessions = Gauge("live_sessions", "Live sessions", **made)
        self.frames = Counter("live_frames", "Frames of live sessions", ["fate"], **made)
        self.waiting = Gauge("decode_queue", "Uploads that wait for a decoder", **made)
        self.replaced = Gauge("decoders_replaced", "Decoders that died or were ended", **made)

    def text(self) -> bytes:
        """In Prometheus's text format."""
        return generate_latest(self.registry)
