"""API: the app factory of `deepsign serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from deepsign import __version__
from deepsign.serve import catalogue, guide, health, live, predict, problems, seed
from deepsign.serve.guard import Guard, Load
from deepsign.serve.openapi import DESCRIPTION, document
from deepsign.serve.settings import Settings
from deepsign.serve.state import State
from deepsign.serve.telemetry import telemetry


def create(settings: Settings | None = None) -> FastAPI:
    """The app; without settings they come from the environment.

    Raises BundleError for a model that can't be read, InputError for telemetry that is wanted and not installed.
    """
    settings = settings or Settings()
    state = State(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with state.running():
            yield

    app = FastAPI(
        telemetry=telemetry(settings.telemetry),
        title="DeepSign",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.deepsign, app.state.load = state, Load()
    problems.install(app)
    for routes in (predict, seed, catalogue, health, live):
        app.include_router(routes.router(state))
    app.include_router(guide.router(app))
    app.add_middleware(Guard, settings=settings, measures=state.measures, load=app.state.load)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app
