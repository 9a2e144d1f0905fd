"""How does the API server of one machine, on SQLite, answer ten clients while tasks run?

A real Airflow; ten clients at once list runs and tasks and trigger runs, for half a minute, while
the scheduler starts the tasks of what they trigger. docs/reliability.md says what else was tried.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from benchmarks.claim import Claim
from local.home import Home
from local.services import Airflow

ROOT = Path(__file__).parents[1]
CLIENTS, SECONDS, RUNS = 10, 30, 60
DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
with DAG("busy", schedule=None, is_paused_upon_creation=False, max_active_runs=100):
    for number in range(5):
        PythonOperator(task_id=f"task_{number}", python_callable=int)
"""


def main() -> None:
    """Measure and report."""
    now = measured()
    Claim(
        claim="api.median_s_of_ten_clients",
        value=now["median_s"],
        target=5,
        facts=now,
    ).report()


def measured() -> dict[str, Any]:
    """Answers by status, and seconds, of ten clients."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(ROOT, Path(folder) / "var")
        (Path(folder) / "dags").mkdir()
        (Path(folder) / "dags/busy.py").write_text(DAG)
        dags = {"AIRFLOW__CORE__DAGS_FOLDER": str(Path(folder) / "dags")}
        with Airflow.running(home, env=dags) as airflow:
            airflow.client.unpause("busy")
            return _load(airflow)


def _load(airflow: Airflow) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    seconds: list[float] = []
    until, left, lock = time.monotonic() + SECONDS, [RUNS], threading.Lock()
    headers = dict(airflow.client._http.headers)

    def client() -> None:
        runs = f"{airflow.url}/api/v2/dags/busy/dagRuns"
        calls: list[tuple[str, str, Any]] = [
            ("GET", f"{runs}?limit=50", None),
            ("GET", f"{runs}/~/taskInstances?limit=100", None),
            ("POST", runs, {"logical_date": None}),
        ]
        with httpx.Client(headers=headers, timeout=90, trust_env=False) as http:
            while time.monotonic() < until:
                for method, url, body in calls:
                    if body is not None:
                        with lock:
                            left[0] -= 1
                            if left[0] < 0:
                                continue
                    began = time.monotonic()
                    try:
                        status = str(http.request(method, url, json=body).status_code)
                    except httpx.HTTPError as error:
                        status = type(error).__name__
                    with lock:
                        statuses[status] += 1
                        seconds.append(time.monotonic() - began)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logs = "".join(path.read_text(errors="replace") for path in airflow.home.logs.glob("*.log"))
    slow = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else 0.0
    return {
        "answers": dict(statuses),
        "errors": sum(n for status, n in statuses.items() if not status.startswith("2")),
        "median_s": round(statistics.median(seconds), 2),
        "slowest_of_20_s": round(slow, 2),
        "longest_s": round(max(seconds), 2),
        "locked_in_logs": logs.count("database is locked"),
    }


if __name__ == "__main__":
    main()
