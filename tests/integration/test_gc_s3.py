"""Gc in buckets, where an object's age is what S3 says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Result
from airlock.stages.gc.record import Collection
from airlock.stages.gc.spec import GcSpec
from airlock.stages.gc.stage import plan, sweep
from airlock.store import Credentials, Zone, open_store
from airlock.store.s3 import S3Store
from tests.judged import ORIGIN

SPEC = GcSpec(raw_days=30, quarantine_days=90, dead_days=2)


@pytest.fixture
def stores(credentials: Credentials) -> Stores:
    opened = {zone: open_store(f"s3://{zone}/airlock", credentials) for zone in ("store", "raw")}
    for store in opened.values():
        assert isinstance(store, S3Store)
        store.client.create_bucket(Bucket=store.bucket)
    return {"store": opened["store"], "raw": opened["raw"]}


def uploaded(stores: Stores, folder: Path, stage: str, zone: Zone) -> Folder:
    (folder / "quarantine").mkdir(parents=True, exist_ok=True)
    (folder / "part-00000.parquet").write_bytes(b"rows")
    (folder / "quarantine" / "part-00000.parquet").write_bytes(b"bad rows")
    return publication.upload(folder, stage=stage, part="data", zone=zone, stores=stores)


def published(stores: Stores, folder: Path, stage: str, zone: Zone) -> str:
    """The prefix of what a slot names."""
    data = uploaded(stores, folder, stage, zone)
    report = Folder(zone="store", prefix=f"attempts/{stage}/1/report")
    result = Result(
        stage=stage, version=1, inputs={}, record={}, data=data, report=report, made_by=ORIGIN
    )
    return publication.publish(stores, "1" * 64, result, folder / "in").result.data.prefix


def collected(stores: Stores, *, days: float) -> Collection:
    planned = plan(stores, (), SPEC, now=datetime.now(UTC) + timedelta(days=days))
    sweep(planned, stores)
    return planned.collection(dry_run=False)


def test_what_is_past_its_time_goes_and_what_is_needed_stays(stores: Stores, tmp_path: Path):
    rows = published(stores, tmp_path / "rows", "validate", "raw")
    table = published(stores, tmp_path / "table", "redact", "store")
    uploaded(stores, tmp_path / "dead", "redact", "store")

    early, late, again = (collected(stores, days=days) for days in (1, 31, 31))

    assert [one.objects for one in early.deleted] == [0, 0, 0]
    assert {one.kind: one.objects for one in late.deleted} == {
        "raw rows": 1,
        "quarantined rows": 0,
        "dead attempts": 2,
    }
    assert [one.objects for one in again.deleted] == [0, 0, 0]
    assert {stat.key for stat in stores["raw"].list("attempts/")} == {
        f"{rows}/quarantine/part-00000.parquet"
    }
    assert {stat.key for stat in stores["store"].list("attempts/")} == {
        f"{table}/part-00000.parquet",
        f"{table}/quarantine/part-00000.parquet",
    }
