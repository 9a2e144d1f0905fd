"""How a stage ended in the last runs: the newest, in order, and nothing that cannot be read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Origin, Receipt, Result
from airlock.store import Store

AT = datetime(2026, 1, 6, 2, tzinfo=UTC)


def ended(stores: Stores, scratch: Path, number: int, *, stage: str = "validate") -> str:
    """Publish one result, and note that a run of `churn` ended with it; returns its address."""
    # The store's own time puts them in order.
    time.sleep(0.005)
    result = Result(
        stage=stage,
        version=1,
        inputs={},
        record={"rows": number},
        data=Folder(zone="raw", prefix=f"attempts/{number}/data"),
        report=Folder(zone="store", prefix=f"attempts/{number}/report"),
        made_by=Origin(dag_id="churn", run_id=f"run {number}", task_id=stage, try_number=1),
    )
    published = publication.publish(stores, f"{number:064d}", result, scratch / "in")
    receipt = Receipt(
        stage=stage,
        dag_id="churn",
        run_id=f"run {number}",
        task_id=stage,
        try_number=1,
        night=None,
        address=published.address,
        sha256=published.sha256,
        reused=False,
        seconds=1.0,
        at=AT,
    )
    publication.give_receipt(stores["store"], receipt)
    return published.address


def rows(store: Store, last: int = 30) -> list[int]:
    found = publication.recent(store, dag_id="churn", stage="validate", last=last)
    return [result.record["rows"] for _, result in found]


@pytest.fixture
def addresses(stores: Stores, tmp_path: Path) -> list[str]:
    # The order of their names is another one than the order in which they ended.
    return [ended(stores, tmp_path, number) for number in (30, 9, 200, 4)]


def test_the_newest_come_last(store: Store, addresses: list[str]):
    assert rows(store) == [30, 9, 200, 4]
    assert rows(store, last=2) == [200, 4]


def test_other_stages_and_other_dags_are_left_out(
    stores: Stores, store: Store, addresses: list[str], tmp_path: Path
):
    ended(stores, tmp_path, 77, stage="validated")

    assert rows(store) == [30, 9, 200, 4]
    assert publication.recent(store, dag_id="chur", stage="validate", last=9) == []


def test_a_result_that_was_altered_or_is_gone_is_left_out(store: Store, addresses: list[str]):
    store.put(addresses[1], store.get(addresses[1]).replace(b'"rows":9', b'"rows":8'))
    store.delete(addresses[2])

    assert rows(store) == [30, 4]


def test_a_receipt_that_does_not_read_as_one_is_left_out(store: Store, addresses: list[str]):
    first = next(stat.key for stat in store.list("runs/churn/run%2030/"))
    store.put(first, b"{}")

    assert rows(store) == [9, 200, 4]
