"""What StageOperator adds to a stage: reuse, receipts, verdicts, and errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    DownstreamTasksSkipped,
)

from airlock.config.settings import Settings
from airlock.core.errors import DataError, Preempted, ProcessLost, SpecError, StoreUnavailable
from airlock.engine import operator as base
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.night import night_of
from airlock.engine.publication import Stores
from airlock.engine.record import Record, Verdict
from airlock.engine.translation import ForeseenError
from airlock.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Record):
    stage: ClassVar[str] = "count"

    rows: int
    passed: bool = True
    repair: bool = False

    @property
    def eventful(self) -> bool:
        return self.rows > 0

    @property
    def verdict(self) -> Verdict:
        return Verdict(passed=self.passed, reasons=("Too few rows.",), repair=self.repair)


class CountOperator(base.StageOperator):
    stage = "count"
    record: ClassVar[Count] = Count(rows=3)
    error: ClassVar[Exception | None] = None
    runs: ClassVar[int] = 0

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        return {"spec": "the same"}

    def run_stage(self, attempt: Attempt) -> Record:
        type(self).runs += 1
        if self.error is not None:
            raise self.error
        (attempt.data / "part-00000.parquet").write_bytes(b"rows")
        return self.record

    @classmethod
    def record_class(cls) -> type[Record]:
        return Count


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


def kept(stores: Stores) -> set[str]:
    """All that lies in the stores, but for proofs that they deny a second create, and usage."""
    keys = {stat.key for store in stores.values() for stat in store.list("")}
    return {key for key in keys if not key.startswith(("probe/", "usage/"))}


@pytest.fixture
def counting(settings: Settings) -> type[CountOperator]:
    class Fresh(CountOperator):
        runs: ClassVar[int] = 0

    return Fresh


class Xcoms(dict[str, Any]):
    def xcom_push(self, key: str, value: Any) -> None:
        self[key] = value


def context(task: base.StageOperator, *, run_id: str = "manual__1", **params: Any) -> Any:
    ti = Xcoms()
    ti.__dict__.update(
        dag_id="churn", run_id=run_id, task_id=task.task_id, try_number=1, map_index=-1
    )
    dag_run = SimpleNamespace(
        dag_id="churn",
        run_id=run_id,
        partition_key=None,
        run_after=datetime(2026, 1, 6, 2, tzinfo=UTC),
        triggering_user_name=None,
        conf=params,
    )
    return {
        "ti": ti,
        "dag_run": dag_run,
        "dag": task.dag,
        "params": {**task.dag.params.dump(), **params},
    }


def in_dag(cls: type[CountOperator]) -> CountOperator:
    with DAG("churn", params={"recompute": Param(False), "night": Param(None), "source": None}):
        task = cls(task_id="count")
        task >> cls(task_id="next") >> cls(task_id="after_next", trigger_rule="all_done")
    return task


def test_an_equal_result_of_an_earlier_run_is_reused(counting: type[CountOperator]):
    task = in_dag(counting)

    first = task.execute(context(task, run_id="manual__1"))
    second = task.execute(context(task, run_id="manual__2"))

    assert first == second
    assert counting.runs == 1


def test_recompute_does_the_work_again(counting: type[CountOperator]):
    task = in_dag(counting)

    first = task.execute(context(task, run_id="manual__1"))
    second = task.execute(context(task, run_id="manual__2", recompute=True))

    assert first != second
    assert counting.runs == 2


def test_a_stage_that_looks_at_the_world_anew_is_named_by_what_it_saw(
    counting: type[CountOperator],
):
    counting.reusable = False
    task = in_dag(counting)

    addresses = {task.execute(context(task, run_id=f"manual__{n}")) for n in range(2)}

    assert len(addresses) == 1
    assert counting.runs == 2


def test_what_was_seen_before_is_not_stored_again(counting: type[CountOperator], stores: Stores):
    counting.reusable = False
    task = in_dag(counting)

    task.execute(context(task, run_id="first"))
    before = [stat.key for stat in stores["store"].list("attempts/")]
    task.execute(context(task, run_id="second"))

    assert [stat.key for stat in stores["store"].list("attempts/")] == before


def test_a_look_that_found_all_as_it_was_leaves_nothing_behind(
    counting: type[CountOperator], stores: Stores
):
    counting.reusable = False
    counting.record = Count(rows=0)
    task = in_dag(counting)

    address = task.execute(context(task))

    assert (address, kept(stores)) == ("", set())
    assert counting.runs == 1


def test_every_run_gets_a_receipt_that_says_whether_the_work_was_its_own(
    counting: type[CountOperator], stores: Stores
):
    task = in_dag(counting)
    for run_id in ("manual__1", "manual__2"):
        task.execute(context(task, run_id=run_id))

    reused = [
        receipt.reused
        for run_id in ("manual__1", "manual__2")
        for receipt in publication.receipts(stores["store"], dag_id="churn", run_id=run_id)
    ]

    assert reused == [False, True]


def test_a_no_is_green_and_skips_what_follows_at_every_depth(counting: type[CountOperator]):
    counting.record = Count(rows=3, passed=False)
    task = in_dag(counting)
    given = context(task)

    with pytest.raises(DownstreamTasksSkipped) as skipped:
        task.execute(given)

    assert set(skipped.value.tasks) == {"next", "after_next"}
    assert given["ti"]["return_value"].startswith("stages/count/")


def test_what_somebody_must_repair_is_red_and_its_report_is_published(
    counting: type[CountOperator], stores: Stores
):
    counting.record = Count(rows=3, passed=False, repair=True)
    task = in_dag(counting)

    with pytest.raises(AirflowFailException, match="Too few rows"):
        task.execute(context(task))

    assert list(publication.receipts(stores["store"], dag_id="churn", run_id="manual__1"))


def test_an_error_that_a_retry_cannot_help_ends_the_task(counting: type[CountOperator]):
    counting.error = DataError("The source is empty.", do="Deliver it again.")
    task = in_dag(counting)

    with pytest.raises(AirflowFailException, match=r"The source is empty\. Deliver it again\."):
        task.execute(context(task))


def test_an_error_that_a_retry_can_help_is_tried_again(counting: type[CountOperator]):
    counting.error = ProcessLost("No answer.", do="Try again.")
    task = in_dag(counting)

    with pytest.raises(AirflowException, match="No answer") as raised:
        task.execute(context(task))

    assert not isinstance(raised.value, AirflowFailException)


@pytest.mark.parametrize(
    ("waits", "kind"),
    [
        pytest.param(True, AirflowRescheduleException, id="a stage waits"),
        pytest.param(False, ForeseenError, id="a person does not"),
    ],
)
def test_a_service_that_is_away_uses_up_no_try(
    counting: type[CountOperator], waits: bool, kind: type[Exception]
):
    counting.waits = waits
    counting.error = StoreUnavailable("No answer.", do="Try again.")
    task = in_dag(counting)

    with pytest.raises(kind) as raised:
        task.execute(context(task))

    assert type(raised.value) is kind


def test_a_task_whose_machine_is_taken_away_is_handed_back_without_using_up_a_try(
    counting: type[CountOperator],
):
    counting.error = Preempted("This machine is taken away.", do="Nothing.")
    task = in_dag(counting)

    # Airflow counts no try for it.
    with pytest.raises(AirflowRescheduleException):
        task.execute(context(task))


def test_the_text_of_an_unexpected_error_is_withheld_because_it_may_quote_a_cell(
    counting: type[CountOperator],
):
    counting.error = ValueError("could not convert string to float: 'maria@example.org'")
    task = in_dag(counting)

    with pytest.raises(AirflowException) as raised:
        task.execute(context(task))

    assert "maria" not in str(raised.value)
    assert "ValueError at test_operator.py" in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_nothing_is_published_when_the_work_fails(counting: type[CountOperator], stores: Stores):
    counting.error = ValueError("no")
    task = in_dag(counting)

    with pytest.raises(AirflowException):
        task.execute(context(task))

    assert {key for key in kept(stores) if not key.startswith("failures/")} == set()


@pytest.mark.parametrize(
    ("params", "partition", "night"),
    [
        pytest.param({"night": "2025-12-24"}, "2026-01-05", "2025-12-24", id="a person names it"),
        pytest.param({}, "2026-01-05", "2026-01-05", id="the schedule's partition"),
        pytest.param({}, None, "2026-01-05", id="else the day before the run"),
    ],
)
def test_the_night_is_an_argument_of_the_run(
    counting: type[CountOperator], params: dict[str, str], partition: str | None, night: str
):
    given = context(in_dag(counting), **params)
    given["dag_run"].partition_key = partition

    assert night_of(given) == night


def test_a_night_that_is_no_date_is_refused(counting: type[CountOperator]):
    with pytest.raises(SpecError, match="night is not a date"):
        night_of(context(in_dag(counting), night="last tuesday"))


def test_an_override_is_known_with_what_is_usual(counting: type[CountOperator], tmp_path: Path):
    seen: list[Attempt] = []
    counting.run_stage = lambda self, attempt: seen.append(attempt) or Count(rows=0)  # type: ignore[method-assign, assignment, return-value]
    task = in_dag(counting)

    task.execute(context(task, source="elsewhere.csv", night="2026-01-05"))

    assert (seen[0].overrides, dict(seen[0].usual)) == (("source",), {"source": None})


@pytest.mark.parametrize("run_id", [".", "..", "a\x00b", "a\u202eb"])
def test_a_run_whose_id_is_no_name_is_refused_before_any_work(
    counting: type[CountOperator], stores: Stores, run_id: str
):
    task = in_dag(counting)

    with pytest.raises(AirflowFailException, match="cannot be the id of a run"):
        task.execute(context(task, run_id=run_id))

    assert counting.runs == 0
    assert kept(stores) == set()


@pytest.mark.parametrize("run_id", ["x" * 250, "Kündigungs-Übung " * 15, "東" * 250])
def test_a_run_may_be_called_as_long_as_airflow_lets_it(counting: type[CountOperator], run_id: str):
    task = in_dag(counting)

    first = task.execute(context(task, run_id=run_id))

    assert first == task.execute(context(task, run_id=f"{run_id[:-1]}y"))
    assert counting.runs == 1
