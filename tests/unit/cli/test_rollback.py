"""`airlock rollback` asks for a run over the REST API, waits for it, and says what it came to."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from airlock import client
from airlock.cli.main import main

Said = pytest.CaptureFixture[str]
PLACE = "/dags/model_rollback/runs/api__1"
RUN = "/airlock/runs/model_rollback/api__1"


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[httpx.Request]]:
    """An Airflow that answers what a test says, and keeps what it was asked."""

    def answering(**answers: Any) -> list[httpx.Request]:
        asked: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            status, body = {
                "/airlock/api/v1/runs": answers.get("start", (201, STARTED)),
                "/api/v2/dags/model_rollback/dagRuns/api__1": (200, {"state": answers["state"]}),
                f"{RUN}/rollback": (200, {"facts": ["churn: version 1 is champion again."]}),
                RUN: answers.get("told", (200, {"stages": []})),
            }[request.url.path]
            return httpx.Response(status, json=body)

        through = partial(client.Client, transport=httpx.MockTransport(answer))
        monkeypatch.setattr(client, "Client", through)
        monkeypatch.setenv("AIRLOCK_TOKEN", "t")
        return asked

    return answering


STARTED = {
    "schema": 1,
    "dag_id": "model_rollback",
    "run_id": "api__1",
    "state": "queued",
    "replayed": False,
}


def rolled_back(*arguments: str) -> int:
    return main(["rollback", "churn", "--reason", "complaints", "--url", "http://a", *arguments])


def test_it_asks_in_your_name_and_prints_what_the_run_left(airflow: Any, capsys: Said):
    asked = airflow(state="success")

    assert rolled_back("--to", "1") == 0

    assert capsys.readouterr().out == "churn: version 1 is champion again.\n"
    assert json.loads(asked[0].content) == {
        "do": "roll back",
        "model": "churn",
        "reason": "complaints",
        "version": 1,
    }
    assert asked[0].headers["authorization"] == "Bearer t"
    assert asked[0].headers["idempotency-key"]


def test_a_run_that_failed_says_why_and_where(airflow: Any, capsys: Said):
    problem = {"what": "The bundle was altered.", "do": "Take another version."}
    airflow(state="failed", told=(200, {"stages": [{"problem": problem}]}))

    assert rolled_back() == 1

    said = capsys.readouterr().out
    assert "Nothing was rolled back. The bundle was altered. Take another version." in said
    assert f"The run: http://a{PLACE}" in said


def test_who_may_not_is_told_so(airflow: Any, capsys: Said):
    refused = {"what": "You may not start runs of model_rollback.", "do": "Ask an administrator."}
    airflow(state="queued", start=(403, refused))

    assert rolled_back() == 1

    assert "You may not start runs of model_rollback." in capsys.readouterr().err


def test_without_a_token_and_a_terminal_nobody_is_asked_for_a_password(
    airflow: Any, monkeypatch: pytest.MonkeyPatch, capsys: Said
):
    airflow(state="queued")
    monkeypatch.delenv("AIRLOCK_TOKEN")

    assert rolled_back() == 2

    assert "AIRLOCK_TOKEN" in capsys.readouterr().err
