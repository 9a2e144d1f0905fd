"""airlock hold: keep a snapshot or a model's making from gc and erase, in a named person's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airlock.cli.outcome import OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `hold`."""
    one = commands.add_parser(
        "hold",
        help="keep what a court or an auditor asks for: gc and erase leave it where it is",
        description="Without an option the holds that stand. A hold of a version keeps everything "
        "that it was made of; one of a result, such as a snapshot, keeps it and what it came from.",
    )
    one.add_argument("model", metavar="MODEL", help="in whose ledger the hold is written")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--version", type=int, metavar="N", help="of the model")
    what.add_argument("--result", metavar="ADDRESS", help="stages/snapshot/… as records name it")
    what.add_argument("--release", type=int, metavar="ENTRY", help="lift the hold of this entry")
    one.add_argument("--by", metavar="NAME", default="", help="who answers for it")
    one.add_argument("--reason", metavar="TEXT", default="", help="why, such as a case's number")
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Hold, lift, or list."""
    from airlock.cli.ledger import known
    from airlock.config.settings import Settings
    from airlock.engine import publication
    from airlock.ledger import hold, holds, release

    settings = Settings.read()
    model = known(settings, parsed.model)
    now = datetime.now(UTC)
    said = {"by": parsed.by, "reason": parsed.reason, "at": now}
    if parsed.release is not None:
        entry = release(settings.ledger(model, to_write=True), parsed.release, **said)
    elif parsed.version is not None or parsed.result:
        if parsed.result:
            # What is not there cannot be kept.
            publication.load(settings.store("store"), parsed.result)
        decided = (one for one in settings.ledger(model).entries() if one.kind == "decided")
        if parsed.version is not None and parsed.version not in {
            one.body["version"] for one in decided
        }:
            raise WrongCall(
                f"The ledger of {model} decided nothing about a version {parsed.version}.",
                do=f"See airlock history {model}.",
            )
        entry = hold(
            settings.ledger(model, to_write=True),
            result=parsed.result or "",
            version=parsed.version,
            **said,
        )
    else:
        standing = holds(model, settings.ledger(model).entries())
        for one in standing:
            console.print(one.sentence(), markup=False, soft_wrap=True)
        if not standing:
            console.print(f"Nothing of {model} is held.", markup=False)
        return OK
    console.print(f"Entry {entry.sequence}: {entry.body['what']}", markup=False, soft_wrap=True)
    return OK
