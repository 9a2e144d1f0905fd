"""Finds questions that still wait for people, and reminds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from airlock.ledger import Ledger
from airlock.ledger.questions import open_questions, run_of
from airlock.stages.reconcile.once import tell_once

Level = Literal["reminder", "escalation"]
_HOURS: dict[Level, str] = {"reminder": "remind_after_hours", "escalation": "escalate_after_hours"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A decision that people were asked about and have not all answered.

    Args:
        sequence: the ledger entry of the decision.
        dag_id, run_id: the run that waits.
        yes: how many said yes so far.
        count: how many the policy asks for.
        whom: those who may answer, in words.
        until: when no answer becomes a no, UTC.
        level: a reminder to everybody, or an escalation.
    """

    model: str
    version: int
    sequence: int
    dag_id: str
    run_id: str
    yes: int
    count: int
    whom: str
    until: datetime
    level: Level

    @property
    def message(self) -> str:
        """What is told, in whole sentences."""
        of = f" ({self.yes} of {self.count} said yes)" if self.count > 1 else ""
        return (
            f"Version {self.version} of {self.model} still waits for approval{of} by {self.whom}. "
            f"No answer until {self.until:%Y-%m-%d %H:%M} UTC is a no."
        )


def due(ledger: Ledger, *, now: datetime) -> Iterator[Waiting]:
    """What waits longer than its policy lets it wait in silence, told of before or not.

    Args:
        now: UTC.
    """
    entries, state = ledger.entries(), ledger.state()
    for question in open_questions(entries, state, now=now):
        entry, body = question.decided, question.decided.body
        rule = body["approval"]
        dag_id, run_id = run_of(entry)
        for level, hours in _HOURS.items():
            if rule[hours] is not None and now >= entry.at + timedelta(hours=rule[hours]):
                yield Waiting(
                    model=ledger.model,
                    version=body["version"],
                    sequence=entry.sequence,
                    dag_id=dag_id,
                    run_id=run_id,
                    yes=question.yes,
                    count=rule["count"],
                    whom=_whom(rule["approvers"], rule["roles"]),
                    until=question.until,
                    level=level,
                )


def remind(ledger: Ledger, *, now: datetime, tell: Callable[[Waiting], bool]) -> int:
    """Tell of everything that is due, once each.

    Args:
        now: UTC.
        tell: as `tell_once` asks it.

    Returns:
        How many were told of.
    """
    told = 0
    for one in due(ledger, now=now):
        key = f"reminders/{one.model}/{one.sequence:08d}-{one.level}"
        told += tell_once(ledger.store, key, now=now, tell=partial(tell, one))
    return told


def _whom(approvers: Sequence[str], roles: Sequence[str]) -> str:
    named = [*approvers, *(f"the role {role}" for role in roles)]
    return ", ".join(named) or "whoever has the right to"
