"""Lets one request at a time change something where Airflow keeps its records in SQLite.

Airflow 3.3.2 writes its audit log in the API server's event loop. While that waits for SQLite's
lock, the request that holds the lock cannot be finished by the same loop: both wait until one gives
up with HTTP 500. Requests that are let in one by one never meet; SQLite would not write two at once
anyhow. Reading ones pass as before, and on every other database nothing changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
PATIENCE = 60.0
"""Seconds until a request is let in all the same: one that hangs must not stop all others."""


class OneWriter:
    """An ASGI middleware around the whole server, the API of tasks included.

    Args:
        app: that answers.
        patience: seconds.
    """

    def __init__(self, app: _App, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience
        self._turn = asyncio.Lock()

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Pass a request on, when it is its turn."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        mine = await self._wait()
        try:
            await self._app(scope, receive, send)
        finally:
            if mine:
                self._turn.release()

    async def _wait(self) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                return await self._turn.acquire()
        except TimeoutError:
            return False
