"""Finds deadlines that pass between runs: of an answer by people, and of an answer to an alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from airlock.catalogs.promised import answers, deadline_at, deadline_of
from airlock.core.clock import span
from airlock.ledger import Ledger
from airlock.ledger.questions import open_questions, run_of
from airlock.stages.reconcile.once import tell_once

# What was late long before anybody looked is no news.
_NEWS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Something whose deadline the policy names.

    Args:
        sequence: the ledger entry that it begins with.
        of: `approval` or `alarm`.
        due: when the deadline passes, UTC.
        dag_id, run_id: the run to open.
        message: what is told once it has passed.
    """

    model: str
    sequence: int
    of: str
    due: datetime
    dag_id: str
    run_id: str
    message: str

    @property
    def key(self) -> str:
        """Where it is noted that somebody was told."""
        return f"reminders/{self.model}/{self.sequence:08d}-late-{self.of}"


def deadlines(ledger: Ledger, *, now: datetime) -> Iterator[Late]:
    """Those that something still waits for, passed or not.

    Args:
        now: UTC.

    Raises:
        Unverified: a policy is not the one that the ledger names.
    """
    entries, store, model = ledger.entries(), ledger.store, ledger.model
    # One whose time is over is late as well, until its task has noted that it is a no.
    for question in open_questions(entries, ledger.state(), now=now - _NEWS):
        decided = question.decided
        if (allowed := deadline_at(store, decided).get("approval")) is None:
            continue
        dag_id, run_id = run_of(decided)
        yield Late(
            model=model,
            sequence=decided.sequence,
            of="approval",
            due=min(decided.at + span(allowed), question.until),
            dag_id=dag_id,
            run_id=run_id,
            message=f"Version {decided.body['version']} of {model} should have had an answer "
            f"within {allowed}. No answer until {question.until:%Y-%m-%d %H:%M} UTC is a no.",
        )
    if (allowed := deadline_of(store, entries).get("alarm_to_production")) is None:
        return
    for alarm, answered in answers(entries):
        if answered is None:
            yield Late(
                model=model,
                sequence=alarm.sequence,
                of="alarm",
                due=alarm.at + span(allowed),
                dag_id=str(alarm.body.get("training", "")),
                run_id=f"drift__{alarm.body['alarm']}" if "alarm" in alarm.body else "",
                message=f"The alarm of {alarm.at:%Y-%m-%d %H:%M} UTC should have been answered by "
                f"a new champion of {model} within {allowed}, and none was promoted since. Look "
                "at the training that it asked for: did it fail, was its candidate rejected, or "
                "does it wait for people?",
            )


def tell_late(ledger: Ledger, *, now: datetime, tell: Callable[[Late], bool]) -> int:
    """Tell of every deadline that passed, once each.

    Args:
        now: UTC.
        tell: as `tell_once` asks it.

    Returns:
        How many were told of.
    """
    told = 0
    for one in deadlines(ledger, now=now):
        fresh = timedelta(0) <= now - one.due <= _NEWS
        told += fresh and tell_once(ledger.store, one.key, now=now, tell=partial(tell, one))
    return told


def next_deadline(ledger: Ledger, *, now: datetime, within: timedelta) -> datetime | None:
    """When the next one passes, if that is soon.

    Args:
        now: UTC.
        within: what soon is.
    """
    ahead = (one.due for one in deadlines(ledger, now=now) if now < one.due <= now + within)
    return min(ahead, default=None)
