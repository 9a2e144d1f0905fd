"""`airlock new` writes a pipeline for a query, and for a table of a lake, before Airflow runs."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from airlock.cli import main as cli
from airlock.config import connections
from airlock.core.databases import Database
from airlock.core.errors import SettingsError
from airlock.stages.validate.spec import Expectations
from tests.newcomers import bring

DAYS = (date(2026, 1, 4), date(2026, 1, 5))


def leads(*days: date) -> pa.Table:
    rows = [
        {
            "lead": f"L{at:04d}",
            "visits": at % 17,
            "fee": at / 7,
            "plan": ("basic", "plus")[at % 2],
            "bought": ("no", "yes")[at % 17 > 8],
            "day": day,
        }
        for day in days
        for at in range(120)
    ]
    return pa.Table.from_pylist(rows)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    bring("flowers", tmp_path)
    return tmp_path


def new(project: Path, source: object, *more: str) -> int:
    words = ["new", "leads", "--from", str(source), "--target", "bought", *more]
    return cli.main([*words, "--project", str(project)])


def test_a_table_of_delta_lake_is_read_at_its_newest_night(project: Path):
    folder = project / "var/data/lake/leads"
    deltalake.write_deltalake(str(folder), leads(*DAYS))

    assert new(project, folder) == 0

    training = (project / "dags/leads_training.py").read_text()
    assert 'source=delta("lake/leads", night_column="day"),' in training
    assert "from airlock import NIGHTLY, TrainSpec, delta, nightly, training" in training
    assert 'schedule=nightly("0 2 * * *")' in training
    contract = Expectations.load(project / "include/expectations/leads.yaml").contract
    assert list(contract.columns) == ["lead", "visits", "fee", "plan", "bought", "day"]
    # Of one night each lead has one row.
    assert contract.key == ("lead",)
    assert cli.main(["check", "leads", "--project", str(project)]) == 0


def test_a_table_of_iceberg_without_nights_is_trained_by_hand(project: Path):
    lake = project / "var/data/lake"
    lake.mkdir()
    catalog = SqlCatalog("c", uri=f"sqlite:///{lake}/c.db", warehouse=f"file://{lake}")
    catalog.create_namespace("crm")
    rows = leads(DAYS[0]).drop_columns(["day"])
    catalog.create_table("crm.leads", schema=rows.schema).append(rows)

    assert new(project, lake / "crm/leads", "--kind", "linear") == 0

    training = (project / "dags/leads_training.py").read_text()
    assert 'source=iceberg("lake/crm/leads"),' in training
    assert "schedule=None" in training


@pytest.fixture
def warehouse(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite database behind a connection, and a query of a night's leads."""
    path = project / "warehouse.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE leads (lead, visits, fee, plan, bought, day)")
        values = [
            tuple(str(one) if isinstance(one, date) else one for one in row.values())
            for row in leads(*DAYS).to_pylist()
        ]
        database.executemany("INSERT INTO leads VALUES (?, ?, ?, ?, ?, ?)", values)
    found = Database(connection="warehouse", kind="sqlite", host=str(path))
    monkeypatch.setattr(connections, "database", lambda _: found)
    query = project / "include/sql/leads.sql"
    query.parent.mkdir(parents=True, exist_ok=True)
    query.write_text("SELECT lead, visits, fee, plan, bought FROM leads WHERE day = :night\n")
    return query


def test_a_query_is_asked_for_a_night_and_its_types_are_found(warehouse: Path, project: Path):
    assert new(project, warehouse, "--connection", "warehouse", "--night", "2026-01-05") == 0

    training = (project / "dags/leads_training.py").read_text()
    assert 'source=sql("include/sql/leads.sql", connection="warehouse"),' in training
    assert "from airlock import NIGHTLY, TrainSpec, nightly, sql, training" in training
    contract = Expectations.load(project / "include/expectations/leads.yaml").contract
    assert {name: one.type for name, one in contract.columns.items()} == {
        "lead": "string",
        "visits": "integer",
        "fee": "number",
        "plan": "string",
        "bought": "string",
    }
    assert cli.main(["check", "leads", "--project", str(project)]) == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(("--night", "2026-02-01"), "gives no row for the night 2026-02-01", id="none"),
        pytest.param(None, "Name Airflow's connection by --connection", id="no connection"),
    ],
)
def test_what_a_query_lacks_is_said(
    warehouse: Path,
    project: Path,
    more: tuple[str, ...] | None,
    says: str,
    capsys: pytest.CaptureFixture[str],
):
    words = () if more is None else ("--connection", "warehouse", *more)

    assert new(project, warehouse, *words) != 0
    assert says in " ".join(capsys.readouterr().err.split())
    assert not (project / "dags/leads_training.py").exists()


def test_a_connection_that_nobody_knows_yet_is_said(
    warehouse: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def nobody(conn_id: str) -> Database:
        raise SettingsError(f"There is no connection {conn_id}.", do="Add it in Airflow.")

    monkeypatch.setattr(connections, "database", nobody)

    assert new(project, warehouse, "--connection", "warehouse") == 1
    assert "There is no connection warehouse." in capsys.readouterr().err


def test_a_file_needs_no_connection(project: Path, capsys: pytest.CaptureFixture[str]):
    assert new(project, project / "var/data/flowers.csv", "--connection", "x") != 0
    assert "needs no connection" in " ".join(capsys.readouterr().err.split())
