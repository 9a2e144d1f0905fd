"""Ends a database query when the server stops answering although its machine is up.

The server's own time-outs do not count then, the network sees nothing amiss, and libpq waits for
ever: a timer cuts the line.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sql

_TIMER = "airlock_silence"


@contextmanager
def cut_when_silent(line: int, seconds: float) -> Iterator[None]:
    """Have whoever reads from a socket in this block fail when nothing comes for so long.

    Args:
        line: the socket's file descriptor.
        seconds: that the whole block may take.
    """
    held = [os.dup(line)]
    timer = threading.Timer(seconds, _cut, [held])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        for one in _take_sockets(held):
            os.close(one)


def cut_silent_lines(engine: sql.Engine, seconds: float) -> None:
    """Have an engine of psycopg2 fail when one statement, or the end of one transaction, hangs."""

    def begin(connection: Any, *_: Any) -> None:
        if connection.invalidated:  # nothing is sent
            return
        end(connection)
        # The timer and whoever is done before it both close the copy of the line: who takes it.
        held = [os.dup(connection.connection.dbapi_connection.fileno())]
        timer = threading.Timer(seconds, _cut, [held])
        timer.daemon = True
        connection.info[_TIMER] = (timer, held)
        timer.start()

    def end(connection: Any, *_: Any) -> None:
        timer, held = connection.info.pop(_TIMER, (None, []))
        if timer is not None:
            timer.cancel()
        for line in _take_sockets(held):
            os.close(line)

    def failed(context: Any) -> None:
        if context.connection is not None and not context.connection.invalidated:
            end(context.connection)

    for event in ("before_cursor_execute", "commit", "rollback"):
        sql.event.listen(engine, event, begin)
    sql.event.listen(engine, "after_cursor_execute", end)
    sql.event.listen(engine, "handle_error", failed)
    sql.event.listen(engine, "checkin", lambda _, record: end(record))


def _cut(held: list[int]) -> None:
    for line in _take_sockets(held):
        with socket.socket(fileno=line) as other_end, suppress(OSError):
            other_end.shutdown(socket.SHUT_RDWR)


def _take_sockets(held: list[int]) -> Iterator[int]:
    with suppress(IndexError):
        yield held.pop()
