"""airlock slo: nights on time, from alarm to production, and how often people overrode it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from airlock.config.settings import Settings
    from airlock.overview.service import LeadTime, NightsOnTime, Overrides, ServiceLevel

_NAMED = 5  # nights of a line


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `slo`."""
    one = commands.add_parser(
        "slo",
        help="nights on time, from alarm to production, and people's overrides",
        description="From the ledger, as far as the policy of the last candidate says what in time "
        "is (deadline:). What nothing says is told so, and is no 0.",
    )
    one.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    one.add_argument("--days", type=int, default=30, metavar="N", help="look back so many (30)")
    one.add_argument("--json", action="store_true", help="as JSON, times in seconds")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """A table, a model a row; or a JSON object by model."""
    from airlock.cli.ledger import known
    from airlock.cli.outcome import WrongCall
    from airlock.config.settings import Settings
    from airlock.ledger import models

    if parsed.days < 1:
        raise WrongCall("--days is how many days to look back.", do="Write 1 or more.")
    settings = Settings.read()
    names = [known(settings, parsed.model)] if parsed.model else list(models(settings.store()))
    found = {name: _service(settings, name, parsed.days) for name in names}
    if parsed.json:
        told = {name: _json(one) for name, one in found.items()}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return OK
    if not found:
        console.print("No model has a ledger.")
        return OK
    _print(found, parsed.days, console)
    return OK


def _service(settings: Settings, model: str, days: int) -> ServiceLevel:
    from airlock.engine import publication
    from airlock.ledger import Moment
    from airlock.overview.nights import latest_live
    from airlock.overview.service import service_of

    store, chain = settings.store(), Moment.of(settings.ledger(model))

    def load(address: str, sha256: str) -> Any:
        return publication.load(store, address, expected=sha256).result.record

    live = latest_live(chain.entries(), load)
    return service_of(chain, live, now=datetime.now(UTC), days=days)


def _json(one: ServiceLevel) -> dict[str, Any]:
    from pydantic_core import to_jsonable_python

    shares = {
        "nights_share": one.nights.share,
        "overrides_share": one.overrides.share,
        "rows_share": one.overrides.row_share,
    }
    told: dict[str, Any] = to_jsonable_python({**asdict(one), **shares})
    return told


def _print(found: dict[str, ServiceLevel], days: int, console: Console) -> None:
    from rich.table import Table

    table = Table(
        "model",
        "nights on time",
        "alarm to production",
        "overrides",
        title=f"{days} days",
        box=None,
    )
    for name, one in found.items():
        table.add_row(
            name,
            "\n".join(_nights(one.nights)),
            "\n".join(_lead(one.lead_time, one.until)),
            "\n".join(_overrides(one.overrides)),
        )
    console.print(table)


def _nights(one: NightsOnTime) -> Iterator[str]:
    if not one.due:
        yield "no night was due"
        return
    if one.on_time is None:
        yield f"{one.served} of {one.due} scored; no deadline says in time"
    else:
        yield f"{one.on_time} of {one.due} by {one.done_by} UTC ({one.share:.1%})"
    if one.late:
        yield f"late: {_few(one.late)}"
    if one.missing:
        yield f"not scored: {_few(one.missing)}"


def _lead(one: LeadTime, now: datetime) -> Iterator[str]:
    from airlock.core.clock import in_words

    if one.median_seconds is not None and one.worst_seconds is not None:
        yield (
            f"{one.answered} of {one.alarms} alarm(s), median "
            f"{in_words(timedelta(seconds=one.median_seconds))}, longest "
            f"{in_words(timedelta(seconds=one.worst_seconds))}"
        )
    else:
        yield f"{one.alarms} alarm(s), none answered" if one.alarms else "no alarm"
    if one.within is not None and one.answered and one.target_seconds:
        target = in_words(timedelta(seconds=one.target_seconds))
        yield f"{one.within} of {one.answered} within {target}"
    if one.open_since is not None:
        yield f"open since {one.open_since:%Y-%m-%d %H:%M} UTC ({in_words(now - one.open_since)})"


def _overrides(one: Overrides) -> Iterator[str]:
    if one.share is None:
        yield "the gate decided nothing"
    else:
        yield (
            f"{one.share:.1%} of {one.decisions} decision(s): {one.refused} refused, "
            f"{one.forced} forced, {one.rolled_back} rolled back"
        )
    if one.row_share is not None:
        yield f"{one.row_share:.1%} of {one.answered} answered row(s)"


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[-_NAMED:]) + (f" and {more} before" if more > 0 else "")
