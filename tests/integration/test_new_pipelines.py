"""From `airlock new` to a champion and a scored night, and no file was touched."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import include.models
from airlock.cli import main as cli
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from tests.newcomers import TABLES, bring
from tests.registered import ledger_below
from tests.staged import prepared, staged, tasks

# One of them in every run: the one that is written as most tables of the world are not.
SHAPES = [pytest.param(name, marks=() if name == "flats" else pytest.mark.soak) for name in TABLES]


@pytest.mark.parametrize("name", SHAPES)
def test_a_table_becomes_a_champion_and_a_scored_night(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROOT", str(project))
    models = str(project / "include/models")
    monkeypatch.setattr(include.models, "__path__", [models, *include.models.__path__])
    assert cli.main(bring(name, project)) == 0
    table = next((project / "var/data").glob(f"{name}.*"))

    done = staged(f"{name}_training", table, tmp_path / "trained", root=project)
    ledger = ledger_below(tmp_path, done.model)
    done.promoted(ledger)
    champion = ledger.state().champion
    assert champion is not None

    # The night that is scored has no target yet.
    _, target, _ = TABLES[name]
    tonight = without_last_column(table, tmp_path / "tonight")
    *_, redaction = prepared(
        tasks(f"{name}_scoring", root=project), tonight, tmp_path / "scored", night="2026-01-06"
    )
    out = tmp_path / "predictions"
    out.mkdir()
    scoring = score(
        NightToScore(redaction=redaction, champion=champion, model=name, night="2026-01-06"),
        Workspace(table=tmp_path / "scored/redacted", bundle=done.bundle, out=out),
    )

    assert scoring.rows == redaction.rows > 1_000
    assert target not in pq.read_table(tmp_path / "scored/redacted").column_names


def without_last_column(table: Path, folder: Path) -> Path:
    """The table as it is before anybody knows the answer."""
    folder.mkdir()
    mark = {"flats": b";", "visits": b"\t"}.get(table.stem, b",")
    lines = [line.rpartition(mark)[0] for line in table.read_bytes().splitlines()]
    (folder / table.name).write_bytes(b"\n".join(lines) + b"\n")
    return folder / table.name
