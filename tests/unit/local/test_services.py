from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airlock.core.errors import SettingsError
from local import services
from local.home import Home
from local.services import Airflow, Service, ServiceDied, stop

STUBBORN = """
import os, signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
task = subprocess.Popen(["sleep", "600"], process_group=0)  # as Airflow starts its tasks
print(task.pid, flush=True)
task.wait()
"""


def start(log: Path, *command: str) -> Service:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, start_new_session=True)
    return Service(name="scheduler", process=process, log=log)


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(SettingsError, match=f"Port {port} .* in use.*make up PORT="),
            Airflow.running(Home(tmp_path, tmp_path / "var"), port=port),
        ):
            pass


def test_a_service_that_died_shows_the_end_of_its_log(tmp_path: Path):
    log = tmp_path / "scheduler.log"
    service = start(log, "sh", "-c", "seq 100; echo no such table; exit 3")
    service.process.wait()

    with pytest.raises(ServiceDied) as died:
        service.check()

    assert "Airflow's scheduler ended with status 3" in str(died.value)
    assert "no such table" in str(died.value)
    assert str(log) in str(died.value)
    assert "\n    80\n" not in str(died.value)


def test_what_a_service_started_ends_with_it(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(services, "GRACE", 0.2)
    log = tmp_path / "scheduler.log"
    service = start(log, sys.executable, "-c", STUBBORN)
    while not (task := log.read_text().strip()):
        time.sleep(0.01)

    stop([service])

    # A killed process takes a moment to die, and it is not our child, for which one could wait.
    until = time.monotonic() + 60
    while state_of(task) not in {"Z", "gone"} and time.monotonic() < until:
        time.sleep(0.01)
    assert service.process.returncode is not None
    assert state_of(task) in {"Z", "gone"}


def state_of(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "gone"
