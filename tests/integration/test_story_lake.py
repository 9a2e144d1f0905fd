"""A story: a table of Iceberg that somebody else fills, scored after its asset and never twice.

The files are those that `airlock new` writes; its schedule alone is changed to the asset.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from airlock.catalogs import predictions
from airlock.cli import main as cli
from airlock.testing import Sandbox
from tests.newcomers import bring

FIRST = date(2026, 1, 4)


def calls(day: date, count: int = 700) -> pa.Table:
    """Who called often and was let wait signs."""
    chance = random.Random(day.toordinal())
    rows = []
    for at in range(count):
        visits, waits = chance.randrange(20), chance.uniform(0, 30)
        signs = chance.random() < 1 / (1 + 2.7 ** (6 - visits / 2 - waits / 6))
        rows.append(
            {
                "lead": f"L{day:%d}{at:05d}",
                "visits": visits,
                "waits": waits,
                "signed": "yes" if signs else "no",
                "day": day,
            }
        )
    return pa.Table.from_pylist(rows)


def lake(project: Path) -> Table:
    folder = project / "var/data/lake"
    folder.mkdir(parents=True)
    catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/c.db", warehouse=f"file://{folder}")
    catalog.create_namespace("crm")
    table = catalog.create_table("crm.calls", schema=calls(FIRST).schema)
    table.append(calls(FIRST))
    return table


def test_a_table_of_a_lake_is_learnt_and_each_night_is_scored_once_after_its_asset(tmp_path: Path):
    project = tmp_path / "project"
    bring("flowers", project)
    table = lake(project)
    words = ["--from", str(project / "var/data/lake/crm/calls"), "--target", "signed"]
    made = ["new", "calls", *words, "--kind", "linear", "--project", str(project)]
    assert cli.main(made) == 0
    after_the_asset(project / "dags/calls_scoring.py")
    sandbox = Sandbox(folder=tmp_path / "box", project=project)

    training = sandbox.run("dags/calls_training.py", night=FIRST.isoformat())
    assert training.passed, training.why
    assert training.gate.outcome == "passed", training.gate.rulings
    assert training.snapshot.table.kind == "iceberg"

    tomorrow = FIRST + timedelta(days=1)
    table.append(calls(tomorrow))
    heard = sandbox.run("dags/calls_scoring.py", night=tomorrow.isoformat())
    # Whoever fills the table corrects another night, and its asset is updated once more.
    table.append(calls(tomorrow + timedelta(days=1)))
    again = sandbox.run("dags/calls_scoring.py", night=tomorrow.isoformat())

    assert [one.passed for one in (heard, again)] == [True, True], (heard.why, again.why)
    assert heard.score.rows == len(calls(tomorrow))
    assert heard.snapshot.table.version != again.snapshot.table.version
    # Another version of the table, and the same rows of that night: nothing is made twice.
    assert heard.snapshot.sha256 == again.snapshot.sha256
    (served,) = predictions.partitions(sandbox.ledger("calls"))  # type: ignore[arg-type]  # a chain
    assert (served.night, served.number) == (tomorrow.isoformat(), 1)


def after_the_asset(dag: Path) -> None:
    """Let the asset start what the schedule did; `every` says how long a night is."""
    text = dag.read_text()
    text = text.replace('nightly("0 4 * * *")', '[Asset("lake://crm/calls")]')
    text = text.replace("import DAG\n", "import DAG, Asset\n").replace(", nightly", "")
    dag.write_text(text.replace('model="calls",', 'model="calls",\n        every="day",'))
