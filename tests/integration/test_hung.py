"""What hangs is an error within a minute, and says that a retry can help.

The bounds of these tests are generous: without a guard each takes several minutes, or for ever.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql
from sqlalchemy.engine import URL, make_url

from airlock.catalogs import silence
from airlock.catalogs import sql_delivery as delivery
from airlock.catalogs.sql_delivery import deliver
from airlock.core.errors import RegistryUnavailable, StoreUnavailable
from airlock.registry import MlflowSettings, open_registry
from airlock.store import Credentials, bounds, open_store
from airlock.store.s3 import S3Store
from tests.hung import Hung, falls_silent, hung

MINUTE = 60
ELSEWHERE = "AIRLOCK_TEST_POSTGRES"

CALLS: dict[str, Callable[[S3Store, Path], object]] = {
    "get": lambda store, _: store.get("a/b"),
    "put": lambda store, _: store.put("a/b", b"x"),
    "create": lambda store, _: store.create("a/b", b"x"),
    "list": lambda store, _: list(store.list("a/")),
    "delete": lambda store, _: store.delete("a/b"),
    "local": lambda store, folder: store.local("a/b", folder),
    "upload": lambda store, folder: store.upload(_file(folder), "a/b"),
    "prove": lambda store, _: store.prove_create_once(),
}


def _file(folder: Path) -> Path:
    (folder / "file").write_bytes(b"x" * 1000)
    return folder / "file"


@pytest.fixture
def nobody() -> Iterator[Hung]:
    with hung() as server:
        yield server


@pytest.fixture
def postgres() -> Iterator[URL]:
    if ELSEWHERE not in os.environ:
        pytest.skip(f"{ELSEWHERE} names no PostgreSQL (postgresql+psycopg2://…)")
    url = make_url(os.environ[ELSEWHERE])
    yield url
    engine = sql.create_engine(url)
    with engine.begin() as connection:
        for name in ("scores", "scores_partitions"):
            connection.execute(sql.text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifteenth of the real bounds: what counts is how often they are waited for."""
    monkeypatch.setattr("airlock.store.open.READ_SECONDS", 1)
    for module in ("bounds", "download"):
        name = f"airlock.store.{module}.ASK_AGAIN_SECONDS"
        monkeypatch.setattr(name, bounds.ASK_AGAIN_SECONDS / bounds.READ_SECONDS)


@pytest.fixture
def store(nobody: Hung) -> S3Store:
    credentials = Credentials(
        access_key="a",
        secret_key="b",
        endpoint=f"http://127.0.0.1:{nobody.port}",
        region="us-east-1",
    )
    opened = open_store("s3://airlock/x", credentials)
    assert isinstance(opened, S3Store)
    return opened


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("call", CALLS)
def test_a_store_that_hangs_is_an_error_that_a_retry_can_help(
    store: S3Store, nobody: Hung, tmp_path: Path, call: str
):
    with pytest.raises(StoreUnavailable):
        CALLS[call](store, tmp_path)

    # The first attempt, and that of reading what became of it, or of breaking an upload off.
    waited = len(nobody.connections) * bounds.READ_SECONDS
    assert nobody.connections
    assert waited < MINUTE


def test_the_waits_of_one_call_are_within_a_minute_as_they_are_set(store: S3Store):
    config = store.client.meta.config

    assert (config.connect_timeout, config.read_timeout) == (
        bounds.CONNECT_SECONDS,
        bounds.READ_SECONDS,
    )
    # A call, and the one that asks what became of it: each begins its last attempt in time.
    longest = bounds.ASK_AGAIN_SECONDS + max(bounds.READ_SECONDS, bounds.CONNECT_SECONDS)
    assert 2 * longest <= MINUTE


@pytest.mark.timeout(200)
def test_a_registry_that_hangs_is_an_error_that_a_retry_can_help(nobody: Hung):
    settings = MlflowSettings(tracking_uri=f"http://127.0.0.1:{nobody.port}")

    with (
        pytest.raises(RegistryUnavailable),
        open_registry(settings) as registry,
        registry.translated(),
    ):
        registry.experiment("churn")

    assert nobody.connections


@pytest.mark.timeout(200)
def test_a_database_that_takes_a_connection_and_hangs_is_an_error(nobody: Hung, tmp_path: Path):
    from tests.unit.catalogs.test_sql_delivery import partition, parts

    url = URL.create("postgresql+psycopg2", host="127.0.0.1", port=nobody.port, username="a")

    with pytest.raises(StoreUnavailable, match="does not answer"):
        deliver(url, "scores", partition(1), parts(tmp_path, 1))


def test_a_row_that_somebody_holds_is_not_waited_for_without_end(
    postgres: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from tests.unit.catalogs.test_sql_delivery import partition, parts

    monkeypatch.setattr(delivery, "_WAIT_FOR_LOCKS", 1)
    deliver(postgres, "scores", partition(1), parts(tmp_path / "1", 1))
    holder = sql.create_engine(postgres)
    with holder.begin() as connection:
        connection.execute(sql.text("SELECT * FROM scores_partitions FOR UPDATE"))

        with pytest.raises(StoreUnavailable, match="LockNotAvailable"):
            deliver(postgres, "scores", partition(2), parts(tmp_path / "2", 2))
    holder.dispose()

    assert deliver(postgres, "scores", partition(2), parts(tmp_path / "2", 2))


def test_a_statement_that_never_ends_is_ended_by_the_server(
    postgres: URL, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "_WAIT_FOR_STATEMENT", 1)
    engine = delivery._engine(postgres)

    with pytest.raises(sql.exc.OperationalError, match="QueryCanceled"), engine.begin() as one:
        one.execute(sql.text("SELECT pg_sleep(300)"))


@pytest.mark.parametrize("when", ["in a statement", "at the end of a transaction"])
@pytest.mark.timeout(120)
def test_a_server_that_falls_silent_is_hung_up_on(postgres: URL, when: str):
    with falls_silent(postgres.port or 5432) as (port, silent):
        engine = sql.create_engine(postgres.set(host="127.0.0.1", port=port))
        silence.cut_silent_lines(engine, 1)

        with pytest.raises(sql.exc.OperationalError):
            _talk(engine, silent, when)


def _talk(engine: sql.Engine, silent: threading.Event, when: str) -> None:
    with engine.begin() as connection:
        connection.execute(sql.text("SELECT 1"))
        silent.set()
        if when == "in a statement":
            connection.execute(sql.text("SELECT 2"))


def test_a_server_that_talks_is_not_hung_up_on(postgres: URL):
    engine = sql.create_engine(postgres)
    silence.cut_silent_lines(engine, 1)
    with engine.begin() as connection:
        connection.execute(sql.text("SELECT 1"))
        time.sleep(1.5)  # what happens between two statements is no silence of the server

        assert connection.execute(sql.text("SELECT 2")).scalar_one() == 2
