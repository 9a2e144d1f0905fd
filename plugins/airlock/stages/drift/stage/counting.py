"""Counts tonight's rows and predictions in the bins of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import Unverified
from airlock.core.table import read_parts
from airlock.distribution.tally import BinnedColumn
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring
from airlock.stages.train.record import Training

PREDICTION = "prediction"
"""The name of the one column of a baseline's histograms."""


def tallies(
    reference: Mapping[str, Any], wanted: Iterable[str], *, least: int
) -> tuple[dict[str, BinnedColumn], dict[str, str]]:
    """The reference's columns, ready to be counted in, and why others are not.

    Args:
        reference: as `histograms` returns it.
        wanted: names of columns.
        least: rows below which a reference says nothing.

    Raises:
        Unverified: the reference does not read as histograms.
    """
    made: dict[str, BinnedColumn] = {}
    left_out: dict[str, str] = {}
    for name in wanted:
        try:
            told = reference["columns"].get(name)
            tally = BinnedColumn.of(told, reference["rows"]) if told else None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Unverified(
                f"The champion's histogram of {name} does not read as one.",
                do="It was written by another version of Airlock: promote a new champion.",
            ) from None
        if tally is None:
            left_out[name] = "the champion's data had no such column"
        elif tally.bins is None:
            left_out[name] = "it has too many values to count"
        elif len(tally.bins) < 2 or tally.bins.sum() < least:
            left_out[name] = "the champion's data tell no shape"
        else:
            made[name] = tally
    return made, left_out


def incomparable(tallies: Mapping[str, BinnedColumn], redaction: Redaction) -> dict[str, str]:
    """The columns of the reference that tonight's table does not have as they were, and why."""
    actions = {one.name: one.action for one in redaction.columns}
    kinds = dict(redaction.schema)
    left_out = {}
    for name, tally in tallies.items():
        if name not in kinds:
            left_out[name] = "tonight's table does not have it"
        elif actions.get(name) != "keep":
            left_out[name] = "the redaction changes it"
        elif kinds[name] != tally.kind:
            left_out[name] = "tonight it is of another type"
    return left_out


def count_columns(tallies: Mapping[str, BinnedColumn], redaction: Redaction, table: Path) -> None:
    """Count the table's rows, one row group in memory at a time.

    Args:
        tallies: of columns that the table has.
        table: local, verified folder of its parts.
    """
    parts = [part.path for part in redaction.parts]
    for rows in read_parts(table, parts, columns=list(tallies)):
        for name, tally in tallies.items():
            tally.watch(rows.column(name))


def count_predictions(
    tally: BinnedColumn, scoring: Scoring, training: Training, folder: Path
) -> None:
    """Count what the champion said; rows of any other version are left out.

    Args:
        folder: local, verified folder of the predictions' parts.
    """
    columns = [said_column(training), "version"]
    for rows in read_parts(folder, [part.path for part in scoring.parts], columns=columns):
        tally.watch(canonical(_own(rows, scoring).column(columns[0]), training))


def said_column(training: Training) -> str:
    """Where the distribution of predictions shows: a probability, a label, or a number."""
    if len(training.classes) == 2:
        return f"probability_{training.classes[1]}"
    return "prediction"


def canonical(said: pa.ChunkedArray, training: Training) -> pa.ChunkedArray:
    """Predictions as a histogram wants them: numbers, or labels as text."""
    return pc.cast(said, pa.string() if len(training.classes) > 2 else pa.float64())


def _own(rows: pa.Table, scoring: Scoring) -> pa.Table:
    # Some rows may be a challenger's: these are compared with the champion's elsewhere.
    return rows.filter(pc.equal(rows.column("version"), scoring.version))
