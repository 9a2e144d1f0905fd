"""Measures the time that Airflow and Airlock add to the work of the stages.

The demo chain (20,000 rows a night) on a real scheduler, warm: one night has run before. Against
it, the same stage functions on the same rows in one plain Python process, warm as well. And the
chain again for a night in which nothing changed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.claim import Claim
from include.data.subscriptions import write_night
from local.home import Home
from local.prepare import prepare
from local.runs import DagRun
from local.services import Airflow

ROOT = Path(__file__).parents[1]
NIGHTS = [date(2026, 1, day) for day in (5, 6, 7, 8)]
ROWS = 20_000
DAG = "customer_churn_training"
FAST = {
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.05",
    # A nightly DAG that is switched on would start last night's run beside the measured ones.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        walls, unchanged, stages = through_airflow(_home(Path(folder) / "airflow"))
        plain = in_one_process(_home(Path(folder) / "plain"), Path(folder) / "work")
    wall, rival = statistics.median(walls), statistics.median(one["total"] for one in plain)
    Claim(
        claim="chain.wall_vs_plain",
        value=round((wall - 5) / rival, 3),
        target=1.2,
        facts={
            "rows": ROWS,
            "wall_s": walls,
            "plain_s": [one["total"] for one in plain],
            "stages_s": stages,
            "plain_stages_s": plain[-1],
        },
    ).report()
    Claim(
        claim="chain.unchanged_s",
        value=max(unchanged),
        target=6,
        facts={"rows": ROWS, "all_s": unchanged},
    ).report()


def through_airflow(home: Home) -> tuple[list[float], list[float], dict[str, float]]:
    """Seconds of the warm nights, of an unchanged night (three times), and of the last's tasks."""
    with Airflow.running(home, env=FAST) as airflow:
        airflow.client.unpause(DAG)
        seconds = [_run(airflow, night) for night in NIGHTS]
        last = airflow.client.request("GET", f"/dags/{DAG}/dagRuns")["dag_runs"][-1]
        tasks = airflow.client.tasks(DagRun(dag_id=DAG, run_id=last["dag_run_id"]))
        unchanged = [_run(airflow, NIGHTS[-1]) for _ in range(3)]
    return seconds[1:], unchanged, {task.task_id: task.seconds or 0 for task in tasks}


def in_one_process(home: Home, work: Path) -> list[dict[str, float]]:
    """Seconds per stage of the warm nights."""
    prepare(home)
    nights = [night.isoformat() for night in NIGHTS]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.compared.plain_chain", str(work), *nights],
        env=home.environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")][1:]


def _home(folder: Path) -> Home:
    home = Home(ROOT, folder / "var")
    for night in NIGHTS:
        write_night(night, into=home.var / "data" / "subscriptions", rows=ROWS)
    return home


def _run(airflow: Airflow, night: date) -> float:
    """Seconds from the run's start to its end, as Airflow's own clock has them."""
    run = airflow.client.trigger(DAG, night=night.isoformat())
    states = airflow.client.wait(run)
    if "failed" in states.values():
        raise SystemExit(f"The run of {night} failed: {states}.")
    asked = airflow.client.request("GET", run.path)
    print(f"{night}: {asked['duration']:.1f} s", file=sys.stderr)
    return round(asked["duration"], 2)


if __name__ == "__main__":
    main()
