"""What Airflow makes of our errors: which end a task, which use up a try, which only wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowRescheduleException,
)

from airlock import (
    BreakGlassOperator,
    ClearOperator,
    ConfirmOperator,
    PromoteOperator,
    RollbackOperator,
    TrainOperator,
)
from airlock.core.errors import (
    AirlockError,
    DataError,
    Preempted,
    ProcessLost,
    RegistryUnavailable,
    StoreUnavailable,
)
from airlock.engine import translation
from airlock.engine.translation import ForeseenError, ForeseenFailure, next_look, translated

NOW = datetime(2026, 1, 6, 2, tzinfo=UTC)
AWAY = StoreUnavailable("The store does not answer.", do="Start it.")


def waiting(looks: int = 0, since: timedelta = timedelta()) -> Any:
    """The context of a task that was handed back before."""
    return {
        "ti": SimpleNamespace(
            task_id="train", get_first_reschedule_date=lambda context: NOW - since
        ),
        "dag_run": SimpleNamespace(dag_id="churn"),
        "task_reschedule_count": looks,
    }


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        translation, "notify", lambda context, *, subject, message: messages.append(message)
    )
    return messages


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(AWAY, id="the store is away"),
        pytest.param(RegistryUnavailable("MLflow is away.", do="Start it."), id="MLflow is away"),
        pytest.param(Preempted("This machine is taken away.", do="Nothing."), id="no machine"),
    ],
)
def test_a_task_that_found_no_service_or_machine_is_handed_back_without_a_try(error: AirlockError):
    # Airflow counts no try for this exception, and for no other.
    assert isinstance(translated(error, waiting(), hours=4), AirflowRescheduleException)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(ProcessLost("Killed.", do="Wait."), ForeseenError, id="work was lost"),
        pytest.param(DataError("Empty.", do="Look."), ForeseenFailure, id="no retry helps"),
    ],
)
def test_what_went_wrong_with_the_work_itself_is_a_try(
    error: AirlockError, kind: type[AirflowException]
):
    assert type(translated(error, waiting(), hours=4)) is kind


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [
        pytest.param(0, 10, id="a restart is over soon"),
        pytest.param(3, 80, id="then less often"),
        pytest.param(6, 300, id="at last every five minutes"),
        pytest.param(2000, 300, id="however long"),
    ],
)
def test_the_longer_a_service_is_away_the_less_often_a_task_looks(
    told: list[str], looks: int, seconds: int
):
    again = next_look(waiting(looks, timedelta(hours=1)), AWAY, now=NOW, hours=4)

    assert again == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("since", "hours", "waits"),
    [
        pytest.param(3.9, 4, True, id="within the time"),
        pytest.param(4, 4, False, id="the time is over"),
        pytest.param(0, 0, False, id="somebody wants each failure to count"),
    ],
)
def test_the_wait_has_an_end_and_then_the_tries_begin(
    told: list[str], since: float, hours: float, waits: bool
):
    context = waiting(20, timedelta(hours=since))

    assert (next_look(context, AWAY, now=NOW, hours=hours) is not None) is waits


def test_somebody_is_told_once_when_it_is_no_restart(told: list[str]):
    for looks in range(40):
        next_look(waiting(looks, timedelta(minutes=21)), AWAY, now=NOW, hours=4)

    [message] = told
    assert "The store does not answer." in message
    assert "until 2026-01-06 05:39 UTC" in message


def test_what_a_person_does_now_or_not_at_all_does_not_wait():
    by_hand = (RollbackOperator, ClearOperator, BreakGlassOperator, ConfirmOperator)

    assert [one.waits for one in by_hand] == [False] * 4
    assert PromoteOperator.waits
    assert TrainOperator.waits
