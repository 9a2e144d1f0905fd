"""Sets, patterns and uniqueness judge values of every type, and not texts alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from airlock.core.table import ARROW
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.suite import ExpectationOutcome, Judge

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
# Two values of each type, how the second reads as text, and what no such value contains.
TYPES: dict[str, tuple[Any, Any, str]] = {
    "string": ("a", "b", "^b$"),
    "integer": (7, 8, "^8$"),
    "number": (7.0, 8.0, "^8$"),
    "boolean": (False, True, "^true$"),
    "date": (date(2026, 1, 5), date(2026, 1, 6), "^2026-01-06$"),
    "timestamp": (MIDNIGHT, MIDNIGHT.replace(day=6, hour=10), "^2026-01-06 10:00:00$"),
}


def judged(kind: str, cells: list[Any], name: str, **arguments: Any) -> ExpectationOutcome:
    """The cells in two parts, as a large table comes."""
    one = {"type": name, "kwargs": {"column": "x", **arguments}}
    contract = {"columns": {"x": {"type": kind, "nullable": True}}}
    file = Expectations.model_validate({"contract": contract, "expectations": [one]})
    judge = Judge(dict(enumerate(file.expectations)))
    for part in (cells[:2], cells[2:]):
        judge.watch(pa.table({"x": pa.array(part, ARROW[kind])}))
    return judge.outcomes()[0]


@pytest.mark.parametrize("kind", TYPES)
class TestEveryType:
    def test_a_member_is_told_from_a_stranger(self, kind: str):
        first, second, _ = TYPES[kind]
        members = {"value_set": [first]}

        inside = judged(kind, [first, None, first], "expect_column_values_to_be_in_set", **members)
        outside = judged(
            kind, [first, None, second], "expect_column_values_to_be_in_set", **members
        )
        forbidden = judged(
            kind, [second, second, first], "expect_column_values_to_not_be_in_set", **members
        )

        assert (inside.told, inside.success) == (True, True)
        assert (outside.told, outside.success, outside.unexpected) == (True, False, 1)
        assert (forbidden.told, forbidden.success, forbidden.unexpected) == (True, False, 1)

    def test_a_pattern_is_looked_for_in_what_a_reader_sees(self, kind: str):
        first, second, pattern = TYPES[kind]

        found = judged(
            kind, [second, None, second], "expect_column_values_to_match_regex", regex=pattern
        )
        missed = judged(
            kind, [second, None, first], "expect_column_values_to_match_regex", regex=pattern
        )
        forbidden = judged(
            kind, [second, first, None], "expect_column_values_to_not_match_regex", regex=pattern
        )

        assert (found.told, found.success) == (True, True)
        assert (missed.told, missed.success, missed.unexpected) == (True, False, 1)
        assert (forbidden.told, forbidden.success, forbidden.unexpected) == (True, False, 1)

    def test_a_value_that_stands_twice_in_different_parts_is_no_key(self, kind: str):
        first, second, _ = TYPES[kind]

        unique = judged(kind, [first, None, second, None], "expect_column_values_to_be_unique")
        repeated = judged(kind, [first, second, first], "expect_column_values_to_be_unique")

        assert (unique.told, unique.success) == (True, True)
        assert (repeated.told, repeated.success, repeated.unexpected) == (True, False, 2)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        pytest.param("number", [0.0, 1.0, -0.0], id="zero and minus zero"),
        pytest.param("integer", [2**53, 0, 2**53 + 1], id="integers beyond a double"),
    ],
)
def test_numbers_are_unique_as_numbers(kind: str, cells: list[Any]):
    found = judged(kind, cells, "expect_column_values_to_be_unique")

    assert found.success is (kind == "integer")
    members = {"value_set": [cells[0]]}
    inside = judged(kind, cells[2:] * 3, "expect_column_values_to_be_in_set", **members)
    assert inside.success is (kind == "number")
