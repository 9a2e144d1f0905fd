"""Words an expectation as a sentence, from the file alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.stages.validate.arguments import ExpectationType
from airlock.stages.validate.spec import Expectation

_WORDS: Mapping[ExpectationType, str] = {
    "expect_column_values_to_not_be_null": "{column} has a value",
    "expect_column_values_to_be_null": "{column} has no value",
    "expect_column_values_to_be_between": "{column} is {bounds}",
    "expect_column_values_to_be_in_set": "{column} is one of {members}",
    "expect_column_values_to_not_be_in_set": "{column} is none of {members}",
    "expect_column_values_to_match_regex": "{column} matches {regex}",
    "expect_column_values_to_not_match_regex": "{column} does not match {regex}",
    "expect_column_values_to_be_unique": "{column} is unique",
    "expect_column_value_lengths_to_be_between": "the length of {column} is {bounds}",
    "expect_column_value_lengths_to_equal": "the length of {column} is {value}",
    "expect_column_pair_values_a_to_be_greater_than_b": "{first} is {above} {second}",
    "expect_column_min_to_be_between": "the smallest {column} is {bounds}",
    "expect_column_max_to_be_between": "the largest {column} is {bounds}",
    "expect_column_median_to_be_between": "the median of {column} is {bounds}",
    "expect_column_stdev_to_be_between": "the standard deviation of {column} is {bounds}",
    "expect_column_unique_value_count_to_be_between": (
        "the number of distinct values of {column} is {bounds}"
    ),
    "expect_column_sum_to_be_between": "the sum of {column} is {bounds}",
    "expect_column_mean_to_be_between": "the mean of {column} is {bounds}",
    "expect_column_proportion_of_unique_values_to_be_between": (
        "the share of distinct values of {column} is {bounds}"
    ),
    "expect_compound_columns_to_be_unique": "{columns} together are unique",
    "expect_table_row_count_to_be_between": "the number of rows is {bounds}",
    "expect_table_row_count_to_equal": "the number of rows is {value}",
}


def sentence(expectation: Expectation) -> str:
    """Say what is expected, without a full stop."""
    given = expectation.kwargs
    said = _WORDS[expectation.type].format(
        column=given.get("column"),
        columns=", ".join(given.get("column_list", ())),
        first=given.get("column_A"),
        second=given.get("column_B"),
        above="at least" if given.get("or_equal") else "above",
        regex=given.get("regex"),
        value=given.get("value"),
        members=", ".join(map(str, given.get("value_set", ()))),
        bounds=_bounds(given),
    )
    mostly = f" in at least {given['mostly']:.4g} of the rows" if "mostly" in given else ""
    return said + mostly


def _bounds(given: Mapping[str, Any]) -> str:
    low, high = given.get("min_value"), given.get("max_value")
    if not given.get("strict_min") and not given.get("strict_max"):
        if low is not None and high is not None:
            return f"between {low} and {high}"
        return f"at least {low}" if high is None else f"at most {high}"
    above = "above" if given.get("strict_min") else "at least"
    below = "below" if given.get("strict_max") else "at most"
    said = [f"{above} {low}"] * (low is not None) + [f"{below} {high}"] * (high is not None)
    return " and ".join(said)
