"""The client reads and starts what the API lets it, without Airflow, and docs/api.md is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from airlock.client import ApiError, Client
from tests.history import History
from tests.unit.api.v1.conftest import (  # noqa: F401 -- fixtures
    MODEL,
    client,
    history,
    readable,
)
from tests.unit.api.v1.test_runs import Runs, airflow  # noqa: F401 -- a fixture

DOCUMENT = Path(__file__).parents[2] / "docs/api.md"


class Through(httpx.BaseTransport):
    """Hands requests to the API as Airflow does: below /airlock."""

    def __init__(self, app: TestClient) -> None:
        self.app = app
        self.lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/airlock")
        answer = self.app.request(
            request.method, path, content=request.read(), headers=dict(request.headers)
        )
        if self.lost:
            self.lost -= 1
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture
def through(client: TestClient) -> Through:  # noqa: F811
    return Through(client)


@pytest.fixture
def airlock(through: Through) -> Client:
    return Client("http://testserver", token="t", transport=through)


def test_it_imports_no_airflow():
    code = "import sys, airlock.client; sys.exit('airflow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_reads_every_resource(airlock: Client, history: History):  # noqa: F811
    entries = history.ledger.entries()

    assert [one["model"] for one in airlock.models()] == [MODEL]
    assert airlock.model(MODEL)["entries"] == len(entries)
    assert [one["version"] for one in airlock.versions(MODEL)] == [1, 2, 3, 4]
    assert airlock.version(MODEL, 3)["version"] == 3
    assert [one["sequence"] for one in airlock.decisions(MODEL)] == [e.sequence for e in entries]
    assert {one["kind"] for one in airlock.decisions(MODEL, by="grace")} == {"rolled_back"}
    assert [one["signature"] for one in airlock.ledger(MODEL)] == [e.signature for e in entries]
    assert next(airlock.nights(MODEL))["night"] == "2026-01-05"
    assert airlock.night(MODEL, "2026-01-05")["night"] == "2026-01-05"
    assert airlock.queue(MODEL)["asked"] == 0
    assert list(airlock.costs(MODEL)) == []


def test_a_list_of_several_pages_is_read_to_its_end(
    airlock: Client,
    history: History,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("airlock.client._PAGE", 3)

    assert len(list(airlock.decisions(MODEL))) == len(history.ledger.entries())


@pytest.mark.parametrize("name", ["..", ".", ""])
def test_a_name_that_leads_elsewhere_is_sent_nowhere(airlock: Client, through: Through, name: str):
    with pytest.raises(ApiError, match="one or two dots"):
        airlock.night(MODEL, name)


def test_a_server_whose_pages_lead_in_a_circle_is_not_followed(
    airlock: Client, monkeypatch: pytest.MonkeyPatch
):
    page = {"schema": 1, "items": [{}], "next": 1}
    monkeypatch.setattr(airlock, "_get", lambda *_: page)

    with pytest.raises(ApiError, match="in a circle"):
        list(airlock.decisions(MODEL))


def test_a_refusal_says_what_and_what_to_do(airlock: Client):
    with pytest.raises(ApiError, match="There is no version 99 of retention") as refused:
        airlock.version(MODEL, 99)

    assert refused.value.status == 404


def test_a_lost_answer_starts_no_second_run(
    airlock: Client,
    through: Through,
    airflow: Runs,  # noqa: F811
):
    through.lost = 1

    run = airlock.start("roll back", MODEL, reason="It was better.")

    assert run.replayed
    assert len(airflow.started) == 1


def test_a_server_of_another_schema_is_not_believed(
    airlock: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("airlock.client.SCHEMA", 2)

    with pytest.raises(ApiError, match="speaks schema 1"):
        airlock.model(MODEL)


def test_history_asks_a_server_instead_of_the_store(
    through: Through, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from airlock import client as room
    from airlock.cli import main as cli

    monkeypatch.setattr(
        room, "Client", lambda url, token: Client(url, token=token, transport=through)
    )

    assert cli.main(["history", MODEL, "--url", "http://testserver"]) == 0
    assert "complaints from the branch" in capsys.readouterr().out


def _examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


@pytest.mark.parametrize("code", _examples("python"))
def test_every_python_example_runs(code: str, through: Through, airflow: Runs, monkeypatch):  # noqa: F811
    from airlock import client as room

    monkeypatch.setattr(
        room,
        "Client",
        lambda url, **given: Client("http://testserver", token="t", transport=through),
    )
    monkeypatch.setattr(Client, "wait", lambda self, run: run)

    exec(compile(code.replace("churn", MODEL), "docs/api.md", "exec"), {})


@pytest.mark.parametrize("line", [one for part in _examples("sh") for one in part.split("\n\n")])
def test_every_curl_example_is_answered(line: str, client: TestClient, airflow: Runs):  # noqa: F811
    if "/auth/token" in line:
        return  # Airflow's own route
    words = line.replace("\\\n", " ")
    path = re.search(r"\$URL(\S*?)[\"'\s]", f"{words} ")
    assert path is not None, line
    headers = dict(re.findall(r'-H "([^:"]+): ([^"]*)"', words))
    body = re.search(r"-d '(.*?)'", words, re.DOTALL)
    address = path[1].removeprefix("/airlock").replace("churn", MODEL)
    answer = client.request(
        "POST" if body else "GET",
        address,
        headers=headers,
        content=body[1].replace("churn", MODEL) if body else None,
    )

    assert answer.status_code in {200, 201, 304}, f"{line}\n{answer.text}"
