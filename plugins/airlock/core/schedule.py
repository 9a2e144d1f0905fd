"""Checks the cron line of a nightly schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from croniter import croniter

from airlock.core.problems import WrittenProblem

_FIELDS = 5
_LOOKED_AT = 15  # runs; two weeks of a daily schedule
_DAY = timedelta(days=1)
_USUAL = 'Write five fields, minute and hour first: nightly("0 3 * * *") is every day at 03:00 UTC.'


def check_nightly(cron: str) -> Iterator[WrittenProblem]:
    """What is wrong with the cron line of `nightly(...)`; at most one problem.

    Args:
        cron: five fields.
    """
    at = ("schedule",)
    if cron.strip().startswith("@"):
        what = f"nightly() takes a cron line, and {cron.strip()[:20]} is a word"
        yield WrittenProblem(what=what, do=_USUAL, at=at)
        return
    if len(cron.split()) != _FIELDS or not croniter.is_valid(cron):
        yield WrittenProblem(what="the schedule is no cron line of five fields", do=_USUAL, at=at)
        return
    runs = croniter(cron, datetime(2026, 1, 1, tzinfo=UTC))
    times = [runs.get_next(datetime) for _ in range(_LOOKED_AT)]
    if any(later - earlier != _DAY for earlier, later in pairwise(times)):
        yield WrittenProblem(
            what="the schedule does not run once a day: the night of a run is then the day of the "
            "run before it, and not the day before",
            do='nightly() is for one run a day, such as "0 3 * * *".',
            at=at,
            severity="warning",
        )
