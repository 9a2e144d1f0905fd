"""Measures how far two sets of counts in the same bins differ, and whether by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from airlock.core.errors import SettingsError
from airlock.distribution.divergence import Counts, shares
from airlock.hooks import registry

# Below this expected count the chi-squared distribution is a bad approximation (Cochran,
# Biometrics 10, 1954).
_EXPECTED = 5


def ks(reference: Counts, current: Counts) -> float:
    """Kolmogorov-Smirnov statistic of counts in the same ordered bins.

    Args:
        reference, current: rows in each of n bins, shape (n,), not all 0.

    Returns:
        From 0 to 1: the largest difference of the cumulated shares. What two tables differ by
        within a bin is not seen, so it is at most that of the values themselves.
    """
    return float(np.abs(np.cumsum(shares(reference)) - np.cumsum(shares(current))).max())


def measured(reference: Counts, current: Counts, *, ordered: bool) -> dict[str, float]:
    """Every statistic that is defined for a column, Airlock's own and those of extensions.

    Args:
        ordered: whether the bins have an order.

    Raises:
        SettingsError: an extension's is no number of at least 0: that is not "no drift".
    """
    found = {}
    for one in registry.drift_statistics().values():
        if one.ordered and not ordered:
            continue
        distance = float(registry.load(one.distance)(reference, current))
        if not 0 <= distance < np.inf:
            raise SettingsError(
                f"The drift statistic {one.name} gave no number of at least 0.",
                do="Correct the extension that adds it, or leave it out of the limits.",
            )
        found[one.name] = distance
    return found


def ks_chance(distance: float, reference: int, current: int) -> float:
    """The chance of a Kolmogorov-Smirnov distance as large without any difference.

    That of `scipy.stats.ks_2samp(method="asymp")`, whose sample size is the harmonic one. Ties and
    bins only make the true chance smaller.
    """
    size = reference * current / (reference + current)
    return float(np.clip(stats.kstwo.sf(distance, max(round(size), 1)), 0.0, 1.0))


def chi2_chance(reference: Counts, current: Counts) -> float:
    """The chance that two samples of one distribution fill the bins as differently.

    Pearson's test of homogeneity, without Yates' correction. Bins in which fewer than five rows of
    either table are expected are put together until five are, those with the fewest rows of both
    tables first: all of them as one would hide whatever happens among many small categories.
    """
    both = np.stack([reference, current]).astype(np.float64)
    expected = both.sum(axis=0) * both.sum(axis=1, keepdims=True).min() / both.sum()
    few = np.flatnonzero((expected < _EXPECTED) & (expected > 0))
    # By what does not tell the two tables apart: otherwise the test would choose its own result.
    ranked = few[np.argsort(both[:, few].sum(axis=0), kind="stable")]
    pooled = [both[:, some].sum(axis=1) for some in _gathered(ranked.tolist(), expected)]
    told = np.column_stack([both[:, expected >= _EXPECTED], *pooled])
    if told.shape[1] < 2:
        return 1.0
    return float(stats.chi2_contingency(told, correction=False).pvalue)


def _gathered(bins: list[int], expected: npt.NDArray[np.float64]) -> list[list[int]]:
    """Bins put together in their order until enough rows are expected; what is left joins them."""
    groups: list[list[int]] = []
    rows = float(_EXPECTED)
    for one in bins:
        if rows >= _EXPECTED:
            groups.append([])
            rows = 0.0
        groups[-1].append(one)
        rows += expected[one]
    if rows < _EXPECTED and len(groups) > 1:
        left = groups.pop()
        groups[-1] += left
    return groups


def corrected(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Chances of many columns, corrected so that a bound holds for all of them at once.

    Benjamini and Hochberg, JRSS B 57, 1995: reject what is at most q, and of what was rejected a
    share of at most q was so by chance; without any drift, that is the chance to reject at all.
    """
    found: npt.NDArray[np.float64] = stats.false_discovery_control(chances, method="bh")
    return found
