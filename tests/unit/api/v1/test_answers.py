"""People answer on the page: each row once, by those who may, on its way to the labels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from airlock.api.access import Refused
from airlock.api.v1 import answers
from airlock.api.v1.answers import _meant
from airlock.compat.airflow import get_user
from airlock.config.settings import Settings
from airlock.store import open_store
from tests.unit.api.v1.conftest import MODEL

NIGHT = "2026-01-05"
QUEUE = f"/api/v1/models/{MODEL}/queue/{NIGHT}"
KEYS = [f"{number:032x}" for number in range(1, 32)]
LABELLED = KEYS[3]
DAG = "retention_answers"
BEARER = {"authorization": "Bearer x"}


class Airflow:
    """What Airflow says of callers and DAGs, and its audit log."""

    def __init__(self) -> None:
        self.name, self.may, self.dags = "ada", True, [DAG]
        self.log: list[tuple[str, str, str]] = []


@pytest.fixture
def airflow() -> Airflow:
    return Airflow()


def archive() -> Any:
    """One night in which a model was unsure of 31 rows, of which one has a label."""
    asked = pd.DataFrame(
        {
            "row_key": KEYS,
            "row": range(31),
            "prediction": 1,
            "probability_0": 0.45,
            "probability_1": 0.55,
            "confidence": 0.55,
            "version": 3,
            "night": NIGHT,
            "why": "confidence below 0.65",
            "plan": "plus",
        }
    )
    labels = pd.Series({LABELLED: "1"}, dtype=object)
    return SimpleNamespace(
        serving=lambda night: SimpleNamespace(night=night) if night == NIGHT else None,
        unsure=lambda partition: asked,
        known=lambda night: SimpleNamespace(labels=labels),
    )


@pytest.fixture
def client(
    client: TestClient, airflow: Airflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TestClient:
    """Of the whole API, with a night that waits."""
    place = open_store(str(tmp_path / "answers"))
    settings = SimpleNamespace(
        store=Settings.read().store, ledger=Settings.read().ledger, answers=lambda: place
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(answers, "_archive", lambda name, scratch: archive())
    monkeypatch.setattr(answers, "may_start", lambda dag_id, user: airflow.may)
    monkeypatch.setattr(answers, "tagged_dags", lambda session, model, kind: airflow.dags)
    monkeypatch.setattr(
        answers,
        "note",
        lambda event, *, dag_id, by, about: airflow.log.append((event, by, about)),
    )
    app: Any = client.app
    app.dependency_overrides[get_user] = lambda: SimpleNamespace(
        get_id=lambda: airflow.name, get_name=lambda: airflow.name
    )
    client.headers |= BEARER
    return client


def give(client: TestClient, key: str, answer: str = "1") -> Any:
    return client.post(f"{QUEUE}/answers", json={"row_key": key, "answer": answer})


def test_the_rows_are_those_of_the_sheet_page_by_page(client: TestClient):
    seen: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = client.get(QUEUE, params={"after": after, "limit": 7}).json()
        seen += page["items"]
        after = page["next"]

    assert {one["row_key"] for one in seen} == {*KEYS} - {LABELLED}
    assert len(seen) == page["open"]
    assert (page["classes"], page["dag_id"]) == (["0", "1"], DAG)
    assert {"plan", "confidence"} <= set(seen[0]["shown"])
    assert "probability_1" not in seen[0]["shown"]


def test_an_answer_is_a_sheet_of_one_row_and_its_row_is_open_no_more(
    client: TestClient,
    airflow: Airflow,
    tmp_path: Path,
):
    key = client.get(QUEUE).json()["items"][0]["row_key"]
    airflow.name = "=ada"

    first, again = give(client, key, "true"), give(client, key, "1")

    assert (first.status_code, again.status_code) == (201, 201)
    [file] = (tmp_path / "answers" / MODEL / f"date={NIGHT}").glob("*.csv")
    sheet = pd.read_csv(file, dtype=str)
    # "true" is how somebody may spell the class 1, and no spreadsheet computes a name.
    assert sheet.to_dict("records") == [
        {"row_key": key, "night": NIGHT, "answer": "1", "reviewer": "'=ada"}
    ]
    assert key not in {one["row_key"] for one in client.get(QUEUE).json()["items"]}
    assert airflow.log[0] == ("airlock.answer", "=ada", f"{MODEL}, night of {NIGHT}")


def test_of_many_at_once_one_answers_and_the_others_are_told_who(
    client: TestClient, airflow: Airflow
):
    key = client.get(QUEUE).json()["items"][0]["row_key"]

    with ThreadPoolExecutor(4) as pool:
        both = list(pool.map(lambda said: give(client, key, said), ["0", "1"] * 4))
    airflow.name = "grace"
    late = give(client, key)

    assert {one.status_code for one in both} == {201, 409}
    assert late.status_code == 409
    assert late.json()["what"] == "ada has answered this row before."
    assert late.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("key", "answer", "status", "what"),
    [
        (LABELLED, "1", 409, "waits for no answer any more"),
        (None, "SECRET", 422, "The model knows 0, 1."),
        (None, "", 422, "not understood: body.answer"),
    ],
)
def test_what_is_no_answer_to_an_open_row_is_refused(
    client: TestClient, tmp_path: Path, key: str | None, answer: str, status: int, what: str
):
    key = key or client.get(QUEUE).json()["items"][0]["row_key"]

    found = give(client, key, answer)

    assert found.status_code == status
    assert what in found.json()["what"]
    assert "SECRET" not in found.text
    assert not (tmp_path / "answers" / MODEL).exists()


@pytest.mark.parametrize("answer", ["1_000", "\uff11", "nan", "1e999", "0x10", "1,5", "1e"])
def test_a_number_is_what_the_reader_of_labels_takes_for_one(answer: str):
    with pytest.raises(Refused, match="is no number"):
        _meant(answer, ())


def test_a_plain_number_is_an_answer():
    assert [_meant(one, ()) for one in ("5", " -2.50", "1e3")] == ["5", "-2.50", "1e3"]


def test_rows_are_for_those_alone_who_may_start_the_dag_for_answers(
    client: TestClient, airflow: Airflow, tmp_path: Path
):
    key = client.get(QUEUE).json()["items"][0]["row_key"]
    airflow.may = False

    seen, said = client.get(QUEUE), give(client, key)
    airflow.may, airflow.dags = True, []
    nowhere = client.get(QUEUE)

    assert (seen.status_code, said.status_code, nowhere.status_code) == (403, 403, 404)
    assert f"the right to start {DAG}" in seen.json()["what"]
    assert key not in seen.text
    assert f"airlock review {MODEL} --to" in nowhere.json()["do"]
    assert not (tmp_path / "answers" / MODEL).exists()


def test_another_site_answers_nothing(client: TestClient):
    key = client.get(QUEUE).json()["items"][0]["row_key"]
    del client.headers["authorization"]

    assert give(client, key).status_code == 403
