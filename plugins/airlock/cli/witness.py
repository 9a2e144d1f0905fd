"""airlock witness sign: sign another installation's checkpoints with this one's key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `witness sign`."""
    group = commands.add_parser("witness", help="vouch for another installation's checkpoints")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser(
        "sign", help="read `airlock checkpoint` of another installation, print it signed"
    )
    one.add_argument(
        "--seen",
        metavar="FILE",
        type=Path,
        help="what was signed before; nothing that contradicts it is signed, and it grows",
    )
    one.set_defaults(run=sign)


def sign(parsed: argparse.Namespace, console: Console) -> int:
    """A line a checkpoint; nothing at all if two of them cannot both be true."""
    from airlock.cli.elsewhere import lines_of
    from airlock.config.settings import Settings
    from airlock.signing.witness import witness

    seen = lines_of(parsed.seen) if parsed.seen is not None and parsed.seen.exists() else []
    lines = witness(sys.stdin.read().splitlines(), Settings.read().signer(), seen=seen)
    if parsed.seen is not None:
        # Remembered first: what cannot be remembered is not signed.
        _remember(parsed.seen, [line for line in lines if line not in seen])
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    return OK


def _remember(file: Path, lines: list[str]) -> None:
    try:
        with file.open("a") as memory:
            memory.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise WrongCall(
            f"{file} cannot be written ({error.strerror}).",
            do="Nothing was signed. Name a file that this user may write.",
        ) from None
