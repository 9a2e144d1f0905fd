"""A small redacted table, as redact leaves it, in which something can be learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.stages.redact.record import PlantedIdentifier, RedactedColumn, Redaction
from airlock.stages.snapshot.record import Part

SPLIT = "0123456789abcdef"
COLUMNS = {
    "customer_id": ("string", "pseudonym"),
    "plan": ("string", "keep"),
    "region": ("string", "keep"),
    "tenure": ("integer", "keep"),
    "fee": ("number", "keep"),
    "paperless": ("boolean", "keep"),
    "note": ("string", "scan"),
    "churned": ("integer", "keep"),
}


def customers(rows: int = 1200, seed: int = 0) -> pd.DataFrame:
    """Rows of customers; seven in ten customers train, one validates, two are held out."""
    chance = np.random.default_rng(seed)
    customer = chance.integers(0, rows, rows)
    tenure = chance.integers(1, 72, rows)
    plan = chance.choice(["basic", "family", "premium"], rows)
    paperless = chance.random(rows) < 0.5
    risk = (plan == "basic") * 1.5 + paperless * 0.5 - tenure / 20
    fee = chance.normal(60, 15, rows).round(2)
    bucket = customer * 37 % 100
    return pd.DataFrame(
        {
            "customer_id": [f"{number:032x}" for number in customer],
            "plan": plan,
            "region": chance.choice(["north", "south"], rows),
            "tenure": tenure,
            "fee": np.where(chance.random(rows) < 0.1, np.nan, fee),
            "paperless": paperless,
            "note": "called about <PERSON>",
            "churned": (chance.random(rows) < 1 / (1 + np.exp(-risk))).astype(int),
            "fold": np.select([bucket < 20, bucket < 30], ["holdout", "validation"], "train"),
        }
    )


def redacted(frame: pd.DataFrame, folder: Path, *, parts: int = 2) -> Redaction:
    """Write a table as redact does, and return its record.

    Args:
        frame: may lack columns, and `fold`.
        folder: of the parts.
        parts: how many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for at, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
        part = Part(path=f"part-{at:05d}.parquet", rows=len(rows))
        table = pa.Table.from_pandas(frame.iloc[rows], preserve_index=False)
        pq.write_table(table.replace_schema_metadata(), folder / part.path, compression="zstd")
        written.append(part)
    present = {name: how for name, how in COLUMNS.items() if name in frame}
    return Redaction(
        spec="0" * 64,
        night="2026-01-05",
        rows=len(frame),
        quarantined=0,
        columns=tuple(
            RedactedColumn(name=name, action=action, changed=0, found={})
            for name, (_, action) in present.items()
        ),
        schema=tuple((name, kind) for name, (kind, _) in present.items()),
        entity="customer_id",
        pseudonym_key="0" * 16,
        split=SPLIT if "fold" in frame else None,
        folds=frame["fold"].value_counts().to_dict() if "fold" in frame else {},
        parts=tuple(written),
        canaries=tuple(
            PlantedIdentifier(column=name, entity="PERSON", planted=64, caught=64)
            for name, (_, action) in present.items()
            if action == "scan"
        ),
    )
