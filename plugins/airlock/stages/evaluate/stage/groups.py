"""Groups rows: slices by value or bin, and the groups of a protected column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing import numbers
from airlock.distribution.histograms import FEW
from airlock.stages.evaluate.record import Unjudged, pair_name
from airlock.stages.evaluate.spec import EvaluateSpec

_NAMED = 20
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
        yield from by_value(holdout[column], spec.min_slice_rows)
    for column, edges in spec.bins.items():
        yield from _large(column, *_binned(holdout[column], edges), spec.min_slice_rows)


def guarded(holdout: pd.DataFrame, spec: EvaluateSpec) -> dict[str, list[Group]]:
    """The groups of each protected column, and of each pair of columns, with enough rows."""
    found = {name: by_value(holdout[name], spec.group_rows) for name in spec.protected}
    for pair in spec.pairs:
        together = _together(holdout, pair)
        found[str(together.name)] = by_value(together, spec.group_rows)
    return found


def _together(holdout: pd.DataFrame, pair: tuple[str, str]) -> pd.Series:
    """Both values of each row as one text."""
    left, right = (
        holdout[name].astype(str).where(holdout[name].notna(), _NONE).astype(object)
        for name in pair
    )
    return (left + ", " + right).rename(pair_name(pair))


def by_value(column: pd.Series, least: int) -> list[Group]:
    """A group for every value with enough rows, and for "no value"."""
    return _large(str(column.name), *_by_value(column), least)


def _by_value(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    codes, values = pd.factorize(column.astype(str).where(column.notna(), _NONE), sort=True)
    return codes, [str(value) for value in values]


def _binned(column: pd.Series, edges: Sequence[float]) -> tuple[NDArray[np.intp], list[str]]:
    values = numbers(column)
    codes = np.where(np.isnan(values), len(edges) + 1, np.digitize(values, edges))
    between = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return codes, [f"below {edges[0]:g}", *between, f"{edges[-1]:g} and more", _NONE]


def _large(column: str, codes: NDArray[np.intp], values: Sequence[str], least: int) -> list[Group]:
    # One pass for all: a column may have as many values as rows.
    sizes = np.bincount(codes, minlength=len(values))
    return [
        Group(column=column, value=values[code], rows=np.flatnonzero(codes == code))
        for code in np.flatnonzero(sizes >= least).tolist()
    ]


def unjudged(holdout: pd.DataFrame, spec: EvaluateSpec) -> tuple[Unjudged, ...]:
    """What is too small to speak about, column by column: absence of evidence is told."""
    # Of a column that is both, what either leaves out.
    least = dict.fromkeys(spec.protected, spec.group_rows)
    for name in spec.slices:
        least[name] = max(spec.min_slice_rows, least.get(name, 0))
    ordered = dict.fromkeys((*spec.slices, *spec.protected))
    found = [_small(name, *_by_value(holdout[name]), least[name]) for name in ordered]
    for pair in spec.pairs:
        together = _together(holdout, pair)
        found.append(_small(str(together.name), *_by_value(together), spec.group_rows))
    for column, edges in spec.bins.items():
        found.append(_small(column, *_binned(holdout[column], edges), spec.min_slice_rows))
    return tuple(found)


def _small(column: str, codes: NDArray[np.intp], values: Sequence[str], least: int) -> Unjudged:
    sizes = np.bincount(codes, minlength=len(values))
    small = [int(code) for code in np.flatnonzero((sizes > 0) & (sizes < least))]
    ranked = sorted(small, key=lambda code: (-sizes[code], values[code]))
    named = {values[code]: int(sizes[code]) for code in ranked[:_NAMED] if sizes[code] >= FEW}
    return Unjudged(
        column=column, named=named, groups=len(small), rows=int(sum(sizes[code] for code in small))
    )
