"""Where Airflow's records lie in SQLite, requests that change something are let in one by one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from airlock.one_writer import OneWriter
from airlock.plugin import middlewares


class Server:
    """Notes how many requests it answers at once."""

    def __init__(self) -> None:
        self.inside = self.most = self.answered = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(scope.get("takes", 0.005))
        self.inside -= 1
        self.answered += 1
        if scope.get("fails"):
            raise OSError


async def ask(one: OneWriter, method: str, **more: Any) -> None:
    await one({"type": "http", "method": method, **more}, None, None)  # type: ignore[arg-type]


def together(server: Server, *methods: str, patience: float = 5, **more: Any) -> None:
    async def run() -> None:
        one = OneWriter(server, patience=patience)
        await asyncio.gather(
            *(ask(one, method, **more) for method in methods), return_exceptions=True
        )

    asyncio.run(run())


def test_requests_that_change_something_never_meet():
    server = Server()

    together(server, *["POST", "PATCH", "PUT", "DELETE"] * 3)

    assert (server.most, server.answered) == (1, 12)


def test_reading_ones_pass_side_by_side():
    server = Server()

    together(server, *["GET"] * 5)

    assert server.most == 5


def test_one_that_fails_lets_the_next_one_in():
    server = Server()

    together(server, "POST", "POST", fails=True)

    assert (server.most, server.answered) == (1, 2)


def test_one_that_hangs_does_not_stop_the_others():
    server = Server()

    together(server, "POST", "POST", patience=0.02, takes=0.2)

    assert server.most == 2


@pytest.mark.parametrize(
    ("connection", "needed"),
    [("sqlite:////tmp/airflow.db", True), ("postgresql+psycopg2://airflow@db/airflow", False)],
)
def test_it_is_there_for_sqlite_alone(
    monkeypatch: pytest.MonkeyPatch, connection: str, needed: bool
):
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", connection)

    assert bool(middlewares()) is needed
