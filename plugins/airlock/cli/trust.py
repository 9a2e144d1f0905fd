"""airlock trust: choose whose bundles are loaded on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trust`."""
    one = commands.add_parser("trust", help="whose bundles are loaded on this machine")
    one.add_argument("key", nargs="?", metavar="KEY", help="base64, or a file; none: list them")
    one.add_argument("--forget", metavar="ID", help="take a key off the list")
    one.set_defaults(run=trust)


def trust(parsed: argparse.Namespace, console: Console) -> int:
    """Add a key, take one off, or say who is trusted."""
    from airlock.config import client
    from airlock.config.settings import client_keys

    path, _ = client_keys()
    if parsed.forget:
        if not client.forget(parsed.forget):
            raise WrongCall(f"{parsed.forget} is not on {path}.", do="`airlock trust` lists them.")
        console.print(f"{parsed.forget} is no longer trusted ({path}).", markup=False)
    elif parsed.key:
        for name in client.trust(parsed.key):
            console.print(
                f"Bundles signed by {name} are loaded here from now on ({path}). Compare that id "
                "with the one that the platform's people tell you by another way.",
                markup=False,
                soft_wrap=True,
            )
    else:
        keys = client.trusted_here()
        for name in sorted(keys.keys) if keys else ():
            console.print(name, markup=False)
        if keys is None:
            console.print(f"Nobody is trusted here ({path}).", markup=False, soft_wrap=True)
    return OK
