"""Counts tonight's column in the bins of the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import ColumnType
from airlock.distribution.divergence import Counts, Shares


@dataclass(slots=True)
class BinnedColumn:
    """One column of both tables, by the reference's bins.

    Args:
        rows: of the reference, `nulls` of them without a value.
        bins: the reference's rows, bin by bin; None where it tells no shape.
        edges: of a number's bins.
        categories: of a text's or a boolean's bins; the last bin holds all others.
        seen_rows: tonight's rows, `seen_nulls` of them without a value, `seen` bin by bin.
    """

    kind: ColumnType
    rows: int
    nulls: int
    bins: Counts | None
    edges: Shares | None = None
    categories: tuple[str, ...] | None = None
    seen_rows: int = 0
    seen_nulls: int = 0
    seen: Counts = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, told: Mapping[str, Any], rows: int) -> BinnedColumn:
        """One column of `histograms`.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        made = cls(kind=told["type"], rows=rows, nulls=told["nulls"], bins=None)
        if "edges" in told:
            made.edges = np.asarray(told["edges"], np.float64)
            made.bins = np.asarray(told["counts"], np.int64)
        elif "categories" in told:
            made.categories = tuple(told["categories"])
            made.bins = np.asarray([*told["categories"].values(), told["other"]], np.int64)
        made.seen = np.zeros_like(made.bins) if made.bins is not None else made.seen
        return made

    def watch(self, column: pa.ChunkedArray) -> None:
        """Count some of tonight's rows.

        Args:
            column: of the reference's type.
        """
        self.seen_rows += len(column)
        self.seen_nulls += column.null_count
        if self.bins is None:
            return
        there = column.drop_null()
        if self.edges is not None:
            values = there.to_numpy().astype(np.float64)
            places = np.searchsorted(self.edges, values, side="right")
        else:
            boolean = self.kind == "boolean"
            names = pc.if_else(there, "True", "False") if boolean else there.cast(pa.string())
            known = pa.array(self.categories, pa.string())
            found = pc.index_in(names, value_set=known)
            places = pc.fill_null(found, len(known)).to_numpy()
        self.seen += np.bincount(places, minlength=len(self.seen))
