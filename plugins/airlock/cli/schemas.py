"""airlock schemas DIR: what editors need to complete and mark the YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `schemas`."""
    one = commands.add_parser(
        "schemas", help="write the JSON Schemas of the YAML files, for editors; again after updates"
    )
    one.add_argument("folder", type=Path, metavar="DIR", help="such as include/schemas")
    one.set_defaults(run=schemas)


def schemas(parsed: argparse.Namespace, console: Console) -> int:
    """Write them over those of before."""
    from airlock.starter.write import write_schemas

    for name in write_schemas(parsed.folder):
        console.print(name, soft_wrap=True)
    return OK
