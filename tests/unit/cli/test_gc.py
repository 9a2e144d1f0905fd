"""airlock gc: what is past its time is listed, then deleted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.engine.publication import Stores, upload
from airlock.ledger import Ledger
from airlock.store import Store
from tests.judged import case


@pytest.fixture
def dead_attempt(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of last century that no slot names."""

    class Here:
        def store(self, zone: str = "store") -> Store:
            return stores[zone]  # type: ignore[index]  # a zone

        def ledger(self, model: str) -> Ledger:
            raise AssertionError("no model has a ledger")

    monkeypatch.setattr(Settings, "read", lambda: Here())
    # A store without any result is taken for another one's.
    stores["store"].put("stages/gate/churn/0000.json", case().training.result.stored())
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "part.parquet").write_bytes(b"half")
    folder = upload(tmp_path / "left", stage="snapshot", part="data", zone="raw", stores=stores)
    key = f"{folder.prefix}/part.parquet"
    os.utime(stores["raw"].local(key, tmp_path), (0, 0))
    return key


def test_a_dry_run_names_every_object_and_deletes_none(
    dead_attempt: str, stores: Stores, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["gc", "--dry-run"]) == 0

    said = capsys.readouterr().out
    assert dead_attempt in said
    assert "dead attempts: 1 objects, 0.0 MB would be deleted." in said
    assert stores["raw"].exists(dead_attempt)


def test_without_it_they_are_deleted(
    dead_attempt: str, stores: Stores, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["gc"]) == 0

    assert "dead attempts: 1 objects, 0.0 MB deleted." in capsys.readouterr().out
    assert not stores["raw"].exists(dead_attempt)


def test_a_retention_that_would_rob_a_living_attempt_is_refused(
    dead_attempt: str, stores: Stores, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["gc", "--dead-days", "0"]) == 1

    assert "dead_days" in capsys.readouterr().err
    assert stores["raw"].exists(dead_attempt)
