"""Replaces values by coarser ones: useful to learn from, too coarse to single a person out."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from airlock.core.errors import SpecError
from airlock.core.quoting import without_unseen
from airlock.stages.redact.spec import ColumnRedaction


def generaliser(name: str, column: ColumnRedaction, kind: pa.DataType) -> Callable[[Any], str]:
    """What turns one value of the column into its coarser text.

    Args:
        name: the column.
        column: with exactly one of `to`, `prefix` and `band`.
        kind: of its values.

    Raises:
        SpecError: values of this type have no such coarser form; what is returned raises it where a
            band would hold nothing but the value.
    """
    types = pa.types
    if column.to is not None and (types.is_date(kind) or types.is_timestamp(kind)):
        # strftime writes the year 1 as "1".
        if column.to == "year":
            return lambda value: f"{value.year:04}"
        return lambda value: f"{value.year:04}-{value.month:02}"
    if column.prefix is not None and types.is_string(kind):
        length = column.prefix
        return lambda value: _beginning(str(value), length)
    if column.band is not None and (types.is_integer(kind) or types.is_floating(kind)):
        return _Bands(name, column.band, kind)
    raise SpecError(
        f"{name} cannot be generalised so: its values are of the type {kind}.",
        do="Days and times become a month or a year (to), texts a prefix, numbers a band.",
    )


def _beginning(text: str, length: int) -> str:
    """The first characters; a text that would be shown whole is hidden whole."""
    seen = without_unseen(text)
    return seen[:length] if length < len(seen) else "*" * len(seen)


class _Bands:
    """The band of a number, by the decimals that a reader sees: 0.3 begins a band of 0.1."""

    def __init__(self, name: str, width: float, kind: pa.DataType) -> None:
        self._name = name
        self._width = Decimal(repr(width))
        self._type = kind.to_pandas_dtype()
        if pa.types.is_integer(kind):
            self._demand_several(1)

    def __call__(self, value: float) -> str:
        if not math.isfinite(value):
            return "none"
        # Its own type knows best how few decimals tell it apart.
        seen = str(self._type(value))
        if isinstance(value, float):
            self._demand_several(float(np.spacing(self._type(abs(value)))))
        low = Fraction(seen) // Fraction(self._width)
        return f"{self._edge(low)} to {self._edge(low + 1)}"

    def _demand_several(self, apart: float) -> None:
        """Refuse bands with room for one number, which would be the value itself."""
        if Fraction(self._width) < 2 * Fraction(apart):
            raise SpecError(
                f"{self._name} cannot be generalised to bands of {float(self._width):g}: "
                "some would hold one number only, and so be the value.",
                do="Choose a wider band, at least twice what the numbers are apart, or drop it.",
            )

    def _edge(self, number: int) -> str:
        _, digits, exponent = self._width.as_tuple()
        product = number * int("".join(map(str, digits)))
        # Read, not multiplied: decimals are rounded when one computes with them.
        text = format(Decimal(f"{product}E{exponent}"), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
