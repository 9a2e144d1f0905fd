"""airlock evidence, airlock governance draft: the evidence of one version, and what people say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.config.settings import Settings
    from airlock.engine.publication import Stores


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evidence` and `governance`."""
    one = commands.add_parser(
        "evidence",
        help="pack everything that an outsider needs to judge a version",
        description="Verifies everything that a version stands on and packs it into one signed "
        "zip, which a shell, openssl and sha256sum can verify. The same version gives the same "
        "bytes.",
    )
    one.add_argument("model", metavar="MODEL", help="its registered name")
    one.add_argument("version", metavar="VERSION", type=int, help="that came to the gate")
    one.add_argument(
        "--to", metavar="FILE", type=Path, help="by default evidence-MODEL-VERSION.zip"
    )
    one.add_argument(
        "--strict",
        action="store_true",
        help="write nothing, and end with 1, if a section lacks what only people can say",
    )
    one.add_argument(
        "--governance",
        metavar="FILE",
        type=Path,
        help="what people said; by default include/governance/MODEL.yaml of the project",
    )
    one.add_argument(
        "--published",
        action="store_true",
        help="the pack that the task after promote left, as the ledger names it; needs no key",
    )
    one.set_defaults(run=run)
    two = commands.add_parser("governance", help="what only people can say about a model")
    groups = two.add_subparsers(required=True, metavar="WHAT")
    draft = groups.add_parser("draft", help="print a file that claims nothing yet")
    draft.add_argument("model", metavar="MODEL", help="its registered name")
    draft.set_defaults(run=print_draft)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Pack, write, and name what is missing."""
    from airlock.cli.ledger import known
    from airlock.config.settings import Settings

    to = parsed.to or Path(f"evidence-{parsed.model}-{parsed.version}.zip")
    if to.exists():
        raise WrongCall(f"{to} is there already.", do="Name another file by --to.")
    settings = Settings.read()
    known(settings, parsed.model)
    data, sha256, unsaid = (
        _published(settings, parsed) if parsed.published else _made(settings, parsed, console)
    )
    for one in unsaid:
        console.print(f"Nobody has said it: {one}", markup=False, soft_wrap=True)
    if unsaid and parsed.strict:
        console.print(
            f"{len(unsaid)} section(s) lack what only people can say; nothing was written.",
            soft_wrap=True,
        )
        return NO
    with to.open("xb") as file:
        file.write(data)
    console.print(f"{to}: {len(data):,} bytes, SHA-256 {sha256}.", markup=False, soft_wrap=True)
    return OK


def print_draft(parsed: argparse.Namespace, _: Console) -> int:
    """The file on standard output, to be kept where the person wants it."""
    from airlock.core.names import checked_model
    from airlock.stages.evidence.spec import stub

    sys.stdout.write(stub(checked_model(parsed.model)))
    return OK


def _made(
    settings: Settings, parsed: argparse.Namespace, console: Console
) -> tuple[bytes, str, tuple[str, ...]]:
    from airlock.evidence import make_pack

    governance = parsed.governance
    if governance is None:
        usual = settings.root / "include/governance" / f"{parsed.model}.yaml"
        governance = usual if usual.exists() else None
    made = make_pack(
        settings.ledger(parsed.model, to_write=True),
        parsed.version,
        stores={"store": settings.store("store"), "raw": settings.store("raw")},
        governance=governance,
    )
    for left in made.left_out:
        console.print(f"Left out: {left}", markup=False, soft_wrap=True)
    return made.data, made.sha256, made.unsaid


def _published(
    settings: Settings, parsed: argparse.Namespace
) -> tuple[bytes, str, tuple[str, ...]]:
    from airlock.evidence import published_pack

    found = published_pack(settings.ledger(parsed.model), parsed.version)
    if found is None:
        raise WrongCall(
            f"No task has left the evidence of {parsed.model} version {parsed.version}.",
            do="Leave --published out: it is packed now.",
        )
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    return found.read(stores), found.record.sha256, found.record.unsaid
