"""Every figure equals the one that scipy and numpy compute from the values themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from airlock.distribution.divergence import js, psi
from airlock.stages.drift.stage.statistics import chi2_chance, corrected, ks, ks_chance

CHANCE = np.random.default_rng(0)
REFERENCE = CHANCE.integers(0, 12, 900)
CURRENT = np.minimum(CHANCE.integers(0, 13, 400), 11)


def counts(values: np.ndarray) -> np.ndarray:
    return np.bincount(values, minlength=12)


def test_the_index_is_the_sum_of_differences_times_log_ratios():
    p = (counts(REFERENCE) + 0.5) / (900 + 6)
    q = (counts(CURRENT) + 0.5) / (400 + 6)

    expected = stats.entropy(p, q) + stats.entropy(q, p)

    assert psi(counts(REFERENCE), counts(CURRENT)) == pytest.approx(expected, rel=1e-12)


def test_the_divergence_is_the_square_of_scipys_distance():
    expected = jensenshannon(counts(REFERENCE), counts(CURRENT), base=2) ** 2

    assert js(counts(REFERENCE), counts(CURRENT)) == pytest.approx(expected, rel=1e-9)


def test_the_distance_of_counts_is_that_of_the_values():
    distance = ks(counts(REFERENCE), counts(CURRENT))
    expected = stats.ks_2samp(REFERENCE, CURRENT, method="asymp")

    assert distance == pytest.approx(expected.statistic, rel=1e-12)
    assert ks_chance(distance, 900, 400) == pytest.approx(expected.pvalue, rel=1e-9)


def test_the_chance_of_categories_is_pearsons():
    expected = stats.chi2_contingency([counts(REFERENCE), counts(CURRENT)], correction=False)

    found = chi2_chance(counts(REFERENCE), counts(CURRENT))

    assert found == pytest.approx(expected.pvalue, rel=1e-12)


def test_a_few_rows_in_rare_categories_are_tested_together():
    reference, current = np.array([900, 90, 2, 1, 1, 1]), np.array([900, 90, 0, 2, 2, 1])

    expected = stats.chi2_contingency([[900, 90, 5], [900, 90, 5]], correction=False)

    assert chi2_chance(reference, current) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize(
    ("reference", "current", "together"),
    [
        pytest.param(
            [900, 6, 6, 6], [900, 2, 3, 4], [[900, 18], [900, 9]], id="one group is before it"
        ),
        pytest.param(
            [900, 5, 5, 6, 6, 6],
            [900, 1, 2, 2, 3, 4],
            [[900, 10, 18], [900, 3, 9]],
            id="two groups are before it",
        ),
    ],
)
def test_what_is_too_rare_for_a_group_of_its_own_joins_the_one_before(reference, current, together):
    expected = stats.chi2_contingency(together, correction=False)

    found = chi2_chance(np.array(reference), np.array(current))

    assert found == pytest.approx(expected.pvalue)


def test_many_small_categories_cannot_hide_that_all_are_others_now():
    """Each expects fewer than five rows; all as one would be the same share in both tables."""
    reference = np.array([10] * 200 + [0] * 200)
    current = np.array([0] * 200 + [2] * 200)

    assert chi2_chance(reference, current) < 1e-12


def test_small_categories_that_stay_are_no_difference():
    assert chi2_chance(np.array([10] * 200), np.array([2] * 200)) > 0.99


def test_one_category_in_both_is_no_difference():
    assert chi2_chance(np.array([500, 0]), np.array([400, 0])) == 1.0


def test_many_columns_are_corrected_together():
    chances = np.array([0.001, 0.04, 0.03, 0.5])

    # p(k) * m / k, made monotone from the largest down.
    assert corrected(chances) == pytest.approx([0.004, 0.16 / 3, 0.16 / 3, 0.5])


def test_without_a_difference_chance_finds_one_no_more_often_than_allowed():
    chance = np.random.default_rng(1)
    # Half of them with many categories of a few rows each.
    shares = [*chance.dirichlet(np.ones(10), 3), *chance.dirichlet(np.ones(300), 3)]
    found = 0
    for _ in range(120):
        was = [chance.multinomial(5000, share) for share in shares]
        now = [chance.multinomial(600, share) for share in shares]
        tested = [ks_chance(ks(a, b), 5000, 600) for a, b in zip(was, now, strict=True)]
        tested += [chi2_chance(a, b) for a, b in zip(was, now, strict=True)]
        found += bool(corrected(np.array(tested)).min() <= 0.05)

    # 6 are expected; more than 14 of 120 would come by chance once in a thousand times.
    assert found <= 14
