"""A cron line says which partition each of its runs is about."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.timetables.trigger import CronPartitionTimetable

from airlock import hourly, monthly, nightly, weekly
from airlock.core.errors import SpecError
from airlock.core.schedule import every_of
from airlock.engine.night import night_of
from airlock.pipelines.warned import PipelineWarning


def timetable(schedule: Any) -> CronPartitionTimetable:
    """As the scheduler has it."""
    return CronPartitionTimetable(
        schedule.expression,
        timezone="UTC",
        run_offset=schedule.run_offset,
        key_format=schedule.key_format,
    )


def night(schedule: Any, at: datetime) -> str:
    """The night of the run that starts at a time."""
    _, key = timetable(schedule)._get_partition_info(_moment(at))
    return named(schedule, key)


def named(schedule: Any, key: str) -> str:
    context: Any = {
        "params": {},
        "dag_run": SimpleNamespace(partition_key=key, run_after=datetime(2027, 1, 1, tzinfo=UTC)),
        "dag": SimpleNamespace(timetable=schedule),
        "task": SimpleNamespace(every=None),
    }
    return night_of(context)


def _moment(at: datetime) -> Any:
    import pendulum

    return pendulum.instance(at)


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        (hourly("5 * * * *"), datetime(2026, 1, 5, 14, 5, tzinfo=UTC), "2026-01-05T13"),
        (nightly("0 2 * * *"), datetime(2026, 1, 5, 2, 0, tzinfo=UTC), "2026-01-04"),
        (weekly("0 4 * * 1"), datetime(2026, 1, 12, 4, 0, tzinfo=UTC), "2026-W02"),
        (weekly("0 4 * * 3"), datetime(2026, 1, 14, 4, 0, tzinfo=UTC), "2026-W02"),
        (monthly("0 5 1 * *"), datetime(2026, 3, 1, 5, 0, tzinfo=UTC), "2026-02"),
        (monthly("0 5 15 * *"), datetime(2026, 1, 15, 5, 0, tzinfo=UTC), "2025-12"),
        # Fewer runs than days: the last full one, and not that of the run before.
        (nightly("0 4 * * 1"), datetime(2026, 1, 12, 4, 0, tzinfo=UTC), "2026-01-11"),
        (nightly("0 4 1 * *"), datetime(2026, 3, 1, 4, 0, tzinfo=UTC), "2026-02-28"),
        (hourly("0 6 * * *"), datetime(2026, 1, 5, 6, 0, tzinfo=UTC), "2026-01-05T05"),
    ],
)
def test_a_run_is_about_the_partition_that_has_just_ended(
    schedule: Any, at: datetime, expected: str
):
    assert night(schedule, at) == expected


def test_a_day_keeps_the_key_that_it_had():
    schedule = nightly("0 2 * * *")

    assert (schedule.key_format, schedule.run_offset) == ("%Y-%m-%d", -1)


@pytest.mark.parametrize(
    ("schedule", "first", "last", "count"),
    [
        (hourly("5 * * * *"), "2026-03-29", "2026-03-30T23:59", 48),
        (hourly("5 * * * *"), "2026-10-25", "2026-10-26T23:59", 48),
        (nightly("0 2 * * *"), "2026-03-27", "2026-04-02T23:59", 7),
        (weekly("0 4 * * 1"), "2026-01-01", "2026-12-31", 52),
        (monthly("0 5 1 * *"), "2026-01-01", "2026-12-31", 12),
    ],
)
def test_a_backfill_makes_each_partition_once_also_over_a_change_of_the_clock(
    schedule: Any, first: str, last: str, count: int
):
    runs = timetable(schedule).iter_partition_dagrun_infos(
        earliest=datetime.fromisoformat(f"{first}T00:00+00:00"),
        latest=datetime.fromisoformat(f"{last if 'T' in last else f'{last}T00:00'}+00:00"),
    )

    nights = [named(schedule, str(one.partition_key)) for one in runs]

    assert len(nights) == len(set(nights)) == count
    assert nights == sorted(nights)


@pytest.mark.parametrize(
    "schedule",
    [hourly("5 * * * *"), nightly("0 4 * * 1"), weekly("0 4 * * 1"), monthly("0 5 1 * *")],
)
def test_airflow_reads_the_keys_that_it_writes(schedule: Any):
    own = timetable(schedule)
    _, key = own._get_partition_info(_moment(datetime(2026, 6, 1, 4, 5, tzinfo=UTC)))

    assert own._format_key(_moment(own._decode_partition_date(key))) == key
    assert every_of(schedule.key_format) is not None


@pytest.mark.parametrize(("make", "cron"), [(nightly, "0 */6 * * *"), (weekly, "0 2 * * *")])
def test_several_runs_about_one_partition_are_a_warning(make: Any, cron: str):
    with pytest.warns(PipelineWarning, match="several runs are about one"):
        make(cron)


def test_what_fits_is_named():
    with pytest.warns(PipelineWarning, match=r'Write hourly\("0 \* \* \* \*"\)'):
        nightly("0 * * * *")


@pytest.mark.parametrize("make", [hourly, nightly, weekly, monthly])
@pytest.mark.parametrize("cron", ["@daily", "0 3 * *", "every night"])
def test_what_is_no_cron_line_is_refused(make: Any, cron: str):
    with pytest.raises(SpecError, match="cron line"):
        make(cron)
