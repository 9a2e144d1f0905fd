"""Airflow reads its environment when it is imported: tests never touch anybody's own Airflow.

Several processes run the tests: each takes a file at a time, or all files that share an Airflow.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent

_home = tempfile.TemporaryDirectory(prefix="airlock-tests-")

# What one test left behind must not be collected in what another one forks: DuckDB waits there for
# threads that no fork has.
os.register_at_fork(after_in_child=gc.freeze)

os.environ |= {
    "AIRFLOW_HOME": _home.name,
    "AIRFLOW_CONFIG": str(ROOT / "airflow.cfg"),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "DO_NOT_TRACK": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


ONE_AIRFLOW = (
    # The first takes as long as all others of its folder; the second looks at a run of its.
    ("tests/e2e/test_chain.py", "tests/e2e/test_ui.py"),
    ("tests/e2e/",),
    ("tests/integration/airflow/",),
)
"""Files that share one."""

LONGEST = (
    *sum(ONE_AIRFLOW, ()),
    # An Airflow of its own.
    "tests/integration/test_install.py",
    "tests/integration/",
    "tests/unit/stages/train/",
    "tests/",
)
"""What takes long begins first: whoever is ready early finds short files left to do."""


class Abreast(LoadFileScheduling):
    """Tests for several processes, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((files[0] for files in ONE_AIRFLOW if file.startswith(files)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Abreast | None:
    return Abreast(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [not item.nodeid.startswith(place) for place in LONGEST])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("/")[1]] += report.duration
    if seconds:
        spent = ", ".join(f"{folder} {spent:.0f} s" for folder, spent in seconds.items())
        terminalreporter.write_line(f"Seconds of all processes together: {spent}")


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
