"""Airflow's four services on this machine: they come up, they answer, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock.errors import SettingsError
from local.client import RequestRefused
from local.home import Home
from local.services import Airflow, ServiceDied

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import json, sys, time
from pathlib import Path
from local.home import Home
from local.services import Airflow, stop_on_sigterm

stop_on_sigterm()
home = Home(Path(sys.argv[1]), Path(sys.argv[2]))
with Airflow.running(home, env=json.loads(sys.argv[3])) as airflow:
    # Airflow's scheduler misses a SIGTERM that comes while it forks its workers.
    time.sleep(2)
    print(*(service.process.pid for service in airflow.services), flush=True)
    time.sleep(600)
"""


def empty(folder: Path) -> dict[str, str]:
    """An empty project: what is tested here is the machinery around it."""
    for name in ("dags", "plugins"):
        (folder / name).mkdir()
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
    }


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """One for the first two tests; the second of them ends it."""
    folder = tmp_path_factory.mktemp("airflow")
    with Airflow.running(Home(ROOT, folder / "var"), env=empty(folder)) as airflow:
        yield airflow


def members(sessions: set[int]) -> list[str]:
    """The living processes of some sessions."""
    listed = subprocess.run(
        ["ps", "-eo", "sid=,stat=,args="], capture_output=True, text=True, check=True
    )
    return [
        line
        for line in listed.stdout.splitlines()
        if int(line.split()[0]) in sessions and not line.split()[1].startswith("Z")
    ]


def test_a_running_airflow_answers_its_users_and_no_second_one_starts_beside_it(airflow):
    viewer = Airflow.client_of(airflow.home, airflow.url, user="viewer")

    assert airflow.client.dags() == viewer.dags() == set()
    assert airflow.client.request("GET", "/pools/gpu")["slots"] == 1
    with pytest.raises(RequestRefused, match="403"):
        viewer.request("GET", "/connections")
    with (
        pytest.raises(SettingsError, match="Another process runs Airflow"),
        Airflow.running(airflow.home),
    ):
        pass


def test_a_service_that_is_killed_is_noticed(airflow):
    scheduler = next(service for service in airflow.services if service.name == "scheduler")

    os.killpg(scheduler.process.pid, signal.SIGKILL)
    scheduler.process.wait()

    with pytest.raises(ServiceDied, match="Airflow's scheduler ended with status -9"):
        airflow.client.wait(None)


@pytest.mark.parametrize(
    "name",
    [
        "SIGINT",
        # As SIGINT: by an exception that unwinds.
        pytest.param("SIGTERM", marks=pytest.mark.soak),
        pytest.param("SIGKILL", marks=pytest.mark.soak),
    ],
)
def test_nothing_stays_behind_whatever_ends_the_process_that_started_it(tmp_path, name):
    env = json.dumps(empty(tmp_path))
    command = [sys.executable, "-c", HOLD, str(ROOT), str(tmp_path / "var"), env]
    runner = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert runner.stdout is not None
    sessions = {int(pid) for pid in runner.stdout.readline().split()}

    runner.send_signal(signal.Signals[name])
    runner.wait(timeout=300)

    until = time.monotonic() + 120
    while members(sessions) and time.monotonic() < until:
        time.sleep(0.2)
    assert len(sessions) == 4
    assert members(sessions) == []
