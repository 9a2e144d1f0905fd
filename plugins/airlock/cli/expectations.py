"""airlock expectations draft: write a first expectations file from a sample of the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `expectations draft`."""
    group = commands.add_parser("expectations", help="what must hold of the rows")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("draft", help="write a first file from a sample, for a person to edit")
    one.add_argument("source", type=Path, metavar="SOURCE", help="a table, or a folder of tables")
    one.add_argument("--key", type=_names, default=(), metavar="A,B", help="what names a row")
    one.add_argument("--out", type=Path, metavar="FILE", help="instead of standard output")
    text = one.add_argument_group("how CSV is written, if not as usual")
    text.add_argument("--delimiter", metavar="C", help="found out among , ; and tab if left out")
    text.add_argument("--encoding", default="utf-8", metavar="NAME")
    text.add_argument("--no-quotes", action="store_true", help="a quote is text like any other")
    text.add_argument("--decimal", choices=(".", ","), default=".")
    text.add_argument(
        "--names", type=_names, default=(), metavar="A,B", help="the columns, if no line names them"
    )
    one.set_defaults(run=draft)


def draft(parsed: argparse.Namespace, _: Console) -> int:
    """Write the file, but over no other."""
    from airlock.core.contract import Csv
    from airlock.core.spec import WrongArguments
    from airlock.drafts import expectations, sample

    if not parsed.source.exists():
        raise WrongCall(f"There is nothing at {parsed.source}.", do="Name a file or a folder.")
    try:
        text = Csv(
            delimiter=parsed.delimiter,
            encoding=parsed.encoding,
            quote=None if parsed.no_quotes else '"',
            header=not parsed.names,
            decimal=parsed.decimal,
        )
    except WrongArguments as error:
        raise WrongCall(error.what, do="--help lists what may be given.") from None
    found = sample.read(parsed.source, text=text, names=parsed.names)
    written = expectations.draft(found, parsed.key)
    if parsed.out is None:
        sys.stdout.write(written)
    else:
        _write(written, parsed.out)
    return OK


def _write(text: str, out: Path) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise WrongCall(f"{out} is there already.", do="Name a new file.") from None
    except OSError as error:
        raise WrongCall(
            f"{out} cannot be written ({error.strerror}).", do="Name another."
        ) from None


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(","))
