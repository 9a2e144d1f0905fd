"""Measures how far two sets of counts differ, and how far they would differ by chance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

# What chance alone exceeds in one comparison of a thousand.
_RARE = 3.09


def psi(reference: Counts, current: Counts) -> float:
    """Population stability index of counts in the same bins.

    Half a row is added to every bin, so that an empty one has a logarithm (the prior of Jeffreys,
    Theory of Probability, 1961; Krichevsky and Trofimov, 1981).

    Args:
        reference: rows in each of n bins, shape (n,).
        current: rows in each of the same bins, shape (n,).

    Returns:
        At least 0, in nats, the same both ways; by custom < 0.1 stable, > 0.25 shifted (Siddiqi,
        Credit Risk Scorecards, 2006).
    """
    p, q = shares(reference + 0.5), shares(current + 0.5)
    return float(np.sum((q - p) * np.log(q / p)))


def js(reference: Counts, current: Counts) -> float:
    """Jensen-Shannon divergence of counts in the same bins (Lin, IEEE Trans. Inf. Theory 37, 1991).

    Args:
        reference: rows in each of n bins, shape (n,), not all 0.
        current: rows in each of the same bins, shape (n,), not all 0.

    Returns:
        From 0 (equal shares) to 1 (no bin in common), in bits, the same both ways.
    """
    p, q = shares(reference), shares(current)
    middle = (p + q) / 2
    # Rounding can leave a tiny negative number.
    return min(max((_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2, 0.0), 1.0)


def chance_of_psi(reference: Counts, current: Counts) -> float:
    """The index that two samples of one distribution rarely exceed.

    Without a shift the index divided by (1/n + 1/m) follows chi-squared with one degree of freedom
    less than bins (Yurdakul and Naranjo, Journal of Risk Model Validation 14, 2020); its quantile
    by Wilson and Hilferty, PNAS 17, 1931.
    """
    free = len(reference) - 1
    if not free:
        return 0.0
    spread = 2 / (9 * free)
    quantile = free * (1 - spread + _RARE * math.sqrt(spread)) ** 3
    return float(quantile * (1 / reference.sum() + 1 / current.sum()))


def chance_of_share(was: float, now: float, rows: int, seen: int) -> float:
    """The difference that the shares of two samples rarely exceed (two-proportion z-test)."""
    if not rows or not seen:
        return 0.0
    pooled = (was * rows + now * seen) / (rows + seen)
    return _RARE * math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / seen))


def shares(counts: npt.NDArray[Any]) -> Shares:
    """Counts as parts of their sum, which must not be 0."""
    parts: Shares = counts / counts.sum()
    return parts


def _relative_entropy(p: Shares, q: Shares) -> float:
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / q[there])))
