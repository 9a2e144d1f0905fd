"""What the DAG files cost the parser, over a trivial DAG.

Every file is executed afresh in one process that has loaded airflow.sdk, as the DAG processor does
in each of its forks; the first parse also imports Airlock's own light modules, and counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.claim import Claim

ROOT = Path(__file__).parents[1]
TRIALS = 7

TRIVIAL = """
from __future__ import annotations
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("trivial", schedule=None):
    EmptyOperator(task_id="nothing")
"""

MEASURE = """
import gc, sys, time, runpy
# What the DAG processor has loaded, and frozen, when it forks.
import airflow.dag_processing.manager
import airflow.sdk
from airflow.sdk import DAG, Param, CronPartitionTimetable, BaseOperator, BaseNotifier
import airflow.providers.standard.operators.empty
gc.freeze()
began = time.perf_counter()
for path in sys.argv[1:]:
    runpy.run_path(path)
print(time.perf_counter() - began)
"""


def seconds(paths: list[Path]) -> float:
    """Median of fresh processes, in seconds."""
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    # The DAG processor parses a file every few minutes: only its very first parse compiles.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True, env=env)
        for _ in range(1 + TRIALS)
    ]
    return statistics.median(float(run.stdout) for run in runs[1:])


def main() -> None:
    """Measure and report."""
    dags = sorted((ROOT / "dags").glob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        trivial = Path(folder) / "trivial.py"
        trivial.write_text(TRIVIAL)
        base, all_dags = seconds([trivial]), seconds(dags)
    Claim(
        claim="parse.extra_s",
        value=round(all_dags - base, 3),
        target=0.15,
        facts={"dag_files": len(dags), "trivial_s": round(base, 4), "all_s": round(all_dags, 3)},
    ).report()


if __name__ == "__main__":
    main()
