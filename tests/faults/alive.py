"""Which services of a plant have done their work for a while."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tests.faults.plant import Plant

JOBS = {
    "dag-processor": "DagProcessorJob",
    "triggerer": "TriggererJob",
    "scheduler": "SchedulerJob",
}


class Alive:
    """Since when each service of a plant has answered, or told Airflow's database that it lives.

    Only where that database is SQLite.

    Args:
        for_seconds: that a service must have lived to be named.
    """

    def __init__(self, plant: Plant, *, for_seconds: float) -> None:
        self._plant, self._least = plant, for_seconds
        self._since: dict[int, float] = {}

    def services(self) -> dict[str, int]:
        """Names and process ids of those that have lived for long enough."""
        up, now = _up(self._plant), time.monotonic()
        self._since = {pid: self._since.get(pid, now) for pid in up.values()}
        return {name: pid for name, pid in up.items() if now - self._since[pid] >= self._least}


def _up(plant: Plant) -> dict[str, int]:
    ports = {"api-server": int(plant.client.url.rsplit(":", 1)[1]), "mlflow": plant.mlflow}
    found = {}
    for name, service in list(plant.running.items()):
        pid = service.process.pid
        if service.process.poll() is not None:
            continue
        answers = (
            _answers(ports[name]) if name in ports else _enrolled(plant.home.database, name, pid)
        )
        if answers:
            found[name] = pid
    return found


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _enrolled(database: Path, name: str, pid: int) -> bool:
    """Whether this process, not the one before it, has entered itself among Airflow's jobs."""
    query = "SELECT 1 FROM job WHERE job_type = ? AND start_date >= ?"
    with (
        contextlib.suppress(sqlite3.OperationalError, psutil.NoSuchProcess),
        contextlib.closing(sqlite3.connect(database, timeout=1)) as opened,
    ):
        began = datetime.fromtimestamp(psutil.Process(pid).create_time(), UTC)
        row = opened.execute(query, (JOBS[name], began.strftime("%Y-%m-%d %H:%M:%S"))).fetchone()
        return row is not None
    return False
