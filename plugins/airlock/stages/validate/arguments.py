"""Which expectations there are, what arguments each takes, and of which types of column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from airlock.core.contract import ColumnType

# Great Expectations' own names in snake case; `stage` turns them into classes. Expectations are
# data: a name that is not in this list is refused when the DAG is parsed.
ExpectationType = Literal[
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_match_regex",
    "expect_column_values_to_be_unique",
    "expect_column_value_lengths_to_be_between",
    "expect_column_value_lengths_to_equal",
    "expect_column_pair_values_a_to_be_greater_than_b",
    "expect_column_min_to_be_between",
    "expect_column_max_to_be_between",
    "expect_column_sum_to_be_between",
    "expect_column_mean_to_be_between",
    "expect_column_median_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_unique_value_count_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_compound_columns_to_be_unique",
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
]


@dataclass(frozen=True, slots=True)
class ArgumentShape:
    """Which arguments an expectation takes, and of columns of which types it can speak."""

    needs: frozenset[str]
    types: frozenset[ColumnType]
    by_row: bool = True
    bounded: bool = False
    may: frozenset[str] = frozenset()

    @property
    def takes(self) -> frozenset[str]:
        bounds = {"min_value", "max_value", "strict_min", "strict_max"} if self.bounded else set()
        return self.needs | self.may | bounds | ({"mostly"} if self.by_row else set())


_ANY: frozenset[ColumnType] = frozenset(
    {"string", "integer", "number", "boolean", "date", "timestamp"}
)
_TEXT: frozenset[ColumnType] = frozenset({"string"})
NUMBERS: frozenset[ColumnType] = frozenset({"integer", "number"})
_ORDERED: frozenset[ColumnType] = NUMBERS | {"date", "timestamp"}
_COLUMN = frozenset({"column"})
_OF_NUMBERS = ArgumentShape(_COLUMN, NUMBERS, by_row=False, bounded=True)
_OF_VALUES = ArgumentShape(_COLUMN, _ANY, by_row=False, bounded=True)

SHAPES: Mapping[ExpectationType, ArgumentShape] = {
    "expect_column_values_to_not_be_null": ArgumentShape(_COLUMN, _ANY),
    "expect_column_values_to_be_null": ArgumentShape(_COLUMN, _ANY),
    "expect_column_values_to_be_between": ArgumentShape(_COLUMN, _ORDERED, bounded=True),
    "expect_column_values_to_be_in_set": ArgumentShape(_COLUMN | {"value_set"}, _ANY),
    "expect_column_values_to_not_be_in_set": ArgumentShape(_COLUMN | {"value_set"}, _ANY),
    "expect_column_values_to_match_regex": ArgumentShape(_COLUMN | {"regex"}, _ANY),
    "expect_column_values_to_not_match_regex": ArgumentShape(_COLUMN | {"regex"}, _ANY),
    "expect_column_values_to_be_unique": ArgumentShape(_COLUMN, _ANY),
    "expect_column_value_lengths_to_be_between": ArgumentShape(_COLUMN, _TEXT, bounded=True),
    "expect_column_value_lengths_to_equal": ArgumentShape(_COLUMN | {"value"}, _TEXT),
    "expect_column_pair_values_a_to_be_greater_than_b": ArgumentShape(
        frozenset({"column_A", "column_B"}), _ORDERED, may=frozenset({"or_equal"})
    ),
    "expect_column_min_to_be_between": _OF_NUMBERS,
    "expect_column_max_to_be_between": _OF_NUMBERS,
    "expect_column_sum_to_be_between": _OF_NUMBERS,
    "expect_column_mean_to_be_between": _OF_NUMBERS,
    "expect_column_median_to_be_between": _OF_NUMBERS,
    "expect_column_stdev_to_be_between": _OF_NUMBERS,
    "expect_column_unique_value_count_to_be_between": _OF_VALUES,
    "expect_column_proportion_of_unique_values_to_be_between": _OF_VALUES,
    "expect_compound_columns_to_be_unique": ArgumentShape(frozenset({"column_list"}), _ANY),
    "expect_table_row_count_to_be_between": ArgumentShape(
        frozenset(), _ANY, by_row=False, bounded=True
    ),
    "expect_table_row_count_to_equal": ArgumentShape(frozenset({"value"}), _ANY, by_row=False),
}

# What YAML makes of a value, for each type of column that it is compared with.
_VALUES: Mapping[ColumnType, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "date": (date,),
    "timestamp": (datetime, date),
}


def fits(value: Any, kind: ColumnType) -> bool:
    """Whether a value of YAML can be compared with the cells of a column."""
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, datetime):
        return kind == "timestamp"
    return isinstance(value, _VALUES[kind])
