"""A pipeline's operators know how long its nights are, from its schedule or from its call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Asset, task

from airlock import NIGHTLY, NIGHTLY_SCORING, hourly, monthly, nightly, scoring, weekly
from airlock.core.errors import SpecError
from airlock.engine.night import night_of

ROOT = Path(__file__).parents[3]
FILES = {
    "expectations": ROOT / "include/expectations/customer_churn.yaml",
    "redaction": ROOT / "include/redaction/customer_churn.yaml",
}


def pipeline(schedule: Any, source: str = "clicks/{night}.parquet", **how: Any) -> Any:
    with DAG("clicks_scoring", schedule=schedule, **NIGHTLY_SCORING) as dag:
        last = scoring(
            model="clicks",
            source=source,
            entity="customer_id",
            target="churned",
            **FILES,
            **how,
        )
    return dag, last


def night(dag: Any, task_id: str, after: datetime) -> str:
    run = SimpleNamespace(partition_key=None, run_after=after)
    context: Any = {"params": {}, "dag_run": run, "dag": dag, "task": dag.get_task(task_id)}
    return night_of(context)


@pytest.mark.parametrize(
    ("schedule", "how", "expected"),
    [
        pytest.param(hourly("5 * * * *"), {}, "2026-01-05T13", id="by its schedule"),
        pytest.param(nightly("0 2 * * *"), {}, "2026-01-04", id="a day"),
        pytest.param(weekly("0 4 * * 1"), {}, "2026-W01", id="a week"),
        pytest.param(monthly("0 5 1 * *"), {}, "2025-12", id="a month"),
        pytest.param([Asset("orders")], {"every": "hour"}, "2026-01-05T13", id="after an asset"),
        pytest.param([Asset("orders")], {}, "2026-01-04", id="after an asset, by the day"),
        pytest.param(None, {"every": "week"}, "2026-W01", id="by hand"),
    ],
)
def test_a_run_without_a_night_is_about_the_last_that_is_over(
    schedule: Any, how: dict[str, Any], expected: str
):
    dag, last = pipeline(schedule, **how)

    for name in ("snapshot", "redact", "drift"):
        assert night(dag, name, datetime(2026, 1, 5, 14, 5, tzinfo=UTC)) == expected
    assert last.every is not None


def test_the_trigger_form_asks_for_a_night_of_the_pipelines_kind():
    by_hour, _ = pipeline(hourly("5 * * * *"))
    by_day, _ = pipeline(nightly("0 2 * * *"))

    assert by_hour.params.get_param("night").schema["pattern"] == r"^\d{4}-\d\d-\d\dT\d\d$"
    assert by_day.params.get_param("night").schema["format"] == "date"
    # What all pipelines share is not changed.
    assert NIGHTLY["params"]["night"].schema["format"] == "date"


def test_a_night_that_is_longer_than_the_pipelines_is_refused():
    dag, _ = pipeline(hourly("5 * * * *"))
    run = SimpleNamespace(partition_key=None, run_after=datetime(2026, 1, 6, tzinfo=UTC))
    context: Any = {"params": {"night": "2026-01-05"}, "dag_run": run, "dag": dag, "task": None}

    with pytest.raises(SpecError, match="a whole day, and this pipeline works by the hour"):
        night_of(context)


def test_call_and_schedule_must_agree():
    with pytest.raises(SpecError, match="works by the day, and its schedule by the hour"):
        pipeline(hourly("5 * * * *"), every="day")


@pytest.mark.parametrize(
    ("schedule", "source", "why"),
    [
        (nightly("0 2 * * *"), "clicks/{year}/{month}/", "it lacks {day}"),
        (hourly("5 * * * *"), "clicks/dt={year}-{month}-{day}/", "it lacks {hour}"),
        (weekly("0 4 * * 1"), "clicks/{year}/{month}/", "a week has no {month}"),
    ],
)
def test_an_address_that_several_nights_share_is_refused(schedule: Any, source: str, why: str):
    with pytest.raises(SpecError, match="the address is the same for several") as refused:
        pipeline(schedule, source)

    assert why in str(refused.value)


def test_parts_of_a_night_stand_for_themselves_and_others_for_nothing():
    pipeline(hourly("5 * * * *"), "clicks/dt={year}-{month}-{day}/hour={hour}/*.csv")
    with pytest.raises(SpecError, match=r"Did you mean \{hour\}\?"):
        pipeline(hourly("5 * * * *"), "clicks/dt={night}/hour={huor}/*.csv")


def test_operators_of_others_in_the_dag_are_left_alone_and_come_where_they_are_put():
    with DAG("clicks_scoring", schedule=[Asset("orders")], **NIGHTLY_SCORING) as dag:

        @task
        def export() -> None: ...

        last = scoring(
            model="clicks",
            source="clicks/{night}.parquet",
            entity="customer_id",
            target="churned",
            every="hour",
            **FILES,
        )
        export() >> last.tasks.snapshot

    assert "every" not in dag.default_args
    assert dag.get_task("snapshot").upstream_task_ids == {"export"}
    assert last.tasks.drift is last
    assert last.tasks.score.task_id == "score"
