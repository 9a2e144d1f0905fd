"""From `airlock new` to a champion and scored nights, and no file was touched."""

from __future__ import annotations

import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.timetables.trigger import CronPartitionTimetable

from airlock import hourly
from airlock.catalogs import predictions
from airlock.cli import main as cli
from airlock.testing import Sandbox
from tests.newcomers import TABLES, bring, clicks

# One of them in every run: the one that is written as most tables of the world are not, and has
# nothing that names a row.
SHAPES = [pytest.param(name, marks=() if name == "rents" else pytest.mark.soak) for name in TABLES]


@pytest.mark.parametrize("name", SHAPES)
def test_a_table_becomes_a_champion_and_a_scored_night(name: str, tmp_path: Path):
    project = tmp_path / "project"
    assert cli.main(bring(name, project)) == 0
    sandbox = Sandbox(folder=tmp_path / "box", project=project)

    training = sandbox.run(f"dags/{name}_training.py")

    assert training.passed, training.why
    assert training.gate.outcome == "passed", training.gate.rulings
    # The night that is scored has no target yet.
    _, target, _ = TABLES[name]
    table = next((project / "var/data").glob(f"{name}.*"))
    tonight = without_last_column(table, tmp_path / "tonight")
    scoring = sandbox.run(f"dags/{name}_scoring.py", rows=tonight, night="2026-01-06")
    assert scoring.passed, scoring.why
    assert scoring.score.rows == scoring.redact.rows > 1_000
    assert target not in sandbox.table(scoring, "redact").columns
    if name == "rents":
        assert training.redact.made_of == ("row",)


@pytest.mark.soak
@pytest.mark.parametrize("name", TABLES)
def test_the_test_that_is_written_passes(name: str, tmp_path: Path):
    project = tmp_path / "project"
    assert cli.main(bring(name, project)) == 0
    written = runpy.run_path(str(project / f"tests/test_{name}.py"))
    tests = {key: value for key, value in written.items() if key.startswith("test_")}
    night = next(key for key in tests if "comes_to_a_decision" in key)

    tests.pop(night)(Sandbox(folder=tmp_path / "box", project=project))
    for other in tests.values():
        other()


@pytest.mark.parametrize("hours", [2, pytest.param(48, marks=pytest.mark.soak)])
def test_a_table_that_comes_by_the_hour_is_backfilled_and_each_hour_is_scored_once(
    hours: int, tmp_path: Path
):
    project = tmp_path / "project"
    # The night in which the clocks of Europe jump.
    first = datetime(2026, 3, 29, 0, tzinfo=UTC)
    begin = first - timedelta(hours=24)
    for at in range(24 + hours):
        folder = project / f"var/data/clicks/dt={begin + timedelta(hours=at):%Y-%m-%dT%H}"
        folder.mkdir(parents=True)
        (folder / "part.csv").write_bytes(clicks(at))
    words = ["new", "clicks", "--from", str(project / "var/data/clicks"), "--target", "bought"]
    assert cli.main([*words, "--project", str(project)]) == 0
    sandbox = Sandbox(folder=tmp_path / "box", project=project)

    training = sandbox.run("dags/clicks_training.py", night="2026-03-28T23")
    runs = CronPartitionTimetable(
        "10 * * * *", timezone="UTC", key_format=hourly("10 * * * *").key_format
    ).iter_partition_dagrun_infos(earliest=first, latest=first + timedelta(hours=hours - 0.5))
    scored = [sandbox.run("dags/clicks_scoring.py", night=str(one.partition_key)) for one in runs]

    assert training.passed, training.why
    assert training.snapshot.rows == 24 * 90
    assert [one.why for one in scored if not one.passed] == []
    expected = [f"{first + timedelta(hours=at):%Y-%m-%dT%H}" for at in range(hours)]
    assert [one.snapshot.night for one in scored] == expected
    found = predictions.partitions(sandbox.ledger("clicks"))  # type: ignore[arg-type]  # a chain
    assert [(one.night, one.number) for one in found] == [(night, 1) for night in expected]
    assert len({one.snapshot.sha256 for one in scored}) == hours


def without_last_column(table: Path, folder: Path) -> Path:
    """The table as it is before anybody knows the answer."""
    folder.mkdir()
    mark = {"flats": b";", "rents": b";", "campaigns": b";", "visits": b"\t"}.get(table.stem, b",")
    lines = [line.rpartition(mark)[0] for line in table.read_bytes().splitlines()]
    (folder / table.name).write_bytes(b"\n".join(lines) + b"\n")
    return folder / table.name
