"""The operator that asks: what people see is what is asked, or nobody is asked."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CreateHITLDetailPayload, HITLDetailRequestResult

from airlock import ApproveOperator
from airlock.config.settings import Settings
from airlock.core.errors import StoreUnavailable, Unverified
from airlock.stages.approve.operator import _tab, await_store
from airlock.stages.approve.stage import ApprovalQuestion
from tests.judged import NOW

ASKED = ApprovalQuestion(
    subject="Promote churn version 3?", body="Decision `abc`", assigned=("op",), until=NOW
)


class Server:
    """Airflow's side: it answers with what it has stored, which may be an older question."""

    def __init__(self, **older: Any) -> None:
        self.older = older

    def send(self, msg: CreateHITLDetailPayload) -> HITLDetailRequestResult:
        self.assigned = [user.id for user in msg.assigned_users or []]
        stored = msg.model_dump(exclude={"type"}) | self.older
        return HITLDetailRequestResult(**stored)


def post(monkeypatch: pytest.MonkeyPatch, server: Server, **accounts: str) -> None:
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", server, raising=False)
    operator = ApproveOperator(task_id="approve", decision="address", model="churn")
    operator._post({"ti": SimpleNamespace(id=uuid.uuid4())}, ASKED, accounts)


def test_a_question_that_is_stored_as_asked_is_put(monkeypatch: pytest.MonkeyPatch):
    post(monkeypatch, Server())


@pytest.mark.parametrize(
    ("accounts", "ids"),
    [
        pytest.param({}, ["op"], id="the user name is the id"),
        pytest.param({"op": "7", "ada": "3"}, ["7"], id="the account has a number"),
    ],
)
def test_airflow_is_told_the_id_by_which_its_auth_manager_knows_them(
    monkeypatch: pytest.MonkeyPatch, accounts: dict[str, str], ids: list[str]
):
    server = Server()

    post(monkeypatch, server, **accounts)

    assert server.assigned == ids
    assert BaseAuthManager.is_authorized_hitl_task(
        None,  # type: ignore[arg-type]  # asks nothing of itself
        assigned_users=set(server.assigned),
        user=SimpleNamespace(get_id=lambda: ids[0]),
    )


@pytest.mark.parametrize(
    "older",
    [
        pytest.param({"body": "Decision `old`"}, id="another decision"),
        pytest.param({"subject": "Promote churn version 2?"}, id="another version"),
        pytest.param({"assigned_users": []}, id="everybody may answer"),
        pytest.param({"options": ["Approve"]}, id="no way to say no"),
    ],
)
def test_an_older_question_on_the_page_is_not_taken_for_this_one(
    monkeypatch: pytest.MonkeyPatch, older: dict[str, Any]
):
    with pytest.raises(Unverified, match="still shows an earlier question"):
        post(monkeypatch, Server(**older))


def store_that_is_away(looks: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A store that does not answer the first looks; every look is kept."""
    seen: list[str] = []

    def exists(key: str) -> bool:
        seen.append(key)
        if len(seen) <= looks:
            raise StoreUnavailable("No answer.", do="Start it.")
        return True

    monkeypatch.setattr(Settings, "read", lambda: SimpleNamespace(store=lambda: store))
    store = SimpleNamespace(exists=exists)
    return seen


def test_an_answer_is_kept_in_hand_until_the_store_is_back(monkeypatch: pytest.MonkeyPatch):
    seen = store_that_is_away(3, monkeypatch)

    await_store([0] * 10)

    assert len(seen) == 4


def test_an_answer_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch):
    seen = store_that_is_away(100, monkeypatch)

    await_store([0] * 10)

    assert len(seen) == 10


def test_the_question_links_to_the_task_that_made_the_decision_whatever_its_id():
    asked = []
    operator = ApproveOperator(task_id="approve", decision="store/gate/1", model="churn")
    ti = SimpleNamespace(log_url="http://airflow/dags/churn/runs/1", dag_id="churn", run_id="a b")

    def receipt(stage: str, address: str) -> SimpleNamespace:
        asked.append((stage, address))
        return SimpleNamespace(task_id="judge.strictly")

    task_id = operator._gate_task(SimpleNamespace(receipt=receipt))  # type: ignore[arg-type]

    assert asked == [("gate", "store/gate/1")]
    assert _tab({"ti": ti}, task_id) == (
        "http://airflow/dags/churn/runs/a%20b/tasks/judge.strictly/plugin/airlock-task-instance"
    )
