"""Who answers a key: the same one every night, and the challenger for good once it is its turn."""

from __future__ import annotations

import math

import pytest

from airlock.core.routing import place, routed

PLACE = 0.6422713359220253
KEYS = [f"{number:032x}" for number in range(20_000)]


def test_a_growing_share_never_takes_a_key_away():
    before = routed("churn", KEYS, 0.0)
    for share in (0.01, 0.05, 0.25, 0.5, 1.0):
        after = routed("churn", KEYS, share)

        assert not (before & ~after).any()
        before = after
    assert before.all()


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5])
def test_the_share_of_the_keys_is_the_share_that_was_asked_for(share: float):
    found = routed("churn", KEYS, share).sum()

    # Five standard deviations of a binomial; the keys are fixed, so this never changes.
    assert abs(found - share * len(KEYS)) < 5 * math.sqrt(len(KEYS) * share * (1 - share))


def test_two_models_try_on_different_people():
    one, other = (routed(model, KEYS, 0.05) for model in ("churn", "leads"))

    assert (one & other).sum() < 0.2 * one.sum()


def test_a_place_is_what_it_was_yesterday():
    # Written down, because another hash would move every key from one model to the other.
    assert place("churn", "a" * 32) == pytest.approx(PLACE, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, math.nan, -1.0])
def test_nobody_is_routed_by_a_share_that_is_none(share: float):
    assert not routed("churn", KEYS, share).any()
