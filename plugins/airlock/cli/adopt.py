"""airlock adopt: sign in your name what was written before Airlock signed it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `adopt`."""
    one = commands.add_parser(
        "adopt",
        help="put nights from before the upgrade under a signature, in your name",
        description="Predictions, labels and drift that an earlier version wrote are in no ledger, "
        "and nobody acts on them. Look at them first: --dry-run names each. Then say who you are, "
        "and why you believe them; the entry keeps both.",
    )
    one.add_argument("model", metavar="MODEL")
    one.add_argument("--by", metavar="NAME", default="", help="who answers for it")
    one.add_argument("--reason", metavar="TEXT", default="", help="why you believe it")
    one.add_argument("--dry-run", action="store_true", help="only name what it is about")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Name what lies there, and sign it."""
    from airlock.cli.ledger import known
    from airlock.config.settings import Settings
    from airlock.engine.adoption import adopt, strangers

    settings = Settings.read()
    name = known(settings, parsed.model)
    found = strangers(settings.ledger(name))
    for one in found:
        console.print(one.key, markup=False, soft_wrap=True)
    if not found:
        console.print(f"All that was written about {name} is under a signature.", markup=False)
        return OK
    if parsed.dry_run:
        console.print("Nothing was signed: this was a dry run.")
        return OK
    entry = adopt(
        settings.ledger(name, to_write=True),
        by=parsed.by,
        reason=parsed.reason,
        at=datetime.now(UTC),
    )
    if entry is not None:
        console.print(f"Entry {entry.sequence}: {entry.body['what']}", markup=False, soft_wrap=True)
    return OK
