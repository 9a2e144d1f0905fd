"""airlock erase: remove one person from every table, permanently."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall
from airlock.core.scratch import private_folder

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.engine.publication import Stores
    from airlock.erasure import Reach


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `erase`."""
    one = commands.add_parser(
        "erase",
        help="erase one person, whose identifier is read from standard input",
        description="Deletes every table with a row about one person, keeps them out of every "
        "night to come, and says which models learnt from them. The identifier is read from "
        "standard input, because other users of the machine can see a command line.",
    )
    one.add_argument(
        "--column-domain",
        required=True,
        metavar="DOMAIN",
        help="of the pseudonyms of the column that names people, as the redaction file says",
    )
    one.add_argument("--dry-run", action="store_true", help="only list what would be deleted")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """List what somebody reaches, and delete it."""
    from airlock.config.settings import Settings
    from airlock.erasure import erase, reach, subject
    from airlock.ledger import models

    typed = identifier()
    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    somebody = subject(stores, typed, parsed.column_domain, key=settings.pseudonym_key())
    names = list(models(stores["store"]))
    with private_folder("erase") as scratch:

        def how_far() -> Reach:
            ledgers = (settings.ledger(name) for name in names)
            found = reach(stores, ledgers, somebody, Path(scratch))
            _list(found, console)
            return found

        if parsed.dry_run:
            how_far()
            console.print("Nothing was deleted: this was a dry run.")
            return OK
        done = erase(
            stores,
            somebody,
            how_far,
            ledger_of=lambda name: settings.ledger(name, to_write=True),
            at=datetime.now(UTC),
        )
    listed = "is on the suppression list now" if done.suppressed else "was on it already"
    console.print(f"{done.objects} object(s) deleted; the person {listed}.", soft_wrap=True)
    return OK


def identifier() -> str:
    """Whom it is about, from standard input or typed unseen."""
    read = getpass.getpass("Identifier: ") if sys.stdin.isatty() else sys.stdin.readline()
    typed = read.rstrip("\r\n")
    if not typed.strip():
        raise WrongCall(
            "There is no identifier on standard input.",
            do="Pipe it in, or type it when asked: airlock erase --column-domain customer.",
        )
    return typed


def _list(found: Reach, console: Console) -> None:
    for table in found.tables:
        whose = ", ".join(table.results) or "an attempt that nobody refers to"
        console.print(f"{table.stage}: {table.zone}/{table.prefix} ({whose})", soft_wrap=True)
    if not found.tables:
        console.print("No table holds a row about this person.")
    if found.trials:
        many = f"{len(found.trials)} trainings that nobody decided about"
        console.print(f"{many} learnt from these rows; their bundles go with them.")
    for one in found.versions:
        role = ", which is champion," if one.champion else ""
        sure = "learnt from these rows" if one.sure else "may have: its rows are gone already"
        advice = " Retrain it." if one.sure and one.champion else ""
        console.print(
            f"{one.model} version {one.version}{role} {sure}.{advice}",
            soft_wrap=True,
            markup=False,
        )
