"""One way of scoring, measured in a process of its own.

    python -m benchmarks.compared.scoring make|raw|ours '{"folder": …}'

Prints one JSON object. The same graph, preprocessing and Parquet for both. The raw loop writes a
key, a label and two probabilities; ours stamps every row besides. Both have loaded the bundle once
before the clock starts, as a preloaded task has the libraries; ours verifies and loads it again.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from airlock.bundle import graph, manifest
from airlock.bundle.preprocessing import Categorical, Numeric, Preprocessing, Target
from airlock.core.table import PART_ROWS
from airlock.ledger import Champion
from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier
from airlock.serve import load_recorded
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.score.record import Margin
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from airlock.stages.snapshot.record import Part

NUMBERS = tuple(f"number_{at}" for at in range(8))
PLANS = tuple(f"plan {at}" for at in range(12))
CHUNK = 50_000


def make(folder: Path, rows: int) -> dict[str, Any]:
    """A redacted table, and a bundle that scores it."""
    table = folder / "table"
    table.mkdir()
    chance = np.random.default_rng(rows)
    for number, start in enumerate(range(0, rows, PART_ROWS)):
        writer = None
        for at in range(start, min(start + PART_ROWS, rows), CHUNK):
            some = _rows(chance, min(CHUNK, rows - at), at)
            writer = writer or pq.ParquetWriter(
                table / f"part-{number:05d}.parquet", some.schema, compression="zstd"
            )
            writer.write_table(some)
        if writer:
            writer.close()
    bundle = folder / "bundle"
    bundle.mkdir()
    preprocessing = Preprocessing(
        numeric=tuple(
            Numeric(name=name, median=0.0, mean=0.0, scale=1.0, flag=False) for name in NUMBERS
        ),
        categorical=(Categorical(name="plan", values=PLANS),),
        target=Target(name="churned", type="integer", classes=("0", "1")),
    )
    torch.manual_seed(0)
    shape = Shape(preprocessing.width, preprocessing.sizes, 2)
    example = (torch.zeros(2, shape.numeric), torch.zeros(2, 1, dtype=torch.int64))
    graph.pack(TabularClassifier(shape).eval(), example, bundle / "graph.pt2")
    manifest.write_json(bundle / "preprocessing.json", preprocessing.to_json())
    manifest.write_json(bundle / "model.json", {})
    return {"bundle": manifest.seal(bundle)}


def _rows(chance: np.random.Generator, rows: int, start: int) -> pa.Table:
    return pa.table(
        {
            "customer_id": [f"{at:032x}" for at in range(start, start + rows)],
            **{name: chance.normal(size=rows) for name in NUMBERS},
            "plan": pa.array(np.array(PLANS)[chance.integers(0, len(PLANS), rows)]),
        }
    )


def raw(folder: Path) -> float:
    """A loop as one writes it by hand. Returns rows a second."""
    scorer = load_recorded(folder / "bundle", manifest.name_of(folder / "bundle"))
    out = pa.schema(
        [("key", pa.string()), ("label", pa.int64()), ("no", pa.float32()), ("yes", pa.float32())]
    )
    rows, began = 0, time.perf_counter()
    with torch.inference_mode(), pq.ParquetWriter(folder / "raw.parquet", out) as writer:
        for path in sorted((folder / "table").iterdir()):
            for batch in pq.ParquetFile(path).iter_batches(65_536):
                inputs = [
                    torch.from_numpy(one) for one in scorer.preprocessing.apply(batch.to_pandas())
                ]
                found = scorer.compute.module(*inputs).softmax(dim=1).numpy()
                columns = [batch.column("customer_id"), found.argmax(axis=1), *found.T]
                writer.write_table(pa.table([pa.array(one) for one in columns], schema=out))
                rows += len(found)
    return rows / (time.perf_counter() - began)


def ours(folder: Path) -> float:
    """The stage itself, bundle and all. Returns rows a second."""
    parts = tuple(
        Part(path=path.name, rows=pq.ParquetFile(path).metadata.num_rows)
        for path in sorted((folder / "table").iterdir())
    )
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    redaction = Redaction(
        spec="",
        night=None,
        rows=sum(part.rows for part in parts),
        quarantined=0,
        columns=(RedactedColumn(name="customer_id", action="pseudonym", changed=0, found={}),),
        schema=(("customer_id", "string"),),
        entity="customer_id",
        pseudonym_key="",
        split=None,
        folds={},
        parts=parts,
    )
    nothing = dict.fromkeys(
        ("training", "training_sha256", "validation", "validation_sha256", "split"), ""
    )
    name = manifest.name_of(folder / "bundle")
    champion = Champion(sequence=1, version=1, bundle=name, night=None, **nothing)
    load_recorded(folder / "bundle", name)
    began = time.perf_counter()
    record = score(
        NightToScore(
            redaction=redaction,
            champion=champion,
            model="bench",
            night="2026-01-05",
            margin=Margin(coverage=0.9, metric="ece", width=0.1),
        ),
        Workspace(
            table=folder / "table",
            bundle=folder / "bundle",
            out=folder / "out",
        ),
    )
    return record.rows / (time.perf_counter() - began)


def main(name: str, folder: str, rows: int = 0) -> None:
    """Run one and print what it did."""
    if name == "make":
        print(json.dumps(make(Path(folder), rows)))
        return
    rate = {"raw": raw, "ours": ours}[name](Path(folder))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"rows_per_s": rate, "rss_gb": used}))


if __name__ == "__main__":
    main(sys.argv[1], **json.loads(sys.argv[2]))
