"""The API over a store of its own, for somebody who may read everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from airlock.api import access
from airlock.api.app import create_app
from airlock.api.v1 import models as models_room
from airlock.api.v1 import overviews, reading
from airlock.compat.airflow import get_user
from airlock.config.settings import Settings
from airlock.store import open_store
from tests.history import History, told
from tests.registered import ledger_below

MODEL = "retention"
PERSON = SimpleNamespace(get_id=lambda: "7", get_name=lambda: "ada")


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    ledger = ledger_below(tmp_path, MODEL)
    return told(History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch"))


@pytest.fixture
def readable() -> dict[str, bool]:
    """Whether the caller may read what a model's DAGs wrote; yes if nothing is said."""
    return {}


@pytest.fixture
def client(
    tmp_path: Path, history: History, readable: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    settings = SimpleNamespace(
        store=lambda zone="store": history.stores[zone],
        ledger=lambda model, to_write=False: ledger_below(tmp_path, model),
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    for room in (access, reading, models_room):
        monkeypatch.setattr(
            room, "may_read_all", lambda dags, user: readable.get("all", True), raising=False
        )
    for right in ("may_start", "may_answer"):
        monkeypatch.setattr(access, right, lambda dag_id, user: readable.get("may", True))
    overviews.overviews.cache_clear()
    app = create_app()
    app.dependency_overrides[get_user] = lambda: PERSON
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    overviews.overviews.cache_clear()
