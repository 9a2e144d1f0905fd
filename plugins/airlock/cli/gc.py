"""airlock gc: delete what is past its retention time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.engine.publication import Stores
    from airlock.stages.gc.stage import DeletionPlan


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gc`."""
    one = commands.add_parser(
        "gc", help="delete rows before redaction and dead attempts past their time"
    )
    one.add_argument("--dry-run", action="store_true", help="list them, and delete nothing")
    for name, what in (
        ("raw", "rows before redaction"),
        ("quarantine", "rows in quarantine"),
        ("dead", "files of attempts that published nothing"),
    ):
        one.add_argument(f"--{name}-days", type=float, metavar="N", help=f"keep {what} for N days")
    one.set_defaults(run=gc)


def gc(parsed: argparse.Namespace, console: Console) -> int:
    """A line an object in a dry run, and what it comes to."""
    from pydantic import ValidationError

    from airlock.config.settings import Settings
    from airlock.core.errors import SpecError
    from airlock.core.spec import problems
    from airlock.ledger import models
    from airlock.stages.gc.spec import GcSpec
    from airlock.stages.gc.stage import plan, sweep

    given = {name: getattr(parsed, name) for name in GcSpec.model_fields}
    try:
        spec = GcSpec.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise SpecError(
            f"The retention does not make sense: {problems(error)}.", do="One day at least."
        ) from None
    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    ledgers = (settings.ledger(model) for model in models(stores["store"]))
    planned = plan(stores, ledgers, spec, now=datetime.now(UTC))
    if parsed.dry_run:
        _show(planned, console)
    else:
        sweep(planned, stores)
    for fact in planned.collection(dry_run=parsed.dry_run).facts():
        console.print(fact, markup=False, soft_wrap=True)
    return NO if planned.held else OK


def _show(planned: DeletionPlan, console: Console) -> None:
    from rich.table import Table

    if not planned.doomed:
        return
    table = Table("kind", "zone", "object", "days", "kB", box=None)
    for one in planned.doomed:
        days = f"{one.age.total_seconds() / 86_400:.1f}"
        table.add_row(one.kind, one.zone, one.key, days, f"{one.bytes / 1e3:,.0f}")
    console.print(table)
