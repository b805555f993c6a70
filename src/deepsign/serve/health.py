"""Health: /healthz (the process answers), /readyz (everything is warm) and /metrics (Prometheus)."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from deepsign.serve.predict import refusals
from deepsign.serve.problems import Problem
from deepsign.serve.schemas import Health
from deepsign.serve.state import State


def router(state: State) -> APIRouter:
    """The three endpoints that machines ask."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """The process is alive."""
        return Health(status="ok")

    @routes.get("/readyz", responses=refusals(503))
    async def readyz() -> Health:
        """Models are loaded and decoders are warm; else 503, and why."""
        ready, why = state.readiness()
        if not ready:
            raise Problem(503, "not-ready", why, retry_after=1)
        return Health(status="ok")

    @routes.get("/metrics", response_class=Response, responses=refusals(401))
    async def metrics() -> Response:
        """For Prometheus."""
        state.measures.waiting.set(state.pool.waiting)
        state.measures.replaced.set(state.pool.replaced)
        return Response(state.measures.text(), media_type=CONTENT_TYPE_LATEST)

    return routes
