"""Killed at any moment, the next attempt goes on: one MLflow run, one bundle, the same bits."""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from airlock.bundle.manifest import name_of
from airlock.config.mlflow_settings import MlflowSettings
from airlock.stages.redact.record import Redaction
from airlock.stages.train.identity import code_digest
from airlock.stages.train.stage.checkpoint import Checkpoints
from airlock.stages.train.stage.run_context import Folders, RunContext, TrainingIdentity
from airlock.stages.train.stage.train import train
from airlock.store import open_store
from tests.redacted import customers, redacted
from tests.trained import ORIGIN, ROOT, SPEC, _database

FORK = multiprocessing.get_context("fork")
ROWS = 5_000
LONG = SPEC.model_copy(
    update={"batch_size": 32, "max_epochs": 4, "patience": 4, "checkpoint_steps": 15}
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Redaction, Path]:
    folder = tmp_path_factory.mktemp("table")
    frame: pd.DataFrame = customers(ROWS)
    return redacted(frame, folder), folder


def attempt(table: tuple[Redaction, Path], folder: Path, name: str) -> None:
    """One try: the stage as its operator calls it. What it made goes into a file."""
    work = folder / name
    for part in ("out", "report", "scratch"):
        (work / part).mkdir(parents=True)
    store = open_store(str(folder / "store"))
    record = train(
        table[0],
        LONG,
        identity=TrainingIdentity(
            model="churn", key="0" * 64, origin=ORIGIN, code=code_digest(LONG.model, root=ROOT)
        ),
        folders=Folders(
            table=table[1], scratch=work / "scratch", out=work / "out", report=work / "report"
        ),
        mlflow=mlflow_of(folder),
        context=RunContext(
            checkpoints=Checkpoints(store, "0" * 64, attempt=name, scratch=work / "scratch"),
            clock=time.monotonic,
        ),
    )
    made = {"bundle": name_of(work / "out"), "record": record.to_json()}
    (work / "made.json").write_text(json.dumps(made))


def mlflow_of(folder: Path) -> MlflowSettings:
    return MlflowSettings(
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", artifacts=str(folder / "mlflow")
    )


def process(table: tuple[Redaction, Path], folder: Path, name: str) -> multiprocessing.Process:
    one = FORK.Process(target=attempt, args=(table, folder, name))
    one.start()
    return one  # type: ignore[return-value]  # a forked one


def ended(table: tuple[Redaction, Path], folder: Path, name: str) -> tuple[dict, float]:
    began = time.monotonic()
    one = process(table, folder, name)
    one.join()
    assert one.exitcode == 0
    return json.loads((folder / name / "made.json").read_text()), time.monotonic() - began


def prepared(folder: Path) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(_database(), folder / "mlflow.db")
    return folder


def sealed(folder: Path) -> bool:
    return any((folder / "store").rglob("*.json"))


def kill_at_random(table: tuple[Redaction, Path], folder: Path, times: int) -> None:
    """Kill first attempts, finish second ones, and compare with an undisturbed one."""
    whole, seconds = ended(table, prepared(folder / "whole"), "first")
    in_the_middle = 0
    for number in range(times):
        here = prepared(folder / str(number))
        first = process(table, here, "first")
        # By quarters, so that few kills cover the whole as well; the first one while it fits.
        wait = random.uniform(number % 4, number % 4 + 1) / 4 * seconds
        until = time.monotonic() + (wait if number else 120)
        while first.is_alive() and time.monotonic() < until and (number or not sealed(here)):
            time.sleep(0.005)
        first.kill()
        first.join()
        in_the_middle += sealed(here) and not (here / "first" / "made.json").exists()

        second, _ = ended(table, here, "second")

        assert second["bundle"] == whole["bundle"]
        client = MlflowClient(f"sqlite:///{here / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("churn")
        assert experiment is not None
        [run] = client.search_runs([experiment.experiment_id])
        losses = client.get_metric_history(run.info.run_id, "validation_loss")
        assert sorted({point.step for point in losses}) == [1, 2, 3, 4]
        assert run.info.status == "FINISHED"
        assert second["record"] == whole["record"] | {"mlflow_run": run.info.run_id}
    assert in_the_middle


def test_whenever_it_is_killed_it_ends_the_same(table: tuple[Redaction, Path], tmp_path: Path):
    kill_at_random(table, tmp_path, 4)


@pytest.mark.soak
def test_however_often_it_is_killed_it_ends_the_same(table: tuple[Redaction, Path], tmp_path: Path):
    kill_at_random(table, tmp_path, 20)
