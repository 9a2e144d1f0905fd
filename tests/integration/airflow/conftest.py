"""One Airflow for all files of this folder: each that starts takes most of a minute of a core.

Its DAGs lie in `dags/`, beside those of the project that are asked for here; models, runs and users
are shared, so every file has models of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airlock.registry import MlflowSettings
from local.home import Home
from local.services import Airflow

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
OWN = (
    "asking",
    "drifting",
    "lake_delivery",
    "lake_frozen",
    "reconcile_now",
    "several",
    "shared",
    "small_training",
    "snooping",
    "waiting",
)
OF_THE_PROJECT = ("airlock_retrain", "model_break_glass", "model_confirm", "model_rollback")


# Not the session's: a scheduler that has nothing to do takes a share of a core from other tests.
@pytest.fixture(scope="package")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    with started(tmp_path_factory.mktemp("airflow")) as running:
        yield running


@contextmanager
def started(folder: Path, **more: str) -> Iterator[Airflow]:
    """The services, with all DAGs of this folder switched on.

    Args:
        folder: empty.
        more: of their environment.
    """
    shutil.copytree(HERE / "dags", folder / "dags")
    for name in OF_THE_PROJECT:
        shutil.copy(ROOT / f"dags/{name}.py", folder / "dags")
    env = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__AUTH_MANAGER": "tests.integration.airflow.plugin.auth.PerDagAuthManager",
        # In a log, an escalation can be told from a reminder.
        "AIRFLOW__AIRLOCK__ESCALATION_KWARGS": json.dumps({"subject": "ESCALATED {subject}"}),
        "AIRFLOW__AIRLOCK__ANSWERS": str(folder / "answers"),
        # No file changes: parsing it again every half minute takes a core's time from the tests.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    }
    with Airflow.running(Home(ROOT, folder / "var"), env=env | more) as running:
        for dag_id in (*OWN, *OF_THE_PROJECT):
            running.client.unpause(dag_id)
        yield running


def mlflow_of(airflow: Airflow) -> MlflowSettings:
    return MlflowSettings(tracking_uri=f"sqlite:///{airflow.home.var / 'mlflow/mlflow.db'}")
