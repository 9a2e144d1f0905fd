"""Score: part by part, every row stamped with who predicted it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.errors import DataError
from airlock.ledger import Champion
from airlock.serve import Scorer, load_bundle
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring

_AT_ONCE = 65_536  # rows in memory


def score(
    redaction: Redaction,
    champion: Champion,
    *,
    model: str,
    night: str,
    table: Path,
    bundle: Path,
    out: Path,
) -> Scoring:
    """Predict every row with the champion.

    Args:
        redaction: the record of the table.
        champion: of the ledger.
        model: its registered name.
        night: the partition date that is scored.
        table: local, verified folder of the redacted parts.
        bundle: local, verified folder of the champion.
        out: empty folder; one part of predictions for every part of the table.

    Raises:
        DataError: the champion needs a column that is not there, or there is no row.
        Unverified: the bundle is not the champion's.
    """
    scorer = load_bundle(bundle, champion.bundle)
    stamp: dict[str, str | int] = {
        "model": model,
        "version": champion.version,
        "sequence": champion.sequence,
        "night": night,
    }
    schema = _schema(scorer)
    judged = schema.names[schema.names.index("model") - 1]  # the positive class, or the prediction
    totals = []
    for part in redaction.parts:
        with pq.ParquetWriter(out / part.path, schema, compression="zstd") as writer:
            for frame in _batches(table / part.path, scorer, redaction.entity):
                predicted = scorer.predict(frame).assign(row_key=frame[redaction.entity], **stamp)
                writer.write_table(
                    pa.Table.from_pandas(predicted, schema=schema, preserve_index=False)
                    # pandas' notes about itself are no part of the content.
                    .replace_schema_metadata()
                )
                totals.append(float(predicted[judged].sum()))
    rows = sum(part.rows for part in redaction.parts)
    if not rows:
        raise DataError(
            "There is no row to score.",
            do="Look at what snapshot read and at what validate and redact set aside.",
        )
    return Scoring(
        model=model,
        night=night,
        rows=rows,
        version=champion.version,
        sequence=champion.sequence,
        bundle=champion.bundle,
        mean_score=math.fsum(totals) / rows,
        parts=redaction.parts,
    )


def _batches(path: Path, scorer: Scorer, entity: str) -> Iterator[pd.DataFrame]:
    """Only the columns that are needed, a bounded number of rows at a time."""
    wanted = {name for name, _ in scorer.preprocessing.features} | {entity}
    try:
        with pq.ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if name in wanted]
            for batch in file.iter_batches(_AT_ONCE, columns=columns):
                yield batch.to_pandas()
    except (pa.ArrowException, OSError) as error:
        # Arrow's own text may quote a cell.
        raise DataError(
            f"{path.name} of the redacted table cannot be read ({type(error).__name__}).",
            do="Recompute the run.",
        ) from None


def _schema(scorer: Scorer) -> pa.Schema:
    target = scorer.preprocessing.target
    label = {"integer": pa.int64(), "boolean": pa.bool_(), "string": pa.string()}
    return pa.schema(
        [
            ("row_key", pa.string()),
            ("prediction", label[target.type] if target.classes else pa.float64()),
            *((f"probability_{name}", pa.float64()) for name in target.classes),
            ("model", pa.string()),
            ("version", pa.int64()),
            ("sequence", pa.int64()),
            ("night", pa.string()),
        ]
    )
