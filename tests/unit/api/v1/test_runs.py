"""A run is started once for each key, whatever happens in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pytest
from fastapi.testclient import TestClient

from airlock.api.v1 import runs
from tests.history import History
from tests.unit.api.v1.conftest import MODEL

ASKED = {"do": "roll back", "model": MODEL, "reason": "It was better.", "version": 1}
BEARER = {"authorization": "Bearer x"}


@dataclass
class Runs:
    """Airflow's table of runs: an id is in it once."""

    started: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    allowed: bool = True
    killed: bool = False

    def start(self, dag_id: str, *, run_id: str, conf: dict[str, Any], by: str) -> bool:
        if self.killed:
            raise RuntimeError("killed")
        with self.lock:
            new = (dag_id, run_id) not in self.started
            self.started.setdefault((dag_id, run_id), {**conf, "by": by})
            return new


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Runs:
    table = Runs()
    monkeypatch.setattr(runs, "start_run", table.start)
    monkeypatch.setattr(runs, "may_start", lambda dag_id, user: table.allowed)
    monkeypatch.setattr(
        runs,
        "_state",
        lambda session, dag_id, run_id: "queued" if (dag_id, run_id) in table.started else None,
    )
    return table


def post(client: TestClient, key: str = "k", **changes: Any) -> Any:
    headers = {**BEARER, "Idempotency-Key": key}
    return client.post("/api/v1/runs", json={**ASKED, **changes}, headers=headers)


def test_a_run_is_started_in_the_callers_name_and_again_it_is_the_same(
    client: TestClient, airflow: Runs
):
    first, again = post(client), post(client)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["run_id"] == again.json()["run_id"]
    assert (first.json()["replayed"], again.json()["replayed"]) == (False, True)
    [started] = airflow.started.values()
    assert started == {"model": MODEL, "reason": "It was better.", "to_version": 1, "by": "ada"}


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"reason": "Another."}, {"do": "score again"}], ids=str
)
def test_another_body_under_the_same_key_is_refused(client: TestClient, airflow: Runs, changes):
    post(client)

    answer = post(client, **changes)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(airflow.started) == 1


def test_a_server_that_is_killed_in_between_leaves_one_run(client: TestClient, airflow: Runs):
    airflow.killed = True
    assert post(client).status_code == 500
    airflow.killed = False

    answer = post(client)

    assert answer.status_code == 201
    assert len(airflow.started) == 1
    assert post(client, reason="Another.").status_code == 422


def test_many_at_once_make_one_run(client: TestClient, airflow: Runs):
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: post(client), range(50)))

    assert sorted(one.status_code for one in answers)[:2] == [200, 200]
    assert sum(one.status_code == 201 for one in answers) == 1
    assert len(airflow.started) == 1


def test_another_key_is_another_run(client: TestClient, airflow: Runs):
    post(client, "a")
    post(client, "b")

    assert len(airflow.started) == 2


def test_who_may_not_start_it_or_not_read_the_model_claims_nothing(
    client: TestClient, airflow: Runs, readable: dict[str, bool], history: History
):
    airflow.allowed = False
    refused = post(client)
    readable["all"] = False
    unseen = post(client)

    assert (refused.status_code, unseen.status_code) == (403, 404)
    assert list(history.stores["store"].list("requests/")) == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(ASKED, {}, id="no key"),
        pytest.param(ASKED, {"Idempotency-Key": "a b"}, id="a key with a blank"),
        pytest.param(ASKED, {"Idempotency-Key": "x" * 256}, id="a long key"),
        pytest.param({**ASKED, "do": "delete"}, {"Idempotency-Key": "k"}, id="another verb"),
        pytest.param({**ASKED, "conf": {}}, {"Idempotency-Key": "k"}, id="more than is known"),
        pytest.param({**ASKED, "model": "../x"}, {"Idempotency-Key": "k"}, id="a path"),
        pytest.param({**ASKED, "reason": ""}, {"Idempotency-Key": "k"}, id="no reason"),
        pytest.param({**ASKED, "version": 0}, {"Idempotency-Key": "k"}, id="no version"),
    ],
)
def test_what_is_not_understood_starts_nothing(client: TestClient, airflow: Runs, body, headers):
    answer = client.post("/api/v1/runs", json=body, headers={**BEARER, **headers})

    assert answer.status_code == 422
    assert airflow.started == {}


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_cookie_alone_starts_nothing_for_another_site(client: TestClient, airflow: Runs, origin):
    headers = {"Idempotency-Key": "k", "cookie": "_token=x"}
    headers |= {"origin": origin} if origin else {}

    answer = client.post("/api/v1/runs", json=ASKED, headers=headers)
    ours = client.post(
        "/api/v1/runs", json=ASKED, headers={**headers, "origin": "http://testserver"}
    )

    assert (answer.status_code, ours.status_code) == (403, 201)


def _in_chunks():
    yield b"{"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b" " * 70_000, 413, id="too long"),
        pytest.param(_in_chunks(), 411, id="of a length that nobody said"),
        pytest.param(b"[" * 60_000, 400, id="nested without end"),
        pytest.param(b"\xff\xfe\x00", 400, id="no text"),
    ],
)
def test_a_body_is_bounded_before_it_is_read(
    client: TestClient, airflow: Runs, body: Any, status: int
):
    headers = {**BEARER, "Idempotency-Key": "k", "content-type": "application/json"}

    answer = client.post("/api/v1/runs", content=body, headers=headers)

    assert (answer.status_code, airflow.started) == (status, {})
    assert answer.json()["do"]
