"""Puts the routes together as the application that Airflow's API server mounts."""

from __future__ import annotations

from fastapi import FastAPI

from airlock.api import access, files, ledger, metrics, run
from airlock.api.v1 import (
    answers,
    artefacts,
    decisions,
    models,
    nights,
    queue,
    runs,
    service,
    spending,
    versions,
)


def create_app() -> FastAPI:
    """The application that Airflow's API server mounts below `/airlock`.

    Airflow mounts it without a guard: the login below is for all routes, and each route asks for
    its own right besides.
    """
    app = FastAPI(
        title="airlock",
        dependencies=[access.SIGNED_IN],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # A path with a slash too many would be redirected to whatever host the request names.
        redirect_slashes=False,
        default_response_class=access.LiteralResponse,
    )
    access.install(app)
    for room in (
        run,
        ledger,
        metrics,
        models,
        versions,
        decisions,
        nights,
        artefacts,
        queue,
        answers,
        service,
        spending,
        runs,
        files,
    ):
        app.include_router(room.router)
    return app
