"""airlock outbox: who was not told yet what was decided, and trying them again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from airlock.catalogs.outbox import Message
    from airlock.config.settings import Settings
    from airlock.ledger import Ledger


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `outbox list` and `outbox retry`."""
    one = commands.add_parser("outbox", help="what the sinks of [airlock] sinks are told")
    groups = one.add_subparsers(required=True, metavar="WHAT")
    shown = groups.add_parser("list", help="messages that a receiver has not taken")
    shown.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    shown.set_defaults(run=show)
    again = groups.add_parser("retry", help="let reconcile try dead messages again, in your name")
    again.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    again.add_argument("--sink", metavar="CONNECTION", help="of this sink alone")
    again.add_argument("--by", required=True, metavar="NAME", help="who asks for it")
    again.set_defaults(run=retry)


def show(parsed: argparse.Namespace, console: Console) -> int:
    """A table: sink, message, what it is about, and how far it has come."""
    from rich.table import Table

    table = Table("sink", "message", "what", "tries", "next", "why", box=None)
    for message in _open(parsed.model):
        last = message.told[-1] if message.told else None
        due = message.due
        when = "dead" if message.dead else f"{due:%Y-%m-%d %H:%M:%S}" if due else "now"
        why = last.why if last is not None else ""
        table.add_row(message.sink, message.id, message.what, str(message.failures), when, why)
    if not table.row_count:
        console.print("Everybody was told everything.")
        return OK
    console.print(table)
    return OK


def retry(parsed: argparse.Namespace, console: Console) -> int:
    """Note that a person asks for it; reconcile tries them within minutes."""
    from airlock.catalogs.outbox import Told, note
    from airlock.config.settings import Settings

    store, count = Settings.read().store(), 0
    for message in _open(parsed.model):
        if message.dead and parsed.sink in {None, message.sink}:
            thread = message.thread if message.ticket is not None else ""
            told = Told(how="again", at=datetime.now(UTC), why=parsed.by, thread=thread)
            count += note(store, message, told)
    console.print(f"{count:,} dead message(s) are tried again.")
    return OK


def _open(model: str | None) -> Iterator[Message]:
    from airlock.catalogs.outbox import open_messages
    from airlock.config.settings import Settings
    from airlock.engine.outbox import open_sinks, waiting

    settings = Settings.read()
    if not settings.sinks:
        raise WrongCall("[airlock] sinks names nobody.", do="docs/outbox.md says how to.")
    sinks = list(open_sinks(settings))
    for ledger in _ledgers(settings, model):
        for sink in sinks:
            yield from open_messages(waiting(ledger, sink))


def _ledgers(settings: Settings, model: str | None) -> Iterator[Ledger]:
    from airlock.cli.ledger import known
    from airlock.ledger import models

    names = [known(settings, model)] if model is not None else models(settings.store())
    yield from (settings.ledger(name) for name in names)
