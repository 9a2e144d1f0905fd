"""Turns days and times into numbers that a model can learn from."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.core.errors import DataError

Part = Literal[
    "year",
    "month sine",
    "month cosine",
    "weekday sine",
    "weekday cosine",
    "hour sine",
    "hour cosine",
]
"""What is told of a moment: the year as a number; month, weekday and hour as places on a circle,
where December lies beside January."""

DATE_PARTS: tuple[Part, ...] = get_args(Part)[:5]
TIME_PARTS: tuple[Part, ...] = get_args(Part)

Numbers = NDArray[np.float64]


def part_of(column: pd.Series, part: Part) -> Numbers:
    """One part of every moment of a column; NaN where there is none.

    Args:
        column: dates, timestamps, or texts that begin with the year.

    Raises:
        DataError: it holds something else.
    """
    return _PARTS[part](moments(column))


def moments(column: pd.Series) -> pd.Series:
    """A column as moments in UTC.

    Raises:
        DataError: it holds something else than days or times.
    """
    try:
        if column.dtype.kind in "biufc":
            # A number would be read as nanoseconds since 1970.
            if column.notna().any():
                raise TypeError(column.dtype)
            return pd.Series(pd.NaT, index=column.index, dtype="datetime64[us, UTC]")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        raise DataError(
            f"The column {column.name} is of another type: it holds something else than days.",
            do="Give it days or times, year first; signature.json lists the columns.",
        ) from None


def _on_a_circle(
    of: Callable[[pd.Series], Numbers], length: int, wave: Callable[[Numbers], Numbers]
) -> Callable[[pd.Series], Numbers]:
    def place(when: pd.Series) -> Numbers:
        return wave(2 * np.pi * of(when) / length)

    return place


def _year(when: pd.Series) -> Numbers:
    return _floats(when.dt.year)


def _month(when: pd.Series) -> Numbers:
    return _floats(when.dt.month) - 1


def _weekday(when: pd.Series) -> Numbers:
    return _floats(when.dt.day_of_week)


def _hour(when: pd.Series) -> Numbers:
    return _floats(when.dt.hour)


def _floats(column: pd.Series) -> Numbers:
    values: Numbers = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    return values


_PARTS: dict[Part, Callable[[pd.Series], Numbers]] = {
    "year": _year,
    "month sine": _on_a_circle(_month, 12, np.sin),
    "month cosine": _on_a_circle(_month, 12, np.cos),
    "weekday sine": _on_a_circle(_weekday, 7, np.sin),
    "weekday cosine": _on_a_circle(_weekday, 7, np.cos),
    "hour sine": _on_a_circle(_hour, 24, np.sin),
    "hour cosine": _on_a_circle(_hour, 24, np.cos),
}
