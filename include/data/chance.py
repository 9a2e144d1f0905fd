"""Seeded random numbers: a customer gets the same ones every night."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """One independent stream of draws for each name, one draw for each customer in it.

    A stream is read from its beginning, so customer 17 draws the same value however many customers
    come after. With `night` the stream belongs to that night; without it, to the customer's life.

    Attributes:
        seed: any integer >= 0.
        customers: how many draws each call returns; all arrays have shape (customers,).
    """

    seed: int
    customers: int

    def uniform(self, name: str, night: date | None = None) -> FloatArray:
        """Draw from [0, 1)."""
        return self._stream(name, night).random(self.customers)

    def normal(self, name: str, night: date | None = None) -> FloatArray:
        """Draw from the standard normal distribution."""
        return self._stream(name, night).standard_normal(self.customers)

    def pick(self, name: str, count: int, night: date | None = None) -> IntArray:
        """Draw from 0 .. count - 1, all equally likely."""
        return (self.uniform(name, night) * count).astype(np.int64)

    def _stream(self, name: str, night: date | None) -> np.random.Generator:
        own = [self.seed, zlib.crc32(name.encode())]
        return np.random.default_rng(own if night is None else [*own, night.toordinal()])
