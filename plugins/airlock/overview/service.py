"""How well a model serves, from its ledger: nights on time, lead time, and people's overrides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from airlock.catalogs import predictions
from airlock.catalogs.promised import answers, deadline_of
from airlock.core.clock import next_at, span
from airlock.core.nights import Night, night_named
from airlock.ledger import Chain, Entry
from airlock.stages.live.record import Live

DAYS = 30
"""What is looked back at, unless somebody says otherwise."""

_NOBODY = frozenset({"airlock", "the policy"})  # a break-glass that fell back, and a canary


@dataclass(frozen=True, slots=True, kw_only=True)
class NightsOnTime:
    """The nights that ended in the window, and whether their predictions were there in time.

    Args:
        done_by: the policy's time of day, UTC; None where it has no deadline, and then nothing is
            in time or late.
        due: nights whose predictions should be there by now.
        served: of these, those that have some, whenever they came.
        on_time: of these, those that came in time; None without a deadline.
        late: the nights that came late or not at all, in order; none without a deadline.
        missing: those of `due` that have none.
    """

    done_by: str | None
    due: int
    served: int
    on_time: int | None
    late: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Of the nights that were due; None where nothing says what in time is, or none was."""
        return None if self.on_time is None or not self.due else self.on_time / self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """From alarms of drift that asked for a training to the promotion after each.

    Args:
        target_seconds: of the policy; None where it says nothing.
        alarms: in the window.
        answered: of these, those after which somebody was promoted.
        within: of the answered ones, those that kept the target; None without one.
        median_seconds: of the answered ones; None without any.
        worst_seconds: likewise.
        last_seconds: of the alarm that was answered last, whenever that was; None without any.
        open_since: when the oldest alarm was raised that nothing answers yet, UTC; None if none is.
    """

    target_seconds: float | None
    alarms: int
    answered: int
    within: int | None
    median_seconds: float | None
    worst_seconds: float | None
    last_seconds: float | None
    open_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """How often people decided otherwise than gate and model.

    Args:
        decisions: of the gate in the window.
        refused: candidates that passed the gate, and that a person said no to.
        forced: versions that a person made champion past the gate.
        rolled_back: champions that a person withdrew.
        answered: rows of the review queue that people answered, as labels were measured last.
        overridden: of these, those where they said something else than the model.
    """

    decisions: int
    refused: int
    forced: int
    rolled_back: int
    answered: int
    overridden: int

    @property
    def share(self) -> float | None:
        """Decisions of people against the gate, of all that the gate decided; None without any."""
        against = self.refused + self.forced + self.rolled_back
        return against / self.decisions if self.decisions else None

    @property
    def row_share(self) -> float | None:
        """Overridden rows, of the answered ones; None without any."""
        return self.overridden / self.answered if self.answered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """What a model's users may hold it to.

    Args:
        since, until: the window, UTC.
    """

    since: datetime
    until: datetime
    nights: NightsOnTime
    lead_time: LeadTime
    overrides: Overrides


def service_of(chain: Chain, live: Live | None, *, now: datetime, days: int = DAYS) -> ServiceLevel:
    """How well a model served in the days before a moment.

    Args:
        chain: verified, as it was at one moment.
        live: what its predictions were worth when labels were last measured; None without labels.
        now: UTC.
        days: how many of them, 1 or more.
    """
    entries, since = chain.entries(), now - timedelta(days=days)
    deadline = deadline_of(chain.store, entries)
    return ServiceLevel(
        since=since,
        until=now,
        nights=_nights(chain, deadline.get("done_by"), since, now),
        lead_time=_lead_time(entries, deadline.get("alarm_to_production"), since, now),
        overrides=_overrides(entries, live, since, now),
    )


def _nights(chain: Chain, done_by: str | None, since: datetime, now: datetime) -> NightsOnTime:
    entries, first = chain.entries(), dict[str, datetime]()
    for one in predictions.partitions(chain):
        if one.role == "served" and one.entry:
            first.setdefault(one.night, entries[one.entry - 1].at)
    due = [one for one in _expected(sorted(first), now) if _due(one, done_by) <= now]
    due = [one for one in due if one.end >= since]
    served = [one for one in due if one.name in first]
    on_time = [one for one in served if first[one.name] <= _due(one, done_by)]
    in_time = {one.name for one in on_time}
    return NightsOnTime(
        done_by=done_by,
        due=len(due),
        served=len(served),
        on_time=None if done_by is None else len(on_time),
        late=() if done_by is None else tuple(o.name for o in due if o.name not in in_time),
        missing=tuple(one.name for one in due if one.name not in first),
    )


def _due(night: Night, done_by: str | None) -> datetime:
    return night.end if done_by is None else next_at(night.end, done_by)


def _expected(names: Sequence[str], now: datetime) -> Iterator[Night]:
    """The nights from the first that was scored on, at the pace at which most of them follow."""
    known = [night_named(name) for name in names]
    every = known[-1].every if known else "day"
    known = [one for one in known if one.every == every]
    if not known:
        return
    steps = Counter(later.number - one.number for one, later in pairwise(known))
    step = max(steps, key=lambda one: (steps[one], -one), default=1)
    for one, later in pairwise(known):
        yield one
        yield from (Night(every, at) for at in range(one.number + step, later.number, step))
    last = known[-1]
    yield last
    while (last := Night(every, last.number + step)).end <= now:
        yield last


def _lead_time(
    entries: Sequence[Entry], target: str | None, since: datetime, now: datetime
) -> LeadTime:
    every = list(answers(entries))
    took = [(alarm, after.at - alarm.at) for alarm, after in every if after is not None]
    within = [one.total_seconds() for alarm, one in took if alarm.at >= since]
    unanswered = [alarm.at for alarm, after in every if after is None]
    limit = span(target).total_seconds() if target else None
    return LeadTime(
        target_seconds=limit,
        alarms=sum(since <= alarm.at <= now for alarm, _ in every),
        answered=len(within),
        within=None if limit is None else sum(one <= limit for one in within),
        median_seconds=median(within) if within else None,
        worst_seconds=max(within, default=None),
        last_seconds=took[-1][1].total_seconds() if took else None,
        open_since=min(unanswered, default=None),
    )


def _overrides(
    entries: Sequence[Entry], live: Live | None, since: datetime, now: datetime
) -> Overrides:
    seen = [one for one in entries if since <= one.at <= now]
    queue = live.queue if live is not None else None
    return Overrides(
        decisions=sum(one.kind == "decided" for one in seen),
        refused=sum(
            one.kind == "approved" and not one.body["approved"] and bool(one.body.get("by"))
            for one in seen
        ),
        forced=sum(one.kind == "promoted" and "break_glass" in one.body for one in seen),
        rolled_back=sum(
            one.kind == "rolled_back" and one.body.get("by") not in _NOBODY for one in seen
        ),
        answered=queue.answered if queue else 0,
        overridden=queue.overridden if queue else 0,
    )
