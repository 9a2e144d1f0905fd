"""The work of explain: plain functions, no Airflow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.serve import Scorer, load_recorded
from airlock.stages.redact.record import Redaction
from leads_airlock.explain.record import Explanation

_ROWS = 2_000


def explain(
    redaction: Redaction, *, model: str, table: Path, bundle: Path, name: str
) -> Explanation:
    """Shuffle one column after the other, and see how far the scores move.

    Args:
        redaction: the record of the table.
        model: registered name.
        table: local folder of the redacted parts.
        bundle: local folder of the candidate.
        name: the bundle's digest, which is verified before anything is loaded.
    """
    scorer = load_recorded(bundle, name)
    parts = [
        pq.read_table(table / part.path, filters=[("fold", "in", ["validation"])])
        for part in redaction.parts
    ]
    rows = pa.concat_tables(parts).slice(0, _ROWS).to_pandas()
    usual = scorer.scores(rows)
    # The same every time: equal inputs must give an equal record.
    chance = np.random.default_rng(0)
    moved = {}
    for column in _features(scorer):
        shuffled = rows.copy()
        shuffled[column] = shuffled[column].to_numpy()[chance.permutation(len(rows))]
        moved[column] = round(float(np.abs(scorer.scores(shuffled) - usual).mean()), 6)
    strongest = sorted(moved.items(), key=lambda one: (-one[1], one[0]))
    return Explanation(model=model, bundle=name, rows=len(rows), moved=tuple(strongest))


def _features(scorer: Scorer) -> list[str]:
    return [name for name, _ in scorer.model["features"]]
