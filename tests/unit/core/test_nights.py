"""Partitions have one spelling each, an order and a length; no change of the clock counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from airlock.core.nights import (
    Every,
    containing,
    last_full,
    night_named,
    nights_back,
    nights_between,
)

MOMENT = datetime(2026, 1, 5, 13, 40, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("every", "name", "before"),
    [
        ("hour", "2026-01-05T13", "2026-01-05T12"),
        ("day", "2026-01-05", "2026-01-04"),
        ("week", "2026-W02", "2026-W01"),
        ("month", "2026-01", "2025-12"),
    ],
)
def test_a_moment_lies_in_one_partition_and_the_one_before_is_the_last_full(
    every: Every, name: str, before: str
):
    one = containing(MOMENT, every)

    assert one.name == name
    assert last_full(MOMENT, every).name == before
    assert one.begin <= MOMENT < one.end
    assert night_named(name) == one


@pytest.mark.parametrize("every", ["hour", "day", "week", "month"])
def test_partitions_follow_one_another_without_a_gap_and_their_names_sort_as_they_do(every: Every):
    nights = [last_full(MOMENT, every).back(-count) for count in range(400)]

    assert all(one.end == after.begin for one, after in pairwise(nights))
    assert [one.name for one in nights] == sorted(one.name for one in nights)
    assert [night_named(one.name) for one in nights] == nights


@pytest.mark.parametrize("every", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("month", [3, 10])
def test_every_moment_of_a_zone_with_two_times_lies_in_exactly_one(every: Every, month: int):
    first = datetime(2026, month, 24, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    moments = [first + timedelta(minutes=30 * step) for step in range(48 * 7)]

    found = [containing(one.astimezone(ZoneInfo("Europe/Berlin")), every) for one in moments]

    steps = {after.number - one.number for one, after in pairwise(found)}
    assert steps <= {0, 1}
    if every == "hour":
        assert len(set(found)) == 24 * 7


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("2026-W53", datetime(2027, 1, 4, tzinfo=UTC)),
        ("2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2026-12-31T23", datetime(2027, 1, 1, tzinfo=UTC)),
        ("9999-12-31", datetime.max.replace(tzinfo=UTC)),
        ("9999-12", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_partition_ends_where_the_next_one_begins_also_at_a_years_end(name: str, end: datetime):
    assert night_named(name).end == end


@pytest.mark.parametrize(
    "name",
    ["2025-W53", "2026-W00", "2026-13", "2026-02-30", "2026-01-05T24", "2026-1-5", "20260105", ""],
)
def test_what_names_no_partition_is_none(name: str):
    with pytest.raises(ValueError, match=r".+"):
        night_named(name)


def test_airflows_key_of_a_week_names_its_week():
    assert night_named("2026-W02-1").name == "2026-W02"


@pytest.mark.parametrize(
    ("earlier", "later", "count"),
    [
        ("2026-01-05", "2026-02-05", 31),
        ("2026-01-05T23", "2026-01-06T01", 2),
        ("2025-W52", "2026-W02", 2),
        ("2025-11", "2026-02", 3),
        # A pipeline that became an hourly one.
        ("2026-01-05", "2026-01-06T00", 24),
    ],
)
def test_distances_count_partitions(earlier: str, later: str, count: int):
    assert nights_between(earlier, later) == count


def test_there_is_none_before_the_first():
    assert nights_back("0001-01-05", 27) == "0001-01-01"
    assert nights_back("0001-W01", 1) == "0001-W01"
