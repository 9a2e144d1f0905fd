"""A machine that is taken away: the training task is handed back, and no try is used up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from include.data.subscriptions import write_night
from local.home import Home
from local.services import Airflow
from tests.e2e.conftest import FAST, ROOT

DAG = """
from pathlib import Path
from airflow.sdk import DAG
from airlock import NIGHTLY, EvaluateSpec, TrainSpec, training

INCLUDE = Path({include!r})

with DAG("long_training", schedule=None, **NIGHTLY):
    training(
        model="long",
        source="subscriptions/date={{night}}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        policy=INCLUDE / "policies/customer_churn.yaml",
        train=TrainSpec(
            model="airlock.models.tabular:TabularClassifier",
            target="churned",
            entity="customer_id",
            max_epochs=20,
            patience=20,
            batch_size=32,
            checkpoint_steps=20,
            devices={devices},
        ),
    )
"""


@pytest.fixture(params=[1, 2], ids=["one device", "two devices"])
def airflow(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Airflow]:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "long.py").write_text(
        DAG.format(include=str(ROOT / "include"), devices=request.param)
    )
    home = Home(ROOT, tmp_path / "var")
    write_night(date(2026, 1, 5), into=home.var / "data" / "subscriptions", rows=5_000)
    env = FAST | {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags")}
    with Airflow.running(home, env=env) as airflow:
        yield airflow


# An Airflow of its own for one signal takes two minutes; unit tests hold the two halves of it.
@pytest.mark.soak
def test_a_training_whose_machine_is_taken_away_goes_on_in_the_same_try(
    airflow: Airflow, tmp_path: Path
):
    airflow.client.unpause("long_training")
    run = airflow.client.trigger("long_training", night="2026-01-05")
    checkpoints = tmp_path / "var" / "store" / "checkpoints"
    until = time.monotonic() + 240
    while not any(checkpoints.rglob("*.json")) and time.monotonic() < until:
        time.sleep(0.05)
    first = airflow.client.request("GET", f"{run.path}/taskInstances/train")

    os.kill(first["pid"], signal.SIGTERM)
    states = airflow.client.wait(run, timeout=280)

    assert states["train"] == "success"
    last = airflow.client.request("GET", f"{run.path}/taskInstances/train")
    assert (first["try_number"], last["try_number"]) == (1, 1)
    assert last["pid"] != first["pid"]
    log = "\n".join(airflow.client.log(run, "train"))
    assert "This machine is taken away after" in log
    assert "Going on from the checkpoint" in log
    assert not any(checkpoints.rglob("*.pt"))
