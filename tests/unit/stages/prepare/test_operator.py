"""Frozen by a task each, joined by one: what is reused, what is refused, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airlock import PrepareOperator, SnapshotOperator, ValidateOperator
from airlock.config.settings import Settings
from airlock.core.errors import Unverified
from airlock.engine.attempt import Attempt
from airlock.engine.description import receipt_of
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin
from airlock.ledger import Ledger
from airlock.stages.prepare.record import Preparation
from airlock.stages.prepare.spec import NamedTable, Sql
from airlock.stages.validate.record import Validation
from airlock.stages.validate.spec import Expectations
from tests.joined import CUSTOMERS, FEATURES, ORDERS, SELECT

EXPECTATIONS = Expectations.model_validate(
    {
        "contract": FEATURES.to_json(),
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "orders", "min_value": 0},
            }
        ],
    }
)
TABLES = {
    "customers": NamedTable(source="customers.csv", contract=CUSTOMERS, by_night=False),
    "orders": NamedTable(source="orders.csv", contract=ORDERS, by_night=False),
}


class World:
    """One run of a DAG, task by task."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def run(self, task: Any, *, again: str = "") -> tuple[Published, bool]:
        """What a task of the run leaves, and whether it was there before."""
        origin = replace(self._attempt.origin, task_id=task.task_id)
        attempt = replace(
            self._attempt,
            origin=origin,
            scratch=self._attempt.scratch / f"{task.task_id}{again}",
            _inputs={},
        )
        _, published, reused = task._obtain(attempt, task.run_stage)
        assert published is not None
        receipt = receipt_of(attempt, task.stage, published, reused=reused, seconds=1.0)
        attempt.give(published, receipt)
        return published, reused

    def freeze(self) -> dict[str, str]:
        return {
            name: self.run(
                SnapshotOperator(
                    task_id=f"snapshot_{name}", source=table.source, contract=table.contract
                )
            )[0].address
            for name, table in TABLES.items()
        }


@pytest.fixture
def world(tmp_path: Path, stores: Stores, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> World:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    (tmp_path / "customers.csv").write_text(
        "customer_id,plan,signed_up\na,basic,2026-01-01\nb,plus,2026-02-20\n"
    )
    (tmp_path / "orders.csv").write_text(
        "buyer,amount,ordered_at\na,1.5,2026-02-10T09:00:00Z\nb,7,2026-02-25T09:00:00Z\n"
    )
    return World(
        Attempt(
            origin=Origin(dag_id="d", run_id="r", task_id="", try_number=1),
            night="2026-02-28",
            params={},
            overrides=(),
            triggered_by=None,
            now=datetime(2026, 3, 1, 2, tzinfo=UTC),
            settings=settings,
            scratch=tmp_path / "scratch",
        )
    )


def operator(snapshots: dict[str, str], sql: str = SELECT, **more: Any) -> PrepareOperator:
    return PrepareOperator(
        task_id="prepare",
        snapshots=snapshots,
        tables=TABLES,
        sql=Sql(text=sql, path="include/prepare/shop.sql"),
        contract=FEATURES,
        **more,
    )


def test_the_table_goes_on_to_validate_as_a_snapshot_does(world: World):
    prepared, _ = world.run(operator(world.freeze()))

    validated, _ = world.run(
        ValidateOperator(
            task_id="validate",
            snapshot=prepared.address,
            expectations=EXPECTATIONS,
            table="prepare",
        )
    )

    assert Validation.from_json(validated.result.record).rows == 2
    assert validated.result.inputs == {"snapshot": prepared.result.content}
    assert prepared.result.data.zone == "raw"


def test_its_inputs_are_the_snapshots_by_name(world: World, stores: Stores):
    from airlock.engine import publication

    snapshots = world.freeze()

    prepared, _ = world.run(operator(snapshots))

    assert prepared.result.inputs == {
        name: publication.load(stores["store"], address).result.content
        for name, address in snapshots.items()
    }
    record = Preparation.from_json(prepared.result.record)
    assert {one.column: one.reads for one in record.lineage}["spent"] == ("orders.amount",)


def test_the_same_sql_over_the_same_rows_is_reused_and_another_is_not(world: World):
    snapshots = world.freeze()
    first, _ = world.run(operator(snapshots))

    same, reused = world.run(operator(snapshots), again="2")
    other, anew = world.run(operator(snapshots, SELECT.replace("count(o.buyer)", "7")), again="3")
    wider, wide = world.run(operator(snapshots, window=2), again="4")

    assert reused
    assert same.address == first.address
    assert not anew
    assert not wide
    assert len({first.address, other.address, wider.address}) == 3


def test_a_snapshot_under_the_name_of_another_is_refused(world: World):
    snapshots = world.freeze()
    swapped = {"customers": snapshots["orders"], "orders": snapshots["customers"]}

    with pytest.raises(Unverified, match="The snapshot of customers is that of snapshot_orders"):
        world.run(operator(swapped))


def test_validate_takes_no_source_for_the_joined_table(world: World):
    """XCom may have been changed to another address of this very run."""
    snapshots = world.freeze()
    world.run(operator(snapshots))
    validate = ValidateOperator(
        task_id="validate",
        snapshot=snapshots["customers"],
        expectations=EXPECTATIONS,
        table="prepare",
    )

    with pytest.raises(Unverified, match="never produced"):
        world.run(validate)
