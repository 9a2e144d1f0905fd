"""Replaces values by coarser ones: useful to learn from, too coarse to single a person out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from airlock.core.errors import SpecError
from airlock.stages.redact.spec import ColumnRedaction

_FORMATS = {"month": "%Y-%m", "year": "%Y"}


def generaliser(name: str, column: ColumnRedaction, kind: pa.DataType) -> Callable[[Any], str]:
    """What turns one value of the column into its coarser text.

    Args:
        name: the column.
        column: with exactly one of `to`, `prefix` and `band`.
        kind: of its values.

    Raises:
        SpecError: values of this type have no such coarser form.
    """
    types = pa.types
    if column.to is not None and (types.is_date(kind) or types.is_timestamp(kind)):
        form = _FORMATS[column.to]
        return lambda value: str(value.strftime(form))
    if column.prefix is not None and types.is_string(kind):
        length = column.prefix
        return lambda value: str(value)[:length]
    if column.band is not None and (types.is_integer(kind) or types.is_floating(kind)):
        width = column.band
        return lambda value: _band(value, width)
    raise SpecError(
        f"{name} cannot be generalised so: its values are of the type {kind}.",
        do="Days and times become a month or a year (to), texts a prefix, numbers a band.",
    )


def _band(value: float, width: float) -> str:
    if not math.isfinite(value):
        return "none"
    low = math.floor(value / width)
    return f"{_number(low * width)} to {_number((low + 1) * width)}"


def _number(value: float) -> str:
    rounded = round(value, 9)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
