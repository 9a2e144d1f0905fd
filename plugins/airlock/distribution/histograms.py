"""Builds histograms for later comparison that reveal nobody's values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.contract import ColumnType
from airlock.core.table import contract_types, read_parts

FloatArray = npt.NDArray[np.float64]

# No bin and no category speaks of fewer rows, so that none speaks of a person.
FEW = 10
MOST_BINS = 20
MOST_CATEGORIES = 64


def histograms_of_parts(folder: Path, parts: Sequence[str]) -> dict[str, Any]:
    """The same as `histograms` of a table on disk, with the numbers of one column in memory.

    Args:
        folder: that holds the parts.
        parts: paths relative to it; at least one.
    """
    columns = {
        name: _histogram(
            (table.column(name) for table in read_parts(folder, parts, columns=[name])), kind
        )
        for name, kind in contract_types(pq.read_schema(folder / parts[0]))
    }
    rows = sum(pq.read_metadata(folder / part).num_rows for part in parts)
    return {"rows": rows, "columns": columns}


def histograms(table: pa.Table) -> dict[str, Any]:
    """One histogram a column, JSON-ready.

    Args:
        table: canonical.

    Returns:
        `rows`, and for each of `columns` its `type` and `nulls`. For numbers also `edges`, the n
        inner borders of n + 1 bins that are open at both ends (`edge <= value` belongs to the upper
        bin), and the bins' `counts`; rounded quantiles, so that no edge need be a cell. Where
        nearly all rows have one value, the bins are that value, what is below it and what is above
        it. For texts and booleans of few distinct values also `categories` with their counts, and
        in `other` the rows of rarer ones. Dates, and texts of many values, have no more.
    """
    columns = {
        name: _histogram([table.column(name)], kind) for name, kind in contract_types(table.schema)
    }
    return {"rows": table.num_rows, "columns": columns}


def _histogram(pieces: Iterable[pa.ChunkedArray], kind: ColumnType) -> dict[str, Any]:
    nulls, numbers, counts = 0, [np.empty(0)], Counter[str]()
    for piece in pieces:
        nulls += piece.null_count
        there = piece.drop_null()
        if kind in {"integer", "number"}:
            numbers.append(there.to_numpy().astype(np.float64, copy=False))
        elif kind in {"string", "boolean"} and len(counts) <= MOST_CATEGORIES:
            for one in there.value_counts().to_pylist():
                counts[str(one["values"])] += one["counts"]
    told: dict[str, Any] = {"type": kind, "nulls": nulls}
    if kind in {"integer", "number"}:
        return told | _bins(np.concatenate(numbers))
    if kind in {"string", "boolean"} and len(counts) <= MOST_CATEGORIES:
        return told | _categories(counts)
    return told


def _categories(counts: Mapping[str, int]) -> dict[str, Any]:
    common = {name: count for name, count in sorted(counts.items()) if count >= FEW}
    return {"categories": common, "other": sum(counts.values()) - sum(common.values())}


def _bins(values: FloatArray) -> dict[str, Any]:
    # Once sorted, quantiles and counts cost nothing; what is not a number comes last.
    values.sort()
    first, end = np.searchsorted(values, -math.inf, side="right"), np.searchsorted(values, math.inf)
    finite = values[first:end]
    bins = min(MOST_BINS, len(finite) // FEW)
    if bins < 2:
        return {"edges": [], "counts": [len(values)]}
    quantiles = _quantiles(finite, np.arange(1, bins) / bins)
    usual = finite[len(finite) // 2]
    if quantiles[0] == quantiles[-1] and np.count_nonzero(finite == usual) >= FEW:
        return _around(usual, values)
    # A single quantile spans nothing, however far apart the values are; one cell must not show.
    quarter = len(finite) // 4
    span = quantiles[-1] - quantiles[0] or finite[-1 - quarter] - finite[quarter]
    if not 0 < span < math.inf:
        return {"edges": [], "counts": [len(values)]}
    edges = _rounded(quantiles, span)
    edges = _crowded(edges, _counts(values, edges))
    return {"edges": edges.tolist(), "counts": _counts(values, edges).tolist()}


def _around(usual: float, values: FloatArray) -> dict[str, Any]:
    """Below the one value that nearly all have, that value, and above it.

    At least ten rows have it, so that it is nobody's own. Rarer others are counted with it.
    """
    near = abs(usual) * len(values) * np.finfo(np.float64).eps
    edges = np.array([usual - near, np.nextafter(usual + near, math.inf)])
    below, same, above = (int(count) for count in _counts(values, edges))
    few = sum(count for count in (below, above) if count < FEW)
    kept = [count if count >= FEW else 0 for count in (below, above)]
    return {"edges": edges.tolist(), "counts": [kept[0], same + few, kept[1]]}


def _quantiles(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Of sorted values, linear between two of them as `numpy.quantile` has it."""
    places = shares * (len(values) - 1)
    first = places.astype(np.int64)
    below, above = values[first], values[np.minimum(first + 1, len(values) - 1)]
    # Weighted, not by their difference: that may be larger than any number.
    between = below * (1 - (places - first)) + above * (places - first)
    # Between two equal values there is none but them, whatever rounding says.
    quantiles: FloatArray = np.where(below == above, below, between)
    return quantiles


def _counts(values: FloatArray, edges: FloatArray) -> npt.NDArray[np.int64]:
    """Of sorted values, between the edges."""
    below = np.searchsorted(values, edges, side="left")
    return np.diff(below, prepend=0, append=len(values)).astype(np.int64)


def _rounded(edges: FloatArray, span: float) -> FloatArray:
    """To a hundredth of what they span: fine enough to compare, too coarse to be somebody's."""
    return np.unique(np.round(edges, 2 - math.floor(math.log10(span))))


def _crowded(edges: FloatArray, counts: npt.NDArray[np.int64]) -> FloatArray:
    """Without the edges that would make a bin of fewer than `FEW`."""
    kept, waiting = [], 0
    for edge, count in zip(edges, counts[:-1], strict=True):
        waiting += count
        if waiting >= FEW:
            kept.append(edge)
            waiting = 0
    if kept and waiting + counts[-1] < FEW:
        kept.pop()
    return np.array(kept)
