"""Scores one part of a table, a bounded number of rows at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from airlock.core.disk import full_disk
from airlock.core.errors import DataError
from airlock.core.table import for_csv, value_texts
from airlock.serve import Scorer
from airlock.stages.score.record import ScoredPart
from airlock.stages.score.stage.review import Questions, ReviewRule
from airlock.stages.snapshot.record import Part

_AT_ONCE = 65_536  # rows in memory

_REPEATING = ("prediction", "decision", "model", "version", "sequence", "night")
"""Columns that a dictionary makes small; to try one on all others costs more than the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every row is stamped with, and how its confidence is told.

    Args:
        entity: the column whose pseudonym becomes `row_key`.
        width: of the band to each side; None for no band.
        review: which rows are put to people.
        csv: whether the rows are written as CSV too.
    """

    model: str
    version: int
    sequence: int
    night: str
    entity: str
    width: float | None
    review: ReviewRule
    csv: bool


def scored_part(
    path: str, start: int, *, scorer: Scorer, stamp: Stamp, table: Path, out: Path
) -> ScoredPart:
    """Predict one part.

    Args:
        path: of the part, below `table` and `out` alike.
        start: the number of its first row.

    Raises:
        DataError: a column is missing, or the part cannot be read.
    """
    schema = schema_of(scorer)
    # Whoever reads the folder as one table leaves out what begins so.
    totals, review = [], f"_review/{path}"
    clipped: Counter[str] = Counter()
    unscored = 0
    with full_disk(out), ExitStack() as files:
        writer = files.enter_context(_parquet(out / path, schema))
        sheet = None
        if stamp.csv:
            target = (out / "csv" / path).with_suffix(".csv")
            target.parent.mkdir(exist_ok=True)
            headed = for_csv(schema.empty_table()).schema
            sheet = files.enter_context(pa.csv.CSVWriter(target, headed))
        questions = files.enter_context(Questions(out / review, stamp.review))
        for batch in _batches(table / path, scorer, stamp):
            rows = batch.to_pandas()
            scores = scorer.scores_or_nan(rows)
            predicted = _predicted(batch, scores, start, scorer, stamp, schema)
            clipped.update(scorer.preprocessing.clipped(rows))
            writer.write_table(predicted)
            if sheet is not None:
                sheet.write_table(for_csv(predicted))
            # The positive class, or the prediction.
            judged = scores[:, -1]
            known = judged[~np.isnan(judged)]
            totals.append(float(known.sum()))
            unscored += len(judged) - len(known)
            questions.add(predicted, batch)
            start += batch.num_rows
    return ScoredPart(
        totals=tuple(totals),
        review=Part(path=review, rows=questions.rows),
        clipped=dict(clipped),
        unscored=unscored,
    )


def _parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    repeating = [name for name in _REPEATING if name in schema.names and name not in floats]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=repeating,
        # The bytes of numbers that are near one another, side by side, compress.
        column_encoding={
            "row": "DELTA_BINARY_PACKED",
            **dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        },
    )


def schema_of(scorer: Scorer) -> pa.Schema:
    """The columns of predictions.

    `row` is the position in the night's table, from 0: an entity may have several rows.
    `confidence` is the probability of the class that is predicted, null for a regression. All of a
    row's figures are null where the model computes no finite number for it. `decision` is there
    where the champion has a threshold.
    """
    target = scorer.preprocessing.target
    label = {"integer": pa.int64(), "boolean": pa.bool_(), "string": pa.string()}
    decided = [("decision", label[target.type])] if scorer.decision.threshold else []
    return pa.schema(
        [
            ("row_key", pa.string()),
            ("row", pa.int64()),
            ("prediction", label[target.type] if target.classes else pa.float64()),
            *decided,
            *((f"probability_{name}", pa.float64()) for name in target.classes),
            ("confidence", pa.float64()),
            ("band_low", pa.float64()),
            ("band_high", pa.float64()),
            ("model", pa.string()),
            ("version", pa.int64()),
            ("sequence", pa.int64()),
            ("night", pa.string()),
        ]
    )


def _predicted(
    batch: pa.RecordBatch,
    scores: NDArray[np.float64],
    start: int,
    scorer: Scorer,
    stamp: Stamp,
    schema: pa.Schema,
) -> pa.Table:
    """The rows as they are written; one without a finite score has neither label nor number."""
    rows, target = batch.num_rows, scorer.preprocessing.target
    missing = np.isnan(scores[:, 0])
    # No mask where none is needed: the bytes are those of a column that never was nullable.
    unknown = missing if missing.any() else None
    confidence = scores.max(axis=1) if target.classes else None
    best = scores[:, 0] if confidence is None else confidence
    predicted = target.labels()[scores.argmax(axis=1)] if target.classes else scores[:, 0]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    if stamp.width is not None:
        low, high = best - stamp.width, best + stamp.width
        if target.classes:
            low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    columns = [
        value_texts(batch.column(stamp.entity)),
        pa.array(np.arange(start, start + rows)),
        pa.array(predicted, type=schema.field("prediction").type, mask=unknown),
        *(
            [pa.array(scorer.decided(scores), type=schema.field("decision").type, mask=unknown)]
            if scorer.decision.threshold
            else ()
        ),
        *(
            pa.array(np.ascontiguousarray(one), mask=unknown)
            for one in (scores.T if target.classes else ())
        ),
        *(
            pa.nulls(rows, pa.float64()) if one is None else pa.array(one, mask=unknown)
            for one in (confidence, low, high)
        ),
        pa.repeat(stamp.model, rows),
        pa.repeat(stamp.version, rows).cast(pa.int64()),
        pa.repeat(stamp.sequence, rows).cast(pa.int64()),
        pa.repeat(stamp.night, rows),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _batches(path: Path, scorer: Scorer, stamp: Stamp) -> Iterator[pa.RecordBatch]:
    """Only the columns that are needed, a bounded number of rows at a time."""
    shown = stamp.review.shown
    wanted = {name for name, _ in scorer.preprocessing.features} | {stamp.entity, *shown}
    try:
        with pq.ParquetFile(path) as file:
            columns = [name for name in file.schema_arrow.names if name in wanted]
            yield from file.iter_batches(_AT_ONCE, columns=columns)
    except (pa.ArrowException, OSError) as error:
        # Arrow's own text may quote a cell.
        raise DataError(
            f"{path.name} of the redacted table cannot be read ({type(error).__name__}).",
            do="Recompute the run.",
        ) from None
