"""Checks the cron line of a schedule, and says how Airflow names the runs that it starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from croniter import croniter

from airlock.core.nights import Every, containing
from airlock.core.problems import WrittenProblem

_FIELDS = 5
_LOOKED_AT = 40  # runs; more than a month of a daily schedule
SCHEDULES: dict[str, Every] = {
    "hourly": "hour",
    "nightly": "day",
    "weekly": "week",
    "monthly": "month",
}
"""How long the partitions of each schedule are."""

_USUAL: dict[str, str] = {
    "hourly": 'hourly("5 * * * *") is at minute 5 of every hour',
    "nightly": 'nightly("0 3 * * *") is every day at 03:00 UTC',
    "weekly": 'weekly("0 4 * * 1") is every Monday at 04:00 UTC',
    "monthly": 'monthly("0 5 1 * *") is the first of every month at 05:00 UTC',
}
# Of one run for each partition: the name of the one that the run before was in. Airflow reads no
# week without its day.
_KEYS: dict[Every, str] = {
    "hour": "%Y-%m-%dT%H",
    "day": "%Y-%m-%d",
    "week": "%G-W%V-%u",
    "month": "%Y-%m",
}
_MOMENT = "%Y-%m-%dT%H:%M"
UNTIL = r"(?:hour|day|week|month) until (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d)"
"""A run's name where runs are fewer than partitions: it is about the last before that moment."""


def keys_of(cron: str, every: Every) -> tuple[str, int]:
    """How the runs of a schedule are named, and by which run's time: 0 its own, -1 the one before.

    Args:
        cron: five fields, valid.
        every: how long a partition is.
    """
    if _pace(cron, every) == "each":
        return _KEYS[every], -1
    return f"{every} until {_MOMENT}", 0


def every_of(key_format: str) -> Every | None:
    """How long the partitions are that runs are named by so; None for names of another's."""
    for every, form in _KEYS.items():
        if key_format in {form, f"{every} until {_MOMENT}"}:
            return every
    return None


def check_schedule(cron: str, schedule: str) -> Iterator[WrittenProblem]:
    """What is wrong with a cron line; at most one problem.

    Args:
        cron: five fields.
        schedule: `hourly`, `nightly`, `weekly` or `monthly`.
    """
    at, every = ("schedule",), SCHEDULES[schedule]
    usual = f"Write five fields, minute and hour first: {_USUAL[schedule]}."
    if cron.strip().startswith("@"):
        what = f"{schedule}() takes a cron line, and {cron.strip()[:20]} is a word"
        yield WrittenProblem(what=what, do=usual, at=at)
        return
    if len(cron.split()) != _FIELDS or not croniter.is_valid(cron):
        yield WrittenProblem(what="the schedule is no cron line of five fields", do=usual, at=at)
        return
    if _pace(cron, every) == "more":
        finer = next((name for name, one in SCHEDULES.items() if _pace(cron, one) == "each"), None)
        yield WrittenProblem(
            what=f"the schedule runs more than once a {every}: several runs are about one {every}",
            do=f'Write {finer}("{cron}") if each run is about one of its own, or run less often.'
            if finer
            else f"{schedule}() is for one run a {every} or fewer: {_USUAL[schedule]}.",
            at=at,
            severity="warning",
        )


def _pace(cron: str, every: Every) -> str:
    """Whether a schedule runs once in `each` partition, `more` than once in some, or `less`."""
    runs = croniter(cron, datetime(2026, 1, 1, tzinfo=UTC))
    numbers = [containing(runs.get_next(datetime), every).number for _ in range(_LOOKED_AT)]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    if 0 in steps:
        return "more"
    return "each" if steps == {1} else "less"
