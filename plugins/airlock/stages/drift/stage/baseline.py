"""Histograms of the champion's predictions on its own holdout, to compare drift with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.table import read_parts
from airlock.distribution.histograms import histograms
from airlock.serve import load_recorded
from airlock.stages.drift.stage.counting import PREDICTION, canonical, said_column
from airlock.stages.redact.record import Redaction
from airlock.stages.train.record import Training

# Twenty bins of five thousand rows: more would not draw the shape any better.
ENOUGH = 100_000


def baseline(
    training: Training, redaction: Redaction, *, table: Path, bundle: Path, name: str
) -> dict[str, Any]:
    """Histograms of the champion's predictions on the holdout of its own table.

    The holdout, because a model is surer of rows that it learnt from than of new ones.

    Args:
        training: of the champion.
        redaction: the record of the table that it was trained on.
        table: local, verified folder of that table's parts.
        bundle: local, verified folder of the champion.
        name: its digest.

    Returns:
        As `histograms` returns it, with the one column `PREDICTION`.
    """
    scorer = load_recorded(bundle, name)
    said: list[pa.ChunkedArray] = []
    for rows in _holdout(redaction, table):
        found = scorer.predict(rows)[said_column(training)]
        said.append(canonical(pa.chunked_array([pa.array(found)]), training))
        if sum(map(len, said)) >= ENOUGH:
            break
    kind = pa.string() if len(training.classes) > 2 else pa.float64()
    chunks = [chunk for one in said for chunk in one.chunks]
    return histograms(pa.table({PREDICTION: pa.chunked_array(chunks, kind)}))


def _holdout(redaction: Redaction, table: Path) -> Iterator[pd.DataFrame]:
    for rows in read_parts(table, [part.path for part in redaction.parts]):
        held = rows.filter(pc.equal(rows.column("fold"), "holdout"))
        if held.num_rows:
            yield held.to_pandas()
