"""The client against a real server on loopback that plays Airflow's side of the conversation."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.client import AirflowClient
from local.runs import DagRun, RequestRefused, RunTimedOut

RUN = DagRun(dag_id="churn", run_id="one")


class Script(BaseHTTPRequestHandler):
    """Answers each path with the next of its prepared answers, and the last one for ever."""

    answers: dict[str, list[tuple[int, Any]]]

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        prepared = self.answers[self.path.split("?")[0]]
        status, body = prepared.pop(0) if len(prepared) > 1 else prepared[0]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_GET  # noqa: N815  # the names that http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def answers() -> dict[str, list[tuple[int, Any]]]:
    return {"/auth/token": [(201, {"access_token": "t"})]}


@pytest.fixture
def client(answers) -> Iterator[AirflowClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("S", (Script,), {"answers": answers}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = AirflowClient(f"http://127.0.0.1:{server.server_port}", user="admin", password="p")
    yield client
    client.close()
    server.shutdown()
    server.server_close()


def _tasks(**states: str | None) -> dict[str, Any]:
    times = {"start_date": None, "end_date": None, "duration": None}
    return {
        "task_instances": [
            {"task_id": name, "map_index": -1, "state": state, "try_number": 1, **times}
            for name, state in states.items()
        ]
    }


def test_watching_tells_each_change_once_and_ends_with_the_run(client, answers):
    path = f"/api/v2{RUN.path}"
    answers[path] = [(200, {"state": state}) for state in ("running", "running", "success")]
    answers[f"{path}/taskInstances"] = [
        (200, _tasks(snapshot="running", gate=None)),
        (200, _tasks(snapshot="success", gate="running")),
        (200, _tasks(snapshot="success", gate="skipped")),
    ]

    changes = [(task.task_id, task.state) for task in client.watch(RUN, every=0)]

    assert [state for task, state in changes if task == "snapshot"] == ["running", "success"]
    assert changes[-1] == ("gate", "skipped")


def test_watching_gives_up_in_time(client, answers):
    answers[f"/api/v2{RUN.path}"] = [(200, {"state": "running"})]
    answers[f"/api/v2{RUN.path}/taskInstances"] = [(200, _tasks(approve="running"))]

    with pytest.raises(RunTimedOut, match="one of churn has not ended after 0 s"):
        list(client.watch(RUN, every=0, timeout=0))


def test_a_refused_request_says_why(client, answers):
    answers["/api/v2/dags/churn/dagRuns"] = [(400, {"detail": "night is not a date"})]

    with pytest.raises(RequestRefused, match="400: night is not a date"):
        client.trigger("churn", night="yesterday")


def test_a_wrong_password_is_named_as_such(client, answers):
    answers["/auth/token"] = [(401, {"detail": "Invalid credentials"})]

    with pytest.raises(RequestRefused, match="does not let admin in"):
        client.dags()


def test_a_dag_file_that_cannot_be_imported_ends_the_wait_for_its_dag(client, answers):
    answers["/api/v2/dags"] = [(200, {"dags": []})]
    error = {"filename": "dags/churn.py", "stack_trace": "Traceback\nNameError: no TrainSpec"}
    answers["/api/v2/importErrors"] = [(200, {"import_errors": [error]})]

    with pytest.raises(RequestRefused, match=r"dags/churn\.py: NameError: no TrainSpec"):
        client.unpause("churn")


def test_a_server_that_is_gone_is_named_by_its_address():
    client = AirflowClient("http://127.0.0.1:9", user="admin", password="p")

    with pytest.raises(RequestRefused, match=r"http://127\.0\.0\.1:9 does not answer"):
        client.dags()
