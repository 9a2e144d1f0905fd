"""Hostile names in deliveries, runs and parameters, from the real task to two real receivers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Param

from airlock import SnapshotOperator
from airlock.config.notify import notify_failure
from airlock.config.settings import Settings
from airlock.core.contract import Contract
from airlock.engine.publication import Stores
from airlock.ledger import Ledger
from tests.judged import NOW
from tests.payloads import PAYLOADS
from tests.receivers import Postbox, Receiver, mail_server, webhook
from tests.unit.config.test_notify_literally import (
    HTTP,
    MAIL,
    SMTP,
    Read,
    a_secret_in_reach,
    dead_in_a_chat,
    got,
    mailed,
    nothing_acts,
    use,
)

__all__ = ["a_secret_in_reach", "mail_server", "webhook"]

Deliver = Callable[[Path, str], dict[str, Any]]


def a_column(folder: Path, text: str) -> dict[str, Any]:
    (folder / "rows.csv").write_text(f'id,"{text.replace(chr(34), chr(34) * 2)}"\na,1\n')
    return {}


def a_cell(folder: Path, text: str) -> dict[str, Any]:
    (folder / "rows.csv").write_text(f'id\n"{text.replace(chr(34), chr(34) * 2)}"\n')
    return {}


def a_file(folder: Path, text: str) -> dict[str, Any]:
    (folder / "rows.csv").write_text("id\n1\n")
    with suppress(OSError, ValueError):  # what is no name on this disk
        (folder / text.replace("/", "_")).write_text("x")
    return {}


def a_parameter(folder: Path, text: str) -> dict[str, Any]:
    return {"source": text}


def a_night(folder: Path, text: str) -> dict[str, Any]:
    return {"night": text}


def a_run(folder: Path, text: str) -> dict[str, Any]:
    return {"run_id": text}


@pytest.fixture
def source(
    tmp_path: Path, stores: Stores, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Deliver, str], Any]:
    """The context of a task that failed on a delivery."""
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    monkeypatch.setenv("AIRFLOW__AIRLOCK__SOURCES", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROOT", str(tmp_path))

    def failed(deliver: Deliver, text: str) -> Any:
        # By a small number: by chance, hex digits hold what a template would have computed.
        folder = tmp_path / f"delivery-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        said = deliver(folder, text)
        params = {"source": said.get("source"), "night": said.get("night")}
        with DAG("churn", params={name: Param(None) for name in params}) as dag:
            task = SnapshotOperator(
                task_id="snapshot",
                source=f"{folder}/",
                contract=Contract.model_validate({"columns": {"id": {"type": "integer"}}}),
                param="source",
            )
        ti = SimpleNamespace(
            dag_id="churn",
            run_id=said.get("run_id", "manual__1"),
            task_id="snapshot",
            try_number=1,
            map_index=-1,
            xcom_push=lambda **_: None,
        )
        run = SimpleNamespace(
            dag_id="churn",
            run_id=ti.run_id,
            partition_key=None,
            run_after=NOW,
            triggering_user_name="ada",
            conf={},
        )
        context: Any = {"ti": ti, "dag_run": run, "dag": dag, "params": params, "task": task}
        try:
            task.execute(context)
        except Exception as error:  # noqa: BLE001 -- what Airflow hands to its callback
            context["exception"] = error
        return context

    return failed


@pytest.mark.parametrize(
    "deliver",
    [a_column, a_cell, a_file, a_parameter, a_night, a_run],
    ids=lambda one: one.__name__,
)
def test_what_a_delivery_is_called_is_dead_where_people_read_of_it(
    source: Callable[[Deliver, str], Any],
    webhook: None,
    mail_server: None,
    monkeypatch: pytest.MonkeyPatch,
    deliver: Deliver,
):
    told = 0
    for text in PAYLOADS.values():
        context = source(deliver, text)
        if "exception" not in context:
            continue  # taken as what it is: a text in a column
        use(monkeypatch, HTTP, http_conn_id="webhook", json={"text": "{subject}: {message}"})
        notify_failure(context)
        dead_in_a_chat(got()["text"])
        use(monkeypatch, SMTP, **MAIL)
        notify_failure(context)
        mail = mailed()
        html = next(mail.iter_parts()).get_content()
        assert {tag for tag, _ in Read(html).tags} <= {"p", "br"}
        assert nothing_acts(html)
        assert nothing_acts(mail["subject"])
        assert mail["to"] == "team@example.org"
        assert mail["bcc"] is None
        if deliver is a_cell:
            assert text not in Read(html).text  # no value of the data at all
        told += 1

    assert told > len(PAYLOADS) / 2
    assert [*Receiver.got, *Postbox.got] == []
