"""Training against a loop written by hand, and against Lightning with the default DataLoader.

All train the same module on the same tensors, on one core (or one GPU, where there is one), each in
a process of its own, in turns, so that a busy minute hits both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.claim import Claim

TRIALS = 5
ROWS = 400_000
EPOCHS = 4
FEW = 40_000  # rows for the default DataLoader
STEP_ROWS = 100_000


def main(rows: int = ROWS, trials: int = TRIALS, step_rows: int = STEP_ROWS) -> None:
    """Measure and report."""
    for batch, target in ((4096, 0.97), (1024, 0.85)):
        _against("raw", batch, target, rows, trials)
    _against("default", 1024, 5, min(rows, FEW), trials)
    seconds = [_child("first_step", rows=step_rows)["first_step"] for _ in range(trials)]
    Claim(
        claim="train.first_step_s",
        value=round(statistics.median(seconds), 2),
        target=2,
        facts={"rows": step_rows, "all_s": [round(one, 2) for one in seconds]},
    ).report()


def _against(rival: str, batch: int, target: float, rows: int, trials: int) -> None:
    given = {"rows": rows, "batch": batch, "epochs": EPOCHS}
    runs = [(_child(rival, **given), _child("ours", **given)) for _ in range(trials)]
    ratios = [ours["ours"] / theirs[rival] for theirs, ours in runs]
    facts: dict[str, float] = {}
    if rival == "raw":
        fused = statistics.median(_child("raw_fused", **given)["raw_fused"] for _ in range(trials))
        facts["rival_with_fused_adamw_rows_per_s"] = round(fused)
    else:
        # If batches cost nothing at all, what is left of the rival's time is the training itself.
        alone = statistics.median(_child("loading", **given)["loading"] for _ in range(trials))
        theirs = statistics.median(one[rival] for one, _ in runs)
        facts["ratio_if_loading_cost_nothing"] = round(1 / (1 - theirs / alone), 2)
    Claim(
        claim=f"train.vs_{rival}_{batch}" if rival == "raw" else "train.vs_default_loader",
        value=round(statistics.median(ratios), 3),
        target=target,
        at_most=False,
        facts={
            "rows": rows,
            "batch": batch,
            "device": runs[0][0]["device"],
            "ratios": [round(ratio, 3) for ratio in ratios],
            "rival_rows_per_s": round(statistics.median(one[rival] for one, _ in runs)),
            "ours_rows_per_s": round(statistics.median(one["ours"] for _, one in runs)),
            **facts,
        },
    ).report()


def _child(name: str, **given: int) -> Any:
    command = [sys.executable, "-m", "benchmarks.compared.training", name, json.dumps(given)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
