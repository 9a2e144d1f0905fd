"""Partitions by their names: hours, days, weeks and months in UTC, in order, with a length.

A run is about one partition, and people call it its night, since most are of a day. Each kind has
one spelling, which names the folder, the key and the record:

    2026-01-05      a day
    2026-01-05T13   an hour, from 13:00 to 14:00
    2026-W02        a week, from Monday to Sunday (ISO 8601)
    2026-01         a month

In UTC every day has 24 hours: a change of the clock neither doubles nor loses one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Every = Literal["hour", "day", "week", "month"]
"""How long a partition is."""

_NAMES: dict[Every, re.Pattern[str]] = {
    "hour": re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)"),
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    # The day of the week stands in Airflow's key of a run alone: it reads no week without one.
    "week": re.compile(r"\d{4}-W\d\d(-[1-7])?"),
    "month": re.compile(r"\d{4}-\d\d"),
}
_FIRST_WEEK = date(1, 1, 1).toordinal()  # a Monday


@dataclass(frozen=True, slots=True, order=True)
class Night:
    """One partition.

    Args:
        every: how long it is.
        number: which one, counted from the first that there is.
    """

    every: Every
    number: int

    @property
    def name(self) -> str:
        """Its one spelling."""
        begin = self.begin
        if self.every == "hour":
            return f"{begin.date().isoformat()}T{begin.hour:02d}"
        if self.every == "week":
            year, week, _ = begin.isocalendar()
            return f"{year:04d}-W{week:02d}"
        return begin.date().isoformat()[: 7 if self.every == "month" else 10]

    @property
    def begin(self) -> datetime:
        """Its first moment, UTC."""
        if self.every == "hour":
            day, hour = divmod(self.number, 24)
            return datetime.combine(date.fromordinal(day), time(hour), UTC)
        if self.every == "month":
            year, month = divmod(self.number, 12)
            return datetime(year, month + 1, 1, tzinfo=UTC)
        first = self.number if self.every == "day" else _FIRST_WEEK + 7 * self.number
        return datetime.combine(date.fromordinal(first), time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC; behind the last one there is none but the last moment."""
        try:
            return Night(self.every, self.number + 1).begin
        except (ValueError, OverflowError):
            return datetime.max.replace(tzinfo=UTC)

    @property
    def last(self) -> datetime:
        """Its last moment, UTC, to the microsecond."""
        try:
            return Night(self.every, self.number + 1).begin - timedelta(microseconds=1)
        except (ValueError, OverflowError):
            return datetime.max.replace(tzinfo=UTC)

    def back(self, count: int) -> Night:
        """The one so many before, or the first there is."""
        return Night(self.every, max(self.number - count, _first(self.every)))

    def has_before(self, count: int) -> bool:
        """Whether there are so many before it."""
        return self.number - count >= _first(self.every)


def _first(every: Every) -> int:
    return containing(datetime(1, 1, 1, tzinfo=UTC), every).number


def containing(moment: datetime, every: Every) -> Night:
    """The partition that a moment lies in.

    Args:
        moment: with a zone.
    """
    moment = moment.astimezone(UTC)
    if every == "hour":
        return Night(every, moment.toordinal() * 24 + moment.hour)
    if every == "week":
        return Night(every, (moment.toordinal() - _FIRST_WEEK) // 7)
    if every == "month":
        return Night(every, moment.year * 12 + moment.month - 1)
    return Night(every, moment.toordinal())


def last_full(moment: datetime, every: Every) -> Night:
    """The last partition that is over at a moment."""
    return containing(moment, every).back(1)


def night_named(name: str) -> Night:
    """The partition of a name.

    Raises:
        ValueError: it is no partition's.
    """
    for every, form in _NAMES.items():
        if (found := form.fullmatch(name)) is None:
            continue
        if every == "hour":
            day, hour = found.groups()
            return containing(
                datetime.combine(date.fromisoformat(day), time(int(hour)), UTC), every
            )
        text = name if every == "day" else f"{name[:7]}-01" if every == "month" else name[:8]
        return containing(datetime.combine(date.fromisoformat(text), time(), UTC), every)
    raise ValueError("no name of an hour, a day, a week or a month")


def nights_back(night: str, count: int) -> str:
    """The partition so many before one, or the first there is.

    Args:
        night: its name.
        count: 0 or more; negative for those after it.
    """
    return night_named(night).back(count).name


def nights_between(earlier: str, later: str) -> int:
    """How many partitions lie from one to another; negative if the first is the later one.

    Of two kinds, as of a pipeline whose rhythm was changed, counts are of the later one's length.
    """
    first, second = night_named(earlier), night_named(later)
    if first.every != second.every:
        first = containing(first.begin, second.every)
    return second.number - first.number


def by_time(night: str) -> tuple[datetime, datetime]:
    """What nights are sorted by: when they end and begin. Of one rhythm names sort alike."""
    one = night_named(night)
    return one.end, one.begin
