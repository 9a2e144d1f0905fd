"""Scoring against a plain torch loop over the same Parquet, and the memory that many rows take.

Both run on one core, each in a process of its own, in turns, so that a busy minute hits both.

    python -m benchmarks.score [ROWS] [TRIALS] [ROWS FOR THE MEMORY]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.claim import Claim

ROWS = 1_000_000
TRIALS = 5
MANY = 10_000_000


def main(rows: int = ROWS, trials: int = TRIALS, many: int = MANY) -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        _child("make", folder=folder, rows=rows)
        runs = [
            (_child("raw", folder=folder), _child("ours", folder=folder)) for _ in range(trials)
        ]
    ratios = [ours["rows_per_s"] / raw["rows_per_s"] for raw, ours in runs]
    Claim(
        claim="score.vs_raw",
        value=round(statistics.median(ratios), 3),
        target=0.8,
        at_most=False,
        facts={
            "rows": rows,
            "ratios": [round(ratio, 3) for ratio in ratios],
            "rival_rows_per_s": round(statistics.median(raw["rows_per_s"] for raw, _ in runs)),
            "ours_rows_per_s": round(statistics.median(ours["rows_per_s"] for _, ours in runs)),
        },
    ).report()
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        _child("make", folder=folder, rows=many)
        used = _child("ours", folder=folder)
    Claim(
        claim="score.rss_gb_10m",
        value=round(used["rss_gb"], 3),
        target=2,
        facts={"rows": many, "rows_per_s": round(used["rows_per_s"])},
    ).report()


def _child(name: str, **given: Any) -> Any:
    command = [sys.executable, "-m", "benchmarks.compared.scoring", name, json.dumps(given)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
