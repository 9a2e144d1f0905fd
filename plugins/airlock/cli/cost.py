"""airlock cost: what the stages of a model took, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.catalogs.usage import Total


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `cost`."""
    one = commands.add_parser(
        "cost",
        help="what the stages of a model took: time, energy, money",
        description="Month by month (UTC), and the stages of the last one. What nobody priced or "
        "measured is said, and is not 0.",
    )
    one.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    one.add_argument("--month", metavar="MONTH", help="the stages of this one, such as 2026-01")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """A table a model."""
    from airlock.catalogs.usage import NOBODY, models_with_usage
    from airlock.config.settings import Settings
    from airlock.overview.costs import costs, month_of_costs

    store = Settings.read().store()
    known = models_with_usage(store)
    if parsed.model is not None and parsed.model not in known:
        raise WrongCall(
            f"Nothing is written down of what {parsed.model} took.",
            do=f"Models of which something is: {', '.join(known) or 'none'}.",
        )
    for model in [parsed.model] if parsed.model else known:
        every = costs(store, model)
        name = "of no model" if model == NOBODY else model
        _print(f"{name}: by month", [(one.month, one.total) for one in every], console)
        month = parsed.month or every[-1].month
        shown = month_of_costs(store, model, month)
        if not shown.stages:
            raise WrongCall(
                f"Nothing is written down of {month}.",
                do=f"Months: {', '.join(one.month for one in every)}.",
            )
        _print(f"{name}: {month} by stage", list(shown.stages), console)
    return OK


def _print(title: str, rows: list[tuple[str, Total]], console: Console) -> None:
    from rich.table import Table

    columns = ("", "attempts", "reused", "hours", "CPU h", "device h", "Wh", "cost")
    table = Table(*columns, title=title, box=None)
    for name, one in rows:
        table.add_row(
            name,
            f"{one.attempts:,}",
            f"{one.reused:,}",
            f"{one.wall_seconds / 3600:,.2f}",
            f"{one.cpu_seconds / 3600:,.2f}",
            f"{one.device_seconds / 3600:,.2f}",
            "not measured" if one.watt_hours is None else f"{one.watt_hours:,.1f}",
            one.in_words,
        )
    console.print(table)
