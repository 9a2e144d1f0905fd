"""Finds the night (partition) that a run is about."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airlock.core.errors import SpecError
from airlock.core.nights import Every, Night, containing, last_full, night_named
from airlock.core.schedule import UNTIL, every_of

if TYPE_CHECKING:
    from airflow.sdk import Context

_EXAMPLES: dict[Every, str] = {
    "hour": "2026-01-05T13",
    "day": "2026-01-05",
    "week": "2026-W02",
    "month": "2026-01",
}
_AHEAD = timedelta(days=1)
# Longest first: a name of a finer kind tells a coarser one, and not the other way round.
_FINER: dict[Every, frozenset[Every]] = {
    "hour": frozenset({"hour"}),
    "day": frozenset({"hour", "day"}),
    "week": frozenset({"hour", "day", "week"}),
    "month": frozenset({"hour", "day", "month"}),
}


def night_of(context: Context) -> str:
    """The name of the night that a run is about.

    The run's `night` parameter, else its partition, else the last one that is over when it may run.

    Raises:
        SpecError: what names it names no night of this pipeline's length, or one to come.
    """
    every = rhythm_of(context)
    named = context["params"].get("night") or context["dag_run"].partition_key
    # In UTC, where every day has 24 hours: 01:30 in Berlin is a time of the day before.
    after = context["dag_run"].run_after.astimezone(UTC)
    if not named:
        return last_full(after, every).name
    night = _named(str(named), every)
    # Somewhere it is tomorrow already.
    if night.begin - after > _AHEAD:
        raise SpecError(
            f"The night {night.name} is yet to come: it is {after.date().isoformat()} (UTC).",
            do="Name one that is over. A champion of a night to come would keep out the data of "
            "every night before it.",
        )
    return night.name


def rhythm_of(context: Context) -> Every:
    """How long the nights of a pipeline are: as its operators say, or else as its schedule does."""
    said: Every | None = getattr(context.get("task"), "every", None)
    return said or scheduled(context.get("dag")) or "day"


def scheduled(dag: Any) -> Every | None:
    """How long the partitions of a DAG's schedule are; None for another schedule."""
    form = getattr(getattr(dag, "timetable", None), "key_format", None)
    return every_of(form) if isinstance(form, str) else None


def _named(text: str, every: Every) -> Night:
    """The night of a name, or that a moment lies in: partitions may be named by either.

    Raises:
        SpecError: it is neither, or names something longer.
    """
    if (until := re.fullmatch(UNTIL, text)) is not None:
        return last_full(datetime.fromisoformat(until["moment"]).replace(tzinfo=UTC), every)
    with suppress(ValueError):
        one = night_named(text)
        if one.every not in _FINER[every]:
            raise SpecError(
                f"The night {text} is a whole {one.every}, and this pipeline works by the {every}.",
                do=f"Name one such as {_EXAMPLES[every]}.",
            )
        return containing(one.begin, every)
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return containing(moment if moment.tzinfo else moment.replace(tzinfo=UTC), every)
    with suppress(ValueError):
        return containing(datetime.combine(date.fromisoformat(text), time(), UTC), every)
    what = "a date" if every == "day" else f"a {every}"
    form = "year-month-day, " if every == "day" else ""
    raise SpecError(
        f"The parameter night is not {what}.", do=f"Write it as {form}such as {_EXAMPLES[every]}."
    )
