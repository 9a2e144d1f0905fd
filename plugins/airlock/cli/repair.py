"""airlock repair: restore what MLflow lost, from store and ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.engine.publication import Stores


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `repair`."""
    one = commands.add_parser(
        "repair", help="put back what MLflow lost: versions, files, tags, alias; says so first"
    )
    one.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    one.add_argument("--apply", action="store_true", help="do it; else it is only said")
    one.add_argument(
        "--replace",
        action="store_true",
        help="also set files aside that are not the bundle's, and put the bundle's there",
    )
    one.set_defaults(run=repair)


def repair(parsed: argparse.Namespace, console: Console) -> int:
    """A line a step; fails if something is left to do."""
    from airlock import repair as repairing
    from airlock.cli.ledger import known
    from airlock.config.settings import Settings
    from airlock.ledger import models

    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    if parsed.model:
        known(settings, parsed.model)
    open_steps = problems = 0
    for model in [parsed.model] if parsed.model else models(stores["store"]):
        done = repairing.repair(
            settings.ledger(model),
            stores=stores,
            mlflow=settings.mlflow(),
            apply=parsed.apply,
            replacing=parsed.replace,
        )
        for step in done.steps:
            console.print(f"{model}: {step}", markup=False, soft_wrap=True)
        for problem in done.problems:
            console.print(f"{model}: ✘ {problem}", markup=False, soft_wrap=True)
        console.print(
            f"{model}: {done.whole} versions of MLflow have the files of their bundle.",
            markup=False,
        )
        open_steps += 0 if parsed.apply else len(done.steps)
        problems += len(done.problems)
    if open_steps:
        console.print("Nothing was changed. `airlock repair --apply` does it.")
    return NO if open_steps or problems else OK
