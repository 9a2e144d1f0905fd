"""The operator waits without a process, refuses doubles, and fails at parse time where it can."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk.exceptions import AirflowSkipException

from airlock import SnapshotOperator, sql
from airlock.config.settings import Settings
from airlock.core.contract import Contract
from airlock.core.errors import SettingsError, SpecError
from airlock.engine.attempt import Attempt
from airlock.engine.child_process import Later
from airlock.engine.publication import Stores
from airlock.engine.record import Origin
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import NightRepeated, SourceLate, SourceMissing

COLUMNS = {"id": {"type": "string"}}
NOW = datetime(2026, 1, 6, 2, tzinfo=UTC)


def operator(source: str = "{night}.csv", *, window: int = 1, **contract: Any) -> SnapshotOperator:
    return SnapshotOperator(
        task_id="snapshot",
        source=source,
        contract=Contract.model_validate({"columns": COLUMNS, **contract}),
        window=window,
    )


@pytest.fixture
def attempt(tmp_path: Path, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    settings = Settings(
        root=tmp_path,
        sources=(str(tmp_path),),
        trusted_keys=tmp_path / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    return Attempt(
        origin=Origin(dag_id="d", run_id="r", task_id="snapshot", try_number=1),
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=settings,
        scratch=tmp_path / "scratch",
    )


def later(attempt: Attempt, **changes: Any) -> Attempt:
    fields = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}
    return Attempt(**{**fields, **changes})


def test_a_night_that_is_not_there_yet_is_waited_for_by_airflows_own_trigger(attempt: Attempt):
    task = operator(lateness="6h")
    with pytest.raises(Later) as caught:
        task.run_stage(attempt)

    told = task.postponed(caught.value)
    assert type(told.trigger) is DateTimeTrigger
    assert told.trigger.moment == NOW + timedelta(minutes=1)
    assert told.method_name == "look_again"


def test_what_has_come_meanwhile_is_frozen(attempt: Attempt, tmp_path: Path):
    patient = operator(lateness="6h")
    with pytest.raises(Later):
        patient.run_stage(attempt)

    (tmp_path / "2026-01-05.csv").write_text("id\na\n")

    assert patient.run_stage(later(attempt, now=NOW + timedelta(hours=5))).rows == 1


def test_looking_again_is_doing_it_all_again(monkeypatch: pytest.MonkeyPatch):
    task = operator()
    monkeypatch.setattr(task, "execute", lambda context: f"executed in {context}")

    assert task.look_again(SimpleNamespace(), {"moment": "x"}) == "executed in namespace()"  # type: ignore[arg-type]  # nothing reads it


def test_what_does_not_come_is_late(attempt: Attempt):
    with pytest.raises(SourceLate):
        operator(lateness="2h").run_stage(attempt)


def due(attempt: Attempt, task: SnapshotOperator, *, hours: float) -> SnapshotOperator:
    """The same task of a run that should have begun so long before it did."""
    task._due = attempt.now - timedelta(hours=hours)
    return task


def test_a_night_of_before_the_pipeline_was_switched_on_is_passed_over_once(attempt: Attempt):
    scheduled = later(attempt, by_hand=False)
    task = due(scheduled, operator(), hours=5)
    with pytest.raises(Later, match="was switched on only after the night") as told:
        task.run_stage(scheduled)
    assert isinstance(task.postponed(told.value), AirflowSkipException)

    origin = replace(attempt.origin, run_id="scheduled__2")
    following = later(scheduled, origin=origin, night="2026-01-06")

    with pytest.raises(SourceMissing):
        due(following, operator(), hours=5).run_stage(following)


@pytest.mark.parametrize(
    ("by_hand", "hours"),
    [
        pytest.param(True, 5, id="a person asked for that night"),
        pytest.param(False, 0.1, id="the first night came in time"),
    ],
)
def test_any_other_missing_night_is_red(attempt: Attempt, by_hand: bool, hours: float):
    asked = later(attempt, by_hand=by_hand)

    with pytest.raises(SourceMissing):
        due(asked, operator(), hours=hours).run_stage(asked)


def test_the_same_rows_under_another_night_are_refused(attempt: Attempt, tmp_path: Path):
    for night in ("2026-01-05", "2026-01-06"):
        (tmp_path / f"{night}.csv").write_text("id\na\n")
    strict = operator(repeated_nights="refuse")

    first = strict.run_stage(attempt)
    again = strict.run_stage(later(attempt, scratch=tmp_path / "again"))

    assert first == again
    other = later(attempt, night="2026-01-06", scratch=tmp_path / "other")
    with pytest.raises(NightRepeated, match="2026-01-05"):
        strict.run_stage(other)
    assert isinstance(operator().run_stage(other), Snapshot)


@pytest.mark.parametrize(
    ("source", "window", "contract"),
    [
        pytest.param("rows.csv", 7, {}, id="a window without nights"),
        pytest.param("rows.csv", 1, {"repeated_nights": "refuse"}, id="repeated without nights"),
        pytest.param("{night}.csv", 0, {}, id="no night at all"),
    ],
)
def test_what_cannot_be_is_said_when_the_dag_is_parsed(
    source: str, window: int, contract: dict[str, str]
):
    with pytest.raises(SpecError):
        operator(source, window=window, **contract)


def test_a_window_may_be_of_a_templated_source():
    template = "{{ params.source or " + repr("{night}.csv") + " }}"

    assert operator(template, window=7).window == 7


def test_a_query_is_asked_through_a_connection_of_airflow(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with closing(sqlite3.connect(tmp_path / "rows.sqlite")) as line:
        line.execute("CREATE TABLE rows AS SELECT 'a' AS id, '2026-01-05' AS day")
        line.commit()
    (tmp_path / "rows.sql").write_text("SELECT id FROM rows WHERE day = :night")
    said = {"conn_type": "sqlite", "host": "rows.sqlite", "password": "s3cret"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(said))
    task = SnapshotOperator(
        task_id="snapshot",
        source=sql("rows.sql", connection="warehouse"),
        contract=Contract.model_validate({"columns": COLUMNS, "repeated_nights": "refuse"}),
    )

    frozen = task.run_stage(attempt)

    assert (frozen.rows, frozen.source) == (1, "warehouse:rows.sql")
    assert any("SQLite" in fact for fact in frozen.facts())
    # What Airflow shows of the task says the file and the connection.
    assert str(task.source) == "warehouse:rows.sql"
    task.source = sql("rows.sql", connection="elsewhere")
    with pytest.raises(SettingsError, match="There is no connection elsewhere"):
        task.run_stage(attempt)


def test_rows_that_are_not_loaded_yet_are_waited_for(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with closing(sqlite3.connect(tmp_path / "rows.sqlite")) as line:
        line.execute("CREATE TABLE rows (id text, day text)")
    (tmp_path / "rows.sql").write_text("SELECT id FROM rows WHERE day = :night")
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", '{"conn_type": "sqlite", "host": "rows.sqlite"}')
    task = SnapshotOperator(
        task_id="snapshot",
        source=sql("rows.sql", connection="warehouse"),
        contract=Contract.model_validate({"columns": COLUMNS, "lateness": "6h"}),
    )

    with pytest.raises(Later):
        task.run_stage(attempt)
