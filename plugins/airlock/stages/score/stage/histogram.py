"""Counts a night's scores for its page: bars of many rows, never one row's score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from airlock.core.curves import BARS, Floats, merged
from airlock.core.names import PROBABILITY
from airlock.stages.score.record import HISTOGRAM, NightHistogram
from airlock.stages.snapshot.record import Part

_DEVIATIONS = 3.0  # beyond which a number is counted into the outermost bar


def leave_histogram(data: Path, parts: Sequence[Part], report: Path) -> None:
    """Write the sidecar: bars of the scores, and how many rows have each label.

    Args:
        data: folder of the predictions.
        report: of the attempt.
    """
    names = pq.read_schema(data / parts[0].path).names if parts else []
    probabilities = [name for name in names if name.startswith(PROBABILITY)]
    if not names:
        return
    # Of two classes the last one is the positive one; of more, how sure it is of its own.
    of = "prediction" if not probabilities else "confidence"
    of = probabilities[-1] if len(probabilities) == 2 else of
    low, high = (0.0, 1.0) if probabilities else _ends(data, parts, of)
    edges = np.linspace(low, high, BARS + 1)
    counts = np.zeros(BARS, dtype=np.int64)
    for values in _column(data, parts, of):
        places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BARS - 1)
        counts += np.bincount(places, minlength=BARS)
    classes = [name.removeprefix(PROBABILITY) for name in probabilities]
    found = NightHistogram(
        of=of.removeprefix(PROBABILITY) if of.startswith(PROBABILITY) else of,
        bars=merged(edges.tolist(), counts.tolist()),
        labels=_labels(data, parts, classes),
    )
    (report / HISTOGRAM).write_bytes(found.stored())


def _column(data: Path, parts: Sequence[Part], name: str) -> Iterator[Floats]:
    for part in parts:
        with pq.ParquetFile(data / part.path) as file:
            for batch in file.iter_batches(columns=[name]):
                values: Floats = batch.column(0).drop_null().to_numpy(zero_copy_only=False)
                yield values.astype(np.float64)


def _ends(data: Path, parts: Sequence[Part], name: str) -> tuple[float, float]:
    rows, total, squares = 0, 0.0, 0.0
    for values in _column(data, parts, name):
        rows += len(values)
        total += float(values.sum())
        squares += float((values**2).sum())
    middle = total / rows if rows else 0.0
    spread = max(squares / rows - middle**2, 0.0) ** 0.5 if rows else 0.0
    reach = _DEVIATIONS * (spread or 1.0)
    return middle - reach, middle + reach


def _labels(data: Path, parts: Sequence[Part], classes: Sequence[str]) -> dict[str, int]:
    if not classes:
        return {}
    found = dict.fromkeys(classes, 0)
    for part in parts:
        table = pq.read_table(data / part.path, columns=["prediction"])
        for one in table.column(0).drop_null().value_counts().to_pylist():
            label = _spelled(one["values"], found)
            if label is not None:
                found[label] += one["counts"]
    return found


def _spelled(value: object, classes: dict[str, int]) -> str | None:
    """A label as the classes are called: a boolean is spelled differently in a column's name."""
    texts = (str(value), str(value).lower())
    return next((text for text in texts if text in classes), None)
