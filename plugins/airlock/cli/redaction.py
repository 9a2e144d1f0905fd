"""airlock redaction draft: write a first redaction file from a sample of the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `redaction draft`."""
    group = commands.add_parser("redaction", help="what happens to every column")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("draft", help="write a first file from a sample, for a person to edit")
    one.add_argument("source", type=Path, metavar="SOURCE", help="a CSV or Parquet file or folder")
    one.add_argument("--out", type=Path, metavar="FILE", help="instead of standard output")
    one.add_argument(
        "--names", type=_names, default=(), metavar="A,B", help="the columns, if no line names them"
    )
    one.add_argument("--no-quotes", action="store_true", help="a quote is text like any other")
    one.set_defaults(run=draft)


def draft(parsed: argparse.Namespace, _: Console) -> int:
    """Write the file, but over no other."""
    from airlock.core.contract import Csv
    from airlock.drafts import redaction, sample

    if not parsed.source.exists():
        raise WrongCall(f"There is nothing at {parsed.source}.", do="Name a file or a folder.")
    text = Csv(quote=None if parsed.no_quotes else '"', header=not parsed.names)
    written = redaction.draft(sample.read(parsed.source, text=text, names=parsed.names))
    if parsed.out is None:
        sys.stdout.write(written)
        return OK
    try:
        with parsed.out.open("x", encoding="utf-8") as file:
            file.write(written)
    except FileExistsError:
        raise WrongCall(f"{parsed.out} is there already.", do="Name a new file.") from None
    except OSError as error:
        raise WrongCall(
            f"{parsed.out} cannot be written ({error.strerror}).", do="Name another."
        ) from None
    return OK


def _names(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(","))
