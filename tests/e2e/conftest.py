"""A real Airflow: scheduler, DAG processor and API server, in a temporary home."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airlock.config.installation import write_private
from include.data.subscriptions import write_night
from local.home import Home
from local.runs import DagRun
from local.services import Airflow

NIGHTS = tuple(date(2026, 1, day) for day in (5, 6, 7, 8))
ROWS = 10_000
FAST = {
    # No file changes: parsing each again every half minute takes the tests' own time.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    # A nightly DAG that is switched on would start last night's run beside the test's own.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(ROOT, tmp_path_factory.mktemp("home") / "var")
    # The same folds every time: whether a candidate is good enough is no matter of luck here.
    home.keys.mkdir(parents=True, mode=0o700)
    write_private(home.keys / "airlock_split.key", base64.b64encode(bytes(range(32))).decode())
    for night in NIGHTS:
        write_night(night, into=home.var / "data" / "subscriptions", rows=ROWS)
    shared = Path(os.environ.get("AIRLOCK_SHARED_DATA", ROOT.parent / "shared" / "data"))
    for table in ("telco_churn.csv", "bike_hourly.csv", "sms_spam.tsv"):
        if (shared / table).exists():
            shutil.copy(shared / table, home.var / "data" / table)
    return home


@pytest.fixture(scope="package")
def airflow(home: Home) -> Iterator[Airflow]:
    with Airflow.running(home, env=FAST) as airflow:
        yield airflow


@pytest.fixture(scope="package")
def run_dag(airflow: Airflow) -> Callable[..., dict[str, str | None]]:
    """Run a DAG to its end and return the state of every task."""

    def run(dag_id: str, **params: Any) -> dict[str, str | None]:
        return airflow.client.wait(started(airflow, dag_id, **params))

    return run


def started(airflow: Airflow, dag_id: str, **params: Any) -> DagRun:
    airflow.client.unpause(dag_id)
    return airflow.client.trigger(dag_id, **params)
