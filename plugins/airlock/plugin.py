"""The Airflow plugin: registers the page and its tabs, the API behind them, and the preload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from airlock import __version__, listener
from airlock.config.deadlines import DoneBy
from airlock.one_writer import OneWriter

_Message = MutableMapping[str, Any]


class OnFirstRequest:
    """The API as an ASGI application that is built when the first request arrives.

    Airflow loads plugins in every process, but only the API server ever passes a request on.
    """

    @cached_property
    def _app(self) -> Callable[..., Awaitable[None]]:
        from airlock.api.app import create_app

        return create_app()

    async def __call__(
        self,
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """Pass a request on."""
        await self._app(scope, receive, send)


def _place(destination: str, route: str) -> dict[str, str]:
    return {
        # The label, and the global under which the host keeps the component.
        "name": "Airlock",
        "destination": destination,
        "url_route": route,
        # Relative to the page's base, so that it works below a path as well.
        "bundle_url": f"airlock/ui/airlock.js?v={__version__}",
        "icon": _icon("#374151"),
        "icon_dark_mode": _icon("#d1d5db"),
    }


def _icon(colour: str) -> str:
    """A round hatch with its wheel, as a data address: an image needs no login of its own."""
    strokes = (
        "<circle cx='12' cy='12' r='9.5'/><circle cx='12' cy='12' r='4'/>"
        "<path d='M12 2.5v5.5M12 16v5.5M2.5 12H8M16 12h5.5'/>"
    )
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' "
        f"stroke='{colour}' stroke-width='2'>{strokes}</svg>"
    )
    return "data:image/svg+xml," + svg.replace("#", "%23")


def middlewares() -> list[Any]:
    """What stands around the whole API server: something where SQLite keeps Airflow's records."""
    if not conf.get("database", "sql_alchemy_conn", fallback="").startswith("sqlite"):
        return []
    return [{"middleware": OneWriter, "args": [], "kwargs": {}, "name": "airlock"}]


_API: list[Any] = [{"app": OnFirstRequest(), "url_prefix": "/airlock", "name": "airlock"}]
_MIDDLEWARES: list[Any] = middlewares()
_PLACES: list[Any] = [
    _place("nav", "airlock"),
    _place("task_instance", "airlock-task-instance"),
    _place("dag_run", "airlock-dag-run"),
]
_LISTENERS: list[Any] = [listener]
_DEADLINES: list[Any] = [DoneBy]


class AirlockPlugin(AirflowPlugin):
    """Registered by the entry point, or by `airlock_plugin.py` in a checkout."""

    name = "airlock"
    fastapi_apps = _API
    fastapi_root_middlewares = _MIDDLEWARES
    react_apps = _PLACES
    listeners = _LISTENERS
    deadline_references = _DEADLINES
