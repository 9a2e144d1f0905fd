"""The preload keeps to the scheduler, and never stops it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from airlock import HOMES, listener

COMMAND = "airflow.cli.commands.scheduler_command"
PARSER = "airflow.cli.commands.dag_processor_command"


class Job:
    """What Airflow announces before a job has a type."""


class TaskRunnerMarker:
    """What Airflow announces in a task."""


@pytest.fixture
def preloads(monkeypatch) -> list[str]:
    done: list[str] = []
    monkeypatch.setattr(listener, "preload", lambda: done.append("preload"))
    return done


@pytest.fixture
def in_the_scheduler(monkeypatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, COMMAND, ModuleType(COMMAND))
    return


def test_the_scheduler_preloads(preloads, in_the_scheduler):
    listener.on_starting(Job())

    assert preloads == ["preload"]


def test_no_other_service_preloads(preloads, monkeypatch):
    monkeypatch.delitem(sys.modules, COMMAND, raising=False)

    listener.on_starting(Job())

    assert preloads == []


def test_a_task_forked_from_the_scheduler_does_not_preload_again(
    preloads, in_the_scheduler, monkeypatch
):
    monkeypatch.setattr(listener, "_begin_task", lambda: None)

    listener.on_starting(TaskRunnerMarker())

    assert preloads == []


def test_the_setting_switches_it_off(preloads, in_the_scheduler, monkeypatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__PRELOAD", "False")

    listener.on_starting(Job())

    assert preloads == []


def test_a_wrong_setting_does_not_stop_the_scheduler(preloads, in_the_scheduler, monkeypatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__PRELOAD", "perhaps")

    listener.on_starting(Job())

    assert preloads == []


def test_a_library_that_is_missing_is_named_and_the_others_are_loaded(monkeypatch, caplog):
    monkeypatch.setattr(listener, "LIBRARIES", ("no_such_library", "colorsys"))
    monkeypatch.setattr(listener, "PREPARATIONS", ())
    monkeypatch.setattr(listener, "_stages", lambda: iter(()))
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    caplog.set_level(logging.INFO, logger=listener.__name__)

    listener.preload()

    assert "colorsys" in sys.modules
    assert "but not no_such_library." in caplog.messages[-1]


def test_what_cannot_be_prepared_is_named_and_the_rest_is(monkeypatch, caplog):
    monkeypatch.setattr(listener, "PREPARATIONS", ("colorsys:no_such", "colorsys:prepare"))
    monkeypatch.setattr(listener, "LIBRARIES", ())
    monkeypatch.setattr(listener, "_stages", lambda: iter(()))
    prepared: list[bool] = []
    monkeypatch.setattr("colorsys.prepare", lambda: prepared.append(True), raising=False)
    caplog.set_level(logging.INFO, logger=listener.__name__)

    listener.preload()

    assert prepared == [True]
    assert "but not colorsys:no_such." in caplog.messages[-1]


def test_every_stage_that_computes_is_preloaded():
    names = {name.split(".")[2] for name in listener._stages()}

    assert names >= {"train", "evaluate", "gate", "promote"}


def test_the_dag_processor_imports_what_dag_files_do_and_nothing_heavy(
    monkeypatch: pytest.MonkeyPatch,
):
    imported: list[str] = []
    monkeypatch.setitem(sys.modules, PARSER, ModuleType(PARSER))
    monkeypatch.setattr(listener, "_try_import", lambda name: imported.append(name) or True)

    listener.on_starting(Job())

    assert set(imported) == set(HOMES)
    assert not set(imported) & set(listener.LIBRARIES)


def test_of_a_stage_whose_logic_is_a_folder_the_file_with_its_name_is_loaded():
    # The folder itself holds nothing: importing it would load nothing.
    stages = Path(listener.__file__).parent / "stages"
    folders = {file.parents[1].name for file in stages.glob("*/stage/__init__.py")}
    begun = {name for name in folders if (stages / name / "stage" / f"{name}.py").exists()}

    loaded = set(listener._stages())

    assert begun >= {"redact", "train", "evaluate", "score"}
    assert {f"airlock.stages.{name}.stage.{name}" for name in begun} <= loaded


def test_an_extra_that_nobody_installed_is_no_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.delitem(sys.modules, "airlock.stages.prepare.stage.prepare", raising=False)
    for name in [one for one in sys.modules if one.startswith("airlock.stages.prepare.stage.")]:
        monkeypatch.delitem(sys.modules, name)

    assert listener._try_import("airlock.stages.prepare.stage.prepare")
    assert not listener._try_import("no_such_library")
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == [
        "Not preloaded: no_such_library (No module named 'no_such_library')."
    ]
