"""Compares predictions with outcomes, where the table holds outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy import stats

from airlock.core.table import key_texts
from airlock.stages.drift.record import Calibration
from airlock.stages.drift.stage.counting import said_column
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring
from airlock.stages.train.record import Training

FloatArray = npt.NDArray[np.float64]


def calibration(predicted: FloatArray, observed: FloatArray, *, least: int) -> Calibration | None:
    """Whether what is predicted happens as often, or as much, on the whole.

    Args:
        predicted: predictions, or probabilities of the positive class, shape (n,); NaN where the
            model has none.
        observed: outcomes in the same unit, or 1 for the positive class and 0 else, shape (n,); NaN
            where nobody knows.
        least: rows below which nothing is said.

    Returns:
        Not judged yet: `drifted` is False. None if too few outcomes are known. Where all are alike
        it is off by standard deviations of the predictions.
    """
    known = ~np.isnan(observed) & ~np.isnan(predicted)
    predicted, observed = predicted[known], observed[known]
    if len(observed) < least:
        return None
    differences = predicted - observed
    # Outcomes of one kind alone are no reason to say nothing: they may be what is wrong.
    spread = float(observed.std() or predicted.std() or abs(differences.mean()) or 1.0)
    # Without any spread the test divides by zero, and a difference in every row is no chance.
    p = float(stats.ttest_1samp(differences, 0.0).pvalue) if differences.std() else 0.0
    return Calibration(
        rows=len(observed),
        predicted=float(predicted.mean()),
        observed=float(observed.mean()),
        off=float(differences.mean()) / spread,
        p=p,
        drifted=False,
    )


def pairs(
    redaction: Redaction, scoring: Scoring, training: Training, *, table: Path, predictions: Path
) -> tuple[FloatArray, FloatArray] | None:
    """Prediction and outcome of each row that both folders speak of.

    Args:
        table: local, verified folder of tonight's rows.
        predictions: local, verified folder of what was predicted of them.

    Returns:
        None where outcomes are not known: the table has no target, or its parts are not those that
        were scored, or there are more than two classes.
    """
    if training.target not in dict(redaction.schema) or len(training.classes) > 2:
        return None
    scored = {part.path for part in scoring.parts}
    predicted, observed = [np.empty(0)], [np.empty(0)]
    for part in redaction.parts:
        if part.path not in scored:
            return None
        rows = pq.read_table(table / part.path, columns=[redaction.entity, training.target])
        said = pq.read_table(
            predictions / part.path, columns=["row_key", said_column(training), "version"]
        )
        if not key_texts(rows.column(redaction.entity)).equals(key_texts(said.column("row_key"))):
            return None
        own = pc.equal(said.column("version"), scoring.version)
        predicted.append(_floats(said.column(said_column(training)).filter(own)))
        observed.append(_outcomes(rows.column(training.target).filter(own), training))
    return np.concatenate(predicted), np.concatenate(observed)


def _outcomes(column: pa.ChunkedArray, training: Training) -> FloatArray:
    if training.classes:
        column = pc.equal(pc.cast(column, pa.string()), training.classes[1])
    return _floats(pc.cast(column, pa.float64()))


def _floats(column: pa.ChunkedArray) -> FloatArray:
    # Nulls become NaN.
    values: FloatArray = column.to_numpy().astype(np.float64)
    return values
