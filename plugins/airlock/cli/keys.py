"""airlock keys rotate, airlock keys sign: one key counts from here on, and vouches for bundles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.ledger import known
from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from rich.console import Console

    from airlock.ledger import Ledger


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `keys rotate` and `keys sign`."""
    group = commands.add_parser("keys", help="change the signing key")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser(
        "rotate", help="from here on only the key in airlock_signing counts; sign the bundles by it"
    )
    one.set_defaults(run=rotate)
    two = verbs.add_parser("sign", help="sign the champions' bundles that have no valid signature")
    two.set_defaults(run=sign)
    for verb in (one, two):
        verb.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")


def rotate(parsed: argparse.Namespace, console: Console) -> int:
    """One entry in every ledger, then the bundles."""
    for ledger in _ledgers(parsed.model):
        entry = ledger.rotate(at=datetime.now(UTC))
        said = entry.body["what"] if entry else "No other key counts already."
        console.print(f"{ledger.model}: {said}", markup=False, soft_wrap=True)
    return sign(parsed, console)


def sign(parsed: argparse.Namespace, console: Console) -> int:
    """A line a model."""
    from airlock.signing.champions import sign_champions

    for ledger in _ledgers(parsed.model):
        count = sign_champions(ledger)
        console.print(f"{ledger.model}: {count} bundle(s) signed.", markup=False)
    return OK


def _ledgers(model: str | None) -> Iterator[Ledger]:
    from airlock.ledger import models
    from airlock.settings import Settings

    settings = Settings.read()
    names = [known(settings, model)] if model else list(models(settings.store()))
    return (settings.ledger(name, to_write=True) for name in names)
