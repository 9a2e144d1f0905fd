"""Measures how long scoring takes; a sidecar of the report, not part of the record."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from airlock.serve import Scorer
from airlock.stages.evaluate.record import SPEED, Speed

_ROWS = 1_000
_RUNS = 7  # odd, so that the median is one of them


def write_speed(
    scorer: Scorer, holdout: pd.DataFrame, report: Path, *, clock: Callable[[], float]
) -> None:
    """Time the scoring of up to a thousand holdout rows, and write the sidecar.

    An empty holdout leaves none: a limit on latency then cannot tell.

    Args:
        clock: seconds, from wherever on.
    """
    if holdout.empty:
        return
    batch = holdout.head(_ROWS)
    scorer.scores(batch)
    seconds = []
    for _ in range(_RUNS):
        began = clock()
        scorer.scores(batch)
        seconds.append(clock() - began)
    per_1000 = 1e6 * statistics.median(seconds) / len(batch)
    # A clock too coarse to see it must not divide by nothing later.
    speed = Speed(rows=len(batch), runs=_RUNS, ms_per_1000=max(round(per_1000, 4), 1e-4))
    (report / SPEED).write_text(json.dumps(asdict(speed)), encoding="utf-8")
