"""Finds pipelines that share a model, by what they left in its ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from airlock.core.quoting import line
from airlock.ledger.entry import Entry

LATELY = timedelta(days=7)
"""A pipeline that was renamed is two of them, and for no longer than that."""


def trainers(entries: Iterable[Entry], *, now: datetime) -> tuple[str, ...]:
    """The DAGs whose candidates came to the gate lately, in order of their names.

    Args:
        now: UTC.
    """
    found = {
        str(entry.body["run"]["dag_id"])
        for entry in entries
        if entry.kind == "run" and "run" in entry.body and now - entry.at <= LATELY
    }
    return tuple(sorted(found))


def shared(model: str, kind: str, dags: Iterable[str]) -> str | None:
    """What is wrong with several pipelines of one kind; None of one.

    Args:
        kind: `training` or `scoring`.
    """
    names = sorted(set(dags))
    if len(names) < 2:
        return None
    told = " and ".join(line(name, 80) for name in names)
    return (
        f"{told} both did the {kind} of {model} in the last {LATELY.days} days: each replaces what "
        "the other one makes. Give one of them a model of its own."
    )
