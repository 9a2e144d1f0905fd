"""Airflow reads its environment when it is imported: tests never touch anybody's own Airflow."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_home = tempfile.TemporaryDirectory(prefix="airlock-tests-")

os.environ |= {
    "AIRFLOW_HOME": _home.name,
    "AIRFLOW_CONFIG": str(ROOT / "airflow.cfg"),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "DO_NOT_TRACK": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the public tables that the project does not carry itself."""
    folder = Path(os.environ.get("AIRLOCK_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "telco_churn.csv").exists():
        missing = f"there is no telco_churn.csv in {folder}; AIRLOCK_SHARED_DATA names its folder"
        # Who builds on a schedule must know that the real table was not tested.
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
