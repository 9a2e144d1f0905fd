"""The night of a run is a day in UTC, also where a zone has days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.nights import nights_back
from airlock.engine.night import night_of

BERLIN = ZoneInfo("Europe/Berlin")


ONE_DAY = datetime(9999, 12, 31, tzinfo=UTC)


def night(
    *, named: str | None = None, partition: str | None = None, after: datetime = ONE_DAY
) -> str:
    run = SimpleNamespace(partition_key=partition, run_after=after)
    context: Any = {"params": {"night": named}, "dag_run": run}
    return night_of(context)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(
            datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN), "2026-03-28", id="an hour is lost"
        ),
        pytest.param(
            datetime(2026, 3, 30, 1, 30, tzinfo=BERLIN), "2026-03-28", id="still 23:30 UTC"
        ),
        pytest.param(
            datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0), "2026-10-24", id="the first 02:30"
        ),
        pytest.param(
            datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
            "2026-10-24",
            id="the second 02:30",
        ),
        pytest.param(
            datetime(2026, 10, 26, 0, 30, tzinfo=BERLIN), "2026-10-24", id="the day after"
        ),
        pytest.param(datetime(2026, 10, 26, 1, 30, tzinfo=BERLIN), "2026-10-25", id="of 25 hours"),
    ],
)
def test_a_run_without_a_night_is_about_the_last_whole_day_in_utc(after: datetime, expected: str):
    assert night(after=after) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-29", "2026-03-29"),
        ("2026-03-29T00:00:00", "2026-03-29"),
        ("2026-03-29T00:30:00+01:00", "2026-03-28"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_a_partition_may_be_named_by_a_day_or_a_time(written: str, expected: str):
    assert night(named=written) == night(partition=written) == expected


@pytest.mark.parametrize("written", ["2026-01-05 or so", "05.01.2026", "10000-01-01", "0000-01-01"])
def test_what_is_no_day_is_refused(written: str):
    with pytest.raises(SpecError, match="The parameter night is not a date"):
        night(named=written)


@pytest.mark.parametrize("how", ["named", "partition"])
@pytest.mark.parametrize("written", ["2026-01-08", "2026-01-08T00:00:00", "9999-12-31"])
def test_a_night_that_is_yet_to_come_is_refused(how: str, written: str):
    """Its champion would keep out every night before it."""
    with pytest.raises(SpecError, match=r"is yet to come: it is 2026-01-06 \(UTC\)"):
        night(**{how: written}, after=datetime(2026, 1, 6, 2, tzinfo=UTC))  # type: ignore[arg-type]  # two names


def test_where_it_is_tomorrow_already_that_is_a_night():
    assert night(named="2026-01-07", after=datetime(2026, 1, 6, 22, tzinfo=UTC)) == "2026-01-07"


@pytest.mark.parametrize("first", ["2026-03-27", "2026-10-23"])
def test_nights_follow_one_another_over_a_change_of_the_clock(first: str):
    nights = [nights_back(first, -days) for days in range(5)]
    waiting = Contract.model_validate({"columns": {"x": {"type": "date"}}, "lateness": "3h"})

    deadlines = [waiting.deadline(one) for one in nights]

    assert [nights_back(nights[-1], days) for days in range(5)] == nights[::-1]
    assert {after - before for before, after in pairwise(deadlines)} == {timedelta(days=1)}
