"""airlock init DIR: a small project that runs as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `init`."""
    one = commands.add_parser(
        "init", help="write a small project with one pipeline, its connections and keys"
    )
    one.add_argument("folder", type=Path, metavar="DIR", help="made if it is not there")
    one.set_defaults(run=init)


def init(parsed: argparse.Namespace, console: Console) -> int:
    """Write it, and say what comes next."""
    from airlock.starter.write import write_project

    for name in write_project(parsed.folder):
        console.print(parsed.folder / name, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"Next: read {parsed.folder / 'README.md'}.", markup=False, highlight=False, soft_wrap=True
    )
    return OK
