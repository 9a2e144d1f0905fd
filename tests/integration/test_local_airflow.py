"""Airflow's four services on this machine: one that dies is noticed, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import json, os, signal, sys, time
from pathlib import Path
from local.home import Home
from local.services import Airflow, ServiceDied, stop_on_sigterm

stop_on_sigterm()
home = Home(Path(sys.argv[1]), Path(sys.argv[2]))
with Airflow.running(home, env=json.loads(sys.argv[3])) as airflow:
    print(*(service.process.pid for service in airflow.services), flush=True)
    [killed] = (service for service in airflow.services if service.name == "triggerer")
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    # Airflow's scheduler misses a SIGTERM that comes while it forks its workers.
    time.sleep(2)
    try:
        airflow.client.wait(None)
    except ServiceDied as died:
        print(str(died).splitlines()[0], flush=True)
    time.sleep(600)
"""


def empty(folder: Path) -> dict[str, str]:
    """An empty project: what is tested here is the machinery around it."""
    for name in ("dags", "plugins"):
        (folder / name).mkdir()
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
        "AIRFLOW__AIRLOCK__PRELOAD": "False",
    }


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


@pytest.mark.parametrize(
    "name",
    [
        "SIGINT",
        # As SIGINT: by an exception that unwinds.
        pytest.param("SIGTERM", marks=pytest.mark.soak),
        pytest.param("SIGKILL", marks=pytest.mark.soak),
    ],
)
def test_a_dead_service_is_noticed_and_nothing_stays_behind_whatever_ends_who_started_it(
    tmp_path, name
):
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
    noticed = runner.stdout.readline()

    alive = members(sessions)
    runner.send_signal(signal.Signals[name])
    runner.wait(timeout=300)

    until = time.monotonic() + 120
    while members(sessions) and time.monotonic() < until:
        time.sleep(0.2)
    assert noticed.startswith("Airflow's triggerer ended with status -9.")
    assert len(sessions) == 4
    assert len(alive) >= 3
    assert members(sessions) == []
