"""Spreads settings evenly over a space, without looking at what came out.

Setting n is the n-th point of an additive recurrence (Roberts, 2018): each new point falls into
the largest gap that those before left, however many there will be. It depends on seed and number
alone, so a longer search begins with all trials of a shorter one.
"""

from __future__ import annotations

from collections.abc import Mapping

from airlock.core.content import sha256
from airlock.core.search import Plain, SearchSpec


def spread_evenly(search: SearchSpec, number: int) -> Mapping[str, Plain]:
    """The settings of one trial; number 0 is the TrainSpec as it stands."""
    if number == 0:
        return {}
    names = sorted(search.space)
    steps = _steps(len(names))
    return {
        name: search.space[name].at((_offset(search.seed, name) + number * step) % 1.0)
        for name, step in zip(names, steps, strict=True)
    }


def _steps(dimensions: int) -> list[float]:
    """Irrational steps, a dimension each, by powers of the generalised golden ratio."""
    ratio = 2.0
    for _ in range(64):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    return [ratio ** -(at + 1) for at in range(dimensions)]


def _offset(seed: int, name: str) -> float:
    # By the name: a hyperparameter more leaves another order, and no two begin alike.
    return int(sha256(f"{seed}:{name}".encode())[:13], 16) / 16**13
