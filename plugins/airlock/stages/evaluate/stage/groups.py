"""Groups rows: slices by value or bin, and the groups of a protected column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing import numbers
from airlock.stages.evaluate.spec import EvaluateSpec

_NONE = "no value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some rows of the holdout, by position."""

    column: str
    value: str
    rows: NDArray[np.intp]


def slices(holdout: pd.DataFrame, spec: EvaluateSpec) -> Iterator[Group]:
    """The slices with enough rows to speak about, so that none of them is about a person."""
    for column in spec.slices:
        yield from by_value(holdout[column], spec)
    for column, edges in spec.bins.items():
        yield from _large(column, *_binned(holdout[column], edges), spec)


def by_value(column: pd.Series, spec: EvaluateSpec) -> list[Group]:
    """A group for every value with enough rows, and for "no value"."""
    codes, values = pd.factorize(column.astype(str).where(column.notna(), _NONE), sort=True)
    return _large(str(column.name), codes, [str(value) for value in values], spec)


def _binned(column: pd.Series, edges: Sequence[float]) -> tuple[NDArray[np.intp], list[str]]:
    values = numbers(column)
    codes = np.where(np.isnan(values), len(edges) + 1, np.digitize(values, edges))
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return codes, [f"below {edges[0]:g}", *between, f"{edges[-1]:g} and more", _NONE]


def _large(
    column: str, codes: NDArray[np.intp], values: Sequence[str], spec: EvaluateSpec
) -> list[Group]:
    found = [
        Group(column=column, value=value, rows=np.flatnonzero(codes == code))
        for code, value in enumerate(values)
    ]
    return [group for group in found if len(group.rows) >= spec.min_slice_rows]
