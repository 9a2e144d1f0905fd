"""airlock keys rotate, sign, move: change the signing key, and keep it out of connections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.ledger import known
from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console
    from sqlalchemy.orm import Session

    from airlock.ledger import Ledger


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `keys rotate` and `keys sign`."""
    group = commands.add_parser("keys", help="change the signing key")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser(
        "rotate",
        help="let only the key in airlock_signing.key count from here on; sign the bundles",
    )
    one.set_defaults(run=rotate)
    two = verbs.add_parser("sign", help="sign the champions' bundles that have no valid signature")
    two.set_defaults(run=sign)
    three = verbs.add_parser("move", help="put keys from connections' passwords into key files")
    three.set_defaults(run=move)
    two.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")


def rotate(_: argparse.Namespace, console: Console) -> int:
    """One entry in every ledger and one for those to come, then the bundles."""
    from airlock.config.settings import Settings
    from airlock.ledger import KEYS, rotate_all

    keys = Settings.read().ledger(KEYS, to_write=True)
    entry = rotate_all(keys, _ledgers(None), at=datetime.now(UTC), anew=lambda: _ledgers(None))
    said = entry.body["what"] if entry else "No other key counts already."
    console.print(said, markup=False, soft_wrap=True)
    return _sign_ledgers(_ledgers(None), console)


def sign(parsed: argparse.Namespace, console: Console) -> int:
    """A line a model."""
    return _sign_ledgers(_ledgers(parsed.model), console)


def move(_: argparse.Namespace, console: Console) -> int:
    """Write each key that a connection holds into its file, and delete the connection."""
    from airlock.compat.airflow import create_session
    from airlock.config.settings import Settings

    settings = Settings.read()
    folder = settings.keys or settings.root / "var/keys"
    with create_session() as session:
        moved = move_keys(session, folder)
    for name in moved:
        console.print(f"{name} is in {folder} now, and in no connection.", soft_wrap=True)
    if not moved:
        console.print(
            "No connection in Airflow's database holds a key. One from the environment or from a "
            "secrets backend is removed there, once its key is in a file.",
            soft_wrap=True,
        )
    return OK


def move_keys(session: Session, folder: Path) -> list[str]:
    """Take the keys of an installation from before key files out of Airflow's database.

    Returns:
        The names of those that it held.

    Raises:
        SettingsError: a file holds another key than the connection.
    """
    from sqlalchemy import select

    from airlock.compat.airflow import Connection
    from airlock.config.keys import NAMES, write_key

    moved = []
    for name in NAMES:
        found = session.scalar(select(Connection).where(Connection.conn_id == name))
        if found is not None:
            if found.password:
                write_key(folder, name, found.password)
                moved.append(str(name))
            session.delete(found)
    return moved


def _sign_ledgers(ledgers: Iterator[Ledger], console: Console) -> int:
    from airlock.engine.vouching import sign_champions

    for ledger in ledgers:
        count = sign_champions(ledger)
        copies = _renew_copies(ledger)
        console.print(
            f"{ledger.model}: {count} bundle(s) signed; {copies}", markup=False, soft_wrap=True
        )
    return OK


def _renew_copies(ledger: Ledger) -> str:
    from airlock.config.settings import Settings
    from airlock.core.errors import RegistryUnavailable
    from airlock.registry.envelope import renew_copies

    try:
        return f"{renew_copies(ledger, Settings.read().mlflow())} signature(s) renewed in MLflow."
    except RegistryUnavailable as error:
        return f"none renewed in MLflow. {error} Then give `airlock keys sign` again."


def _ledgers(model: str | None) -> Iterator[Ledger]:
    from airlock.config.settings import Settings
    from airlock.ledger import models

    settings = Settings.read()
    names = [known(settings, model)] if model else list(models(settings.store()))
    return (settings.ledger(name, to_write=True) for name in names)
