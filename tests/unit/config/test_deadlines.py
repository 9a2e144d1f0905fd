"""A scheduled run's deadline: when it is, and whom it is told of once it has passed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airlock.config import deadlines
from airlock.config.deadlines import DoneBy, done_by, tell_late
from airlock.core.clock import in_words, next_at, span
from airlock.core.errors import SpecError
from airlock.pipelines.deadlines import set_deadline
from airlock.stages.gate.policy.deadline import DeadlineRule
from airlock.stages.gate.spec import Policy
from tests.judged import policy

TWO = datetime(2026, 1, 6, 2, tzinfo=UTC)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airlock.config.notify.notify", lambda context, **said: found.append(said) or True
    )
    monkeypatch.setattr(deadlines, "_waits_for_people", lambda *_: "Look at the run.")
    return found


def run(state: str) -> dict[str, Any]:
    return {"dag_run": {"dag_id": "churn", "dag_run_id": "scheduled__1", "state": state}}


@pytest.mark.parametrize(
    ("state", "times"),
    [
        pytest.param("running", 1, id="a run that goes on is told of"),
        pytest.param("queued", 1, id="and one that has not begun"),
        pytest.param("failed", 0, id="one that failed was told of when it did"),
        pytest.param("success", 0, id="one that ended a moment ago is not late any more"),
    ],
)
def test_a_late_run_is_told_of_once(state: str, times: int, heard: list[dict[str, Any]]):
    tell_late(model="churn", at="06:00", context=run(state))

    assert len(heard) == times


class Session:
    """What the scheduler's session gives of one run."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def execute(self, _: Any) -> Any:
        return SimpleNamespace(one_or_none=lambda: (SimpleNamespace(value=self.kind), TWO))


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("scheduled", TWO.replace(hour=6)),
        ("asset_triggered", TWO.replace(hour=6)),
        pytest.param("manual", None, id="what a person starts has none"),
        pytest.param("backfill", None, id="nor has an old night"),
    ],
)
def test_only_what_the_schedule_begins_has_a_deadline(kind: str, due: datetime | None):
    one = DoneBy.deserialize_reference(DoneBy(at="06:00").serialize_reference())

    assert one._evaluate_with(session=Session(kind), dag_id="churn", run_id="1") == due


def test_a_run_that_begins_at_that_very_time_has_until_the_next_day():
    due = DoneBy(at="02:00")._evaluate_with(session=Session("scheduled"), dag_id="c", run_id="1")

    assert due == datetime(2026, 1, 7, 2, tzinfo=UTC)


def test_a_time_of_day_is_the_next_one():
    assert next_at(TWO, "06:00") == TWO.replace(hour=6)
    assert next_at(TWO, "02:00") == TWO
    assert next_at(TWO, "01:59") == datetime(2026, 1, 7, 1, 59, tzinfo=UTC)
    assert in_words(span("90m")) == "1 h 30 min"


def test_a_pipelines_dag_gets_the_deadline_beside_those_of_its_author():
    own = done_by("05:00", model="churn")
    with DAG("churn", schedule=None, deadline=own) as dag:
        set_deadline(dag, policy(deadline=DeadlineRule(done_by="06:00")), model="churn")
        set_deadline(dag, policy(), model="churn")

    assert isinstance(dag.deadline, list)
    assert [one.name for one in dag.deadline] == ["done by 05:00 UTC", "done by 06:00 UTC"]


def test_yaml_reads_a_time_as_a_number_and_a_policy_does_not(tmp_path: Path):
    assert DeadlineRule.model_validate({"done_by": 10 * 60 + 30}).done_by == "10:30"


@pytest.mark.parametrize("wrong", [{}, {"done_by": "25:00"}, {"approval": "soon"}])
def test_what_is_no_deadline_is_refused(wrong: dict[str, Any]):
    with pytest.raises(SpecError):
        DeadlineRule(**wrong)


def test_people_must_be_told_while_they_can_still_answer():
    rules = policy(approval={"expires_after_hours": 10}).to_json()

    with pytest.raises(ValueError, match="not be more than"):
        Policy.model_validate({**rules, "deadline": {"approval": "20h"}})


def test_a_policy_without_deadlines_keeps_its_name():
    assert "deadline" not in policy().to_json()
