"""airlock subject: what concerns one person, for whoever answers their request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.erase import identifier
from airlock.cli.outcome import OK, WrongCall
from airlock.core.scratch import private_folder

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.engine.publication import Stores


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `subject`."""
    one = commands.add_parser(
        "subject",
        help="which nights, models and decisions concern one person, named on standard input",
        description="GDPR, article 15. The identifier is read from standard input, because other "
        "users of the machine can see a command line. What is written is personal data: it holds "
        "pseudonyms and what was predicted.",
    )
    one.add_argument(
        "--column-domain",
        required=True,
        metavar="DOMAIN",
        help="of the pseudonyms of the column that names people, as the redaction file says",
    )
    one.add_argument("--json", type=Path, metavar="FILE", help="instead of standard output")
    one.add_argument("--html", type=Path, metavar="FILE", help="a page for people, beside it")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Look everywhere, and write what was found."""
    from airlock.config.settings import Settings
    from airlock.erasure import concerns, page, reach, subject
    from airlock.ledger import models

    typed = identifier()
    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    somebody = subject(stores, typed, parsed.column_domain, key=settings.pseudonym_key())
    ledgers = [settings.ledger(name) for name in models(stores["store"])]
    with private_folder("subject") as scratch:
        found = reach(stores, ledgers, somebody, Path(scratch))
        told = concerns(stores, ledgers, somebody, found, Path(scratch))
    text = json.dumps(told.to_json(), indent=2, default=str)
    if parsed.json is not None:
        _write(parsed.json, text + "\n")
    elif parsed.html is None:
        console.print(text, markup=False, soft_wrap=True, highlight=False)
    if parsed.html is not None:
        _write(parsed.html, page(told))
    if parsed.json is not None or parsed.html is not None:
        console.print(
            f"{len(told.nights)} table(s), {len(told.models)} model version(s) and "
            f"{len(told.decisions)} decision(s) concern this person.",
            soft_wrap=True,
        )
    return OK


def _write(path: Path, text: str) -> None:
    """Over no other file, and readable by its owner alone."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(text, encoding="utf-8")
    except FileExistsError:
        raise WrongCall(f"{path} is there already.", do="Name a new file.") from None
    except OSError as error:
        raise WrongCall(
            f"{path} cannot be written ({error.strerror}).", do="Name another."
        ) from None
