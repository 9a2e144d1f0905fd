"""What a model's months, and one of its candidates, took: as people ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airlock.catalogs.usage import Total, Usage, months, usages, usages_of_run
from airlock.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfCosts:
    """One calendar month of one model, UTC.

    Args:
        month: such as 2026-01.
        total: of all attempts.
        stages: the same by stage, the dearest first.
    """

    model: str
    month: str
    total: Total
    stages: tuple[tuple[str, Total], ...]


def month_of_costs(store: Store, model: str, month: str) -> MonthOfCosts:
    """What the attempts of a month took.

    Raises:
        Unverified: what lies there is no usage.
    """
    every = list(usages(store, model, month))
    by_stage: dict[str, list[Usage]] = {}
    for one in every:
        by_stage.setdefault(one.stage, []).append(one)
    totals = [(stage, Total.of(some)) for stage, some in by_stage.items()]
    totals.sort(key=lambda one: (-(one[1].money or 0.0), -one[1].cpu_seconds, one[0]))
    return MonthOfCosts(model=model, month=month, total=Total.of(every), stages=tuple(totals))


def costs(store: Store, model: str) -> list[MonthOfCosts]:
    """Every month of a model, oldest first.

    Raises:
        Unverified: what lies there is no usage.
    """
    return [month_of_costs(store, model, month) for month in months(store, model)]


def cost_of_run(store: Store, model: str, run: tuple[str, str]) -> Total:
    """What one run took, in whatever months.

    Args:
        run: DAG and run id.

    Raises:
        Unverified: what lies there is no usage.
    """
    known = months(store, model)
    return Total.of(one for month in known for one in usages_of_run(store, model, month, run))


def sentences(store: Store, model: str, run: tuple[str, str], *, now: datetime) -> list[str]:
    """What a candidate and the month of a moment took, for whoever is asked about it.

    Args:
        run: DAG and run id of the candidate.
        now: UTC.

    Raises:
        Unverified: what lies there is no usage.
    """
    month = f"{now:%Y-%m}"
    mine, whole = cost_of_run(store, model, run), Total.of(usages(store, model, month))
    reused = f" ({mine.reused} of {mine.attempts} stages reused, at 0)" if mine.reused else ""
    return [
        f"This candidate: {mine.in_words}{reused}; {_took(mine)}.",
        f"{month} so far: {whole.in_words}; {_took(whole)}.",
    ]


def _took(one: Total) -> str:
    energy = (
        "nobody measured the energy"
        if one.watt_hours is None
        else f"{one.watt_hours:,.1f} Wh"
        + (f" ({one.unmeasured:,} attempt(s) not measured)" if one.unmeasured else "")
    )
    return (
        f"{one.cpu_seconds / 3600:,.2f} CPU hours, {one.device_seconds / 3600:,.2f} device hours, "
        f"{energy}"
    )
