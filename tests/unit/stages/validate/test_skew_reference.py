"""Whose data a night is held against: the champion's, and for its own night what it was then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.exceptions import AirflowFailException

from airlock import ValidateOperator
from airlock.config.settings import Settings
from airlock.core.content import canonical_json
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Origin, Receipt, Result
from airlock.ledger import Ledger
from airlock.reports import INDEX
from airlock.stages.validate.record import Reference, Validation
from airlock.stages.validate.spec import Expectations
from tests.sealing import give
from tests.tables import snapshot_of

NOW = datetime(2026, 1, 6, 2, 30, tzinfo=UTC)
EXPECTATIONS = Expectations.model_validate(
    {
        "contract": {"columns": {"plan": {"type": "string"}, "fee": {"type": "number"}}},
        "expectations": [
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
        ],
    }
)
STRICT = EXPECTATIONS.model_copy(
    update={"skew": type(EXPECTATIONS.skew).model_validate({"psi": {"critical": 0.25}})}
)
TEXTS = {"before": ["a", "b"], "after": ["a", "b", "b", "b", "b", "b"]}

Night = Callable[..., tuple[str, str, Validation]]


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stores: Stores, ledger: Ledger
) -> Settings:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    return settings


@pytest.fixture
def night(settings: Settings, stores: Stores, tmp_path: Path) -> Night:
    """Run the stage on the rows of one night; returns the result's address, SHA-256 and record."""
    runs = iter(range(100))

    def run(rows: str, *, expectations: Expectations = EXPECTATIONS, model: str | None = "churn"):
        run_id = f"run {next(runs)}"
        snapshot = _snapshot(stores, tmp_path, rows, run_id)
        with DAG("churn", params={"recompute": Param(False), "night": Param(None)}):
            task = ValidateOperator(
                task_id="validate", snapshot=snapshot, expectations=expectations, model=model
            )
        address = task.execute(_context(task, run_id))
        found = publication.load(stores["store"], address)
        return address, found.sha256, Validation.from_json(found.result.record)

    return run


def _snapshot(stores: Stores, folder: Path, rows: str, run_id: str) -> str:
    texts = TEXTS[rows] * (600 // len(TEXTS[rows]))
    table = pa.table({"plan": texts, "fee": [float(n % 50) for n in range(600)]})
    (folder / run_id).mkdir()
    record = snapshot_of(table, folder / run_id)
    result = Result(
        stage="snapshot",
        version=1,
        inputs={},
        record=record.to_json(),
        data=publication.upload(
            folder / run_id, stage="snapshot", part="data", zone="raw", stores=stores
        ),
        report=Folder(zone="store", prefix="attempts/snapshot/none/report"),
        made_by=Origin(dag_id="churn", run_id=run_id, task_id="snapshot", try_number=1),
    )
    published = publication.publish(stores, run_id, result, folder / "found")
    receipt = Receipt(
        stage="snapshot",
        dag_id="churn",
        run_id=run_id,
        task_id="snapshot",
        try_number=1,
        night=None,
        address=published.address,
        sha256=published.sha256,
        reused=False,
        seconds=1.0,
        at=NOW,
    )
    give(stores["store"], published, receipt)
    return published.address


def _context(task: ValidateOperator, run_id: str) -> Any:
    ti = SimpleNamespace(
        dag_id="churn", run_id=run_id, task_id="validate", try_number=1, map_index=-1
    )
    dag_run = SimpleNamespace(
        dag_id="churn",
        run_id=run_id,
        partition_key=None,
        run_after=NOW,
        triggering_user_name=None,
        conf={},
    )
    return {"ti": ti, "dag_run": dag_run, "dag": task.dag, "params": task.dag.params.dump()}


def promote(ledger: Ledger, address: str, sha256: str) -> None:
    body = {
        "version": 1,
        "bundle": sha256,
        "training": "stages/train/x/0000.json",
        "training_sha256": "t" * 64,
        "validation": address,
        "validation_sha256": sha256,
        "split": "s" * 16,
        "night": None,
    }
    ledger.append("promoted", {"champion": body}, id=sha256, at=NOW)


def test_before_the_first_champion_nothing_is_compared(night: Night):
    _, _, record = night("before")

    assert (record.shifts, record.reference) == ((), None)


def test_a_night_is_held_against_the_champions_data(night: Night, ledger: Ledger):
    address, sha256, _ = night("before")
    promote(ledger, address, sha256)

    _, _, record = night("after")

    assert record.reference == Reference(address=address, sha256=sha256)
    assert {shift.column for shift in record.shifts if not shift.ok} == {"plan"}
    assert record.verdict.passed
    assert any("plan" in warning for warning in record.warnings)


def test_a_critical_shift_stops_the_chain_and_its_report_is_published(
    night: Night, ledger: Ledger, stores: Stores
):
    address, sha256, _ = night("before")
    promote(ledger, address, sha256)

    with pytest.raises(AirflowFailException, match="plan: the population stability index"):
        night("after", expectations=STRICT)

    [_, (_, result)] = publication.recent(stores["store"], dag_id="churn", stage="validate", last=9)
    assert INDEX in {file.path for file in result.report.files}


def test_without_a_model_nothing_is_compared(night: Night, ledger: Ledger):
    address, sha256, _ = night("before")
    promote(ledger, address, sha256)

    assert night("after", model=None)[2].reference is None


def test_the_champions_own_night_is_found_again(night: Night, ledger: Ledger):
    first, sha256, _ = night("before")
    promote(ledger, first, sha256)
    second, sha256, _ = night("after")
    promote(ledger, second, sha256)

    again, _, record = night("after")

    assert again == second
    assert record.reference is not None
    assert record.reference.address == first


def test_another_champion_makes_it_another_result(night: Night, ledger: Ledger):
    first, sha256, _ = night("before")
    compared_with_nothing, _, _ = night("after")
    promote(ledger, first, sha256)

    compared, _, record = night("after")

    assert compared != compared_with_nothing
    assert record.reference is not None


def test_a_promotion_while_the_rows_are_judged_changes_nothing(
    night: Night, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    first, sha256, _ = night("before")
    work = ValidateOperator.run_stage

    def overtaken(self: ValidateOperator, attempt: Any) -> Validation:
        promote(ledger, first, sha256)
        return work(self, attempt)

    monkeypatch.setattr(ValidateOperator, "run_stage", overtaken)

    assert night("after")[2].reference is None


@pytest.mark.parametrize("harm", ["alter", "remove"])
def test_a_champion_whose_histograms_do_not_verify_stops_the_night(
    night: Night, ledger: Ledger, stores: Stores, harm: str
):
    address, sha256, _ = night("before")
    promote(ledger, address, sha256)
    report = publication.load(stores["store"], address).result.report
    key = f"{report.prefix}/histograms.json"
    if harm == "alter":
        told = json.loads(stores["store"].get(key))
        stores["store"].put(key, json.dumps({**told, "rows": 1}).encode())
    else:
        stores["store"].delete(key)

    with pytest.raises(AirflowFailException, match="Unverified"):
        night("after")


def test_a_champion_from_before_columns_were_compared_is_compared_with(
    night: Night, ledger: Ledger, stores: Stores
):
    address, _, _ = night("before")
    stored = json.loads(stores["store"].get(address))
    for field in ("shifts", "reference"):
        del stored["record"][field]
    stores["store"].put(address, canonical_json(stored))
    promote(ledger, address, publication.load(stores["store"], address).sha256)

    assert night("after")[2].shifts


def test_a_run_that_is_cleared_is_not_its_own_past(night: Night, stores: Stores):
    night("before")
    given = publication.receipts(stores["store"], dag_id="churn", run_id="run 0")
    [validated] = [receipt for receipt in given if receipt.stage == "validate"]
    publication.give_receipt(stores["store"], replace(validated, run_id="run 1"))

    address, _, _ = night("after")

    report = publication.load(stores["store"], address).result.report
    assert b"The last 2 runs" in stores["store"].get(f"{report.prefix}/{INDEX}")


def test_the_page_tells_the_trend_and_leads_to_great_expectations(night: Night, stores: Stores):
    night("before")
    address, _, _ = night("after")

    report = publication.load(stores["store"], address).result.report
    page = stores["store"].get(f"{report.prefix}/{INDEX}").decode()

    assert "The last 2 runs" in page
    assert 'href="data_docs/index.html"' in page
