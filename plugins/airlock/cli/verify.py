"""airlock verify: check everything that the ledger names, and list what was not checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.cli.ledger import known
from airlock.cli.outcome import NO, OK

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.engine.publication import Stores
    from airlock.verify import Verification


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `verify`."""
    one = commands.add_parser(
        "verify",
        help="hash every entry and all that the entries name; say which first does not hold",
    )
    one.add_argument("model", nargs="?", metavar="MODEL", help="all models if left out")
    one.add_argument(
        "--checkpoint",
        metavar="FILE",
        type=Path,
        help="compare with what `airlock checkpoint` printed earlier, or witnesses signed",
    )
    one.add_argument(
        "--witnesses",
        metavar="FILE",
        type=Path,
        help='the public keys of those whose signatures count in it: {"name": "key in base64"}',
    )
    one.add_argument(
        "--deep",
        action="store_true",
        help="also MLflow's copies whole, aliases and tags, retention, and what no entry reaches",
    )
    one.add_argument(
        "--raw-days",
        metavar="N",
        type=float,
        default=30.0,
        help="how long rows before redaction must be kept, as airlock_gc was told (default: 30)",
    )
    one.add_argument(
        "--outside",
        action="store_true",
        help="with --deep: name all objects that no entry reaches",
    )
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """One line a model; fails at the first sequence number that does not hold."""
    from airlock import verify as verification
    from airlock.cli.elsewhere import read_elsewhere, told_by_others
    from airlock.config.settings import Settings
    from airlock.ledger import chains
    from airlock.ledger.checkpoint import refuse_fork

    settings = Settings.read()
    stores: Stores = {"store": settings.store("store"), "raw": settings.store("raw")}
    seen = list(read_elsewhere(settings, parsed.checkpoint, parsed.witnesses))
    noted = [one.checkpoint for one in seen]
    refuse_fork(noted)
    # A chain that was deleted whole is missed by nobody but a checkpoint.
    every = sorted({*chains(stores["store"]), *(one.model for one in noted)})
    if parsed.model and parsed.model not in every:
        known(settings, parsed.model)
    names = [parsed.model] if parsed.model else every
    if not names:
        # Nothing was verified, which is no proof that all holds.
        console.print(f"✘ No model has a ledger in {stores['store'].uri}: nothing was verified.")
        return NO
    findings = []
    for name in names:
        finding = verification.verify(
            settings.ledger(name),
            stores=stores,
            mlflow=settings.mlflow(),
            checkpoints=[one for one in noted if one.model == name],
            deep=parsed.deep,
            raw_days=parsed.raw_days,
        )
        findings.append(finding)
        for line in _lines(finding):
            console.print(line, markup=False, soft_wrap=True)
        for line in () if finding.bad else told_by_others(seen, finding.model):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    stray = [] if parsed.model else list(verification.stray_ledgers(stores["store"], names))
    for line in stray:
        console.print(f"✘ {line}", markup=False, soft_wrap=True)
    if parsed.deep and not parsed.model:
        beyond = verification.outside(stores, findings)
        for line in _beyond(beyond, every=parsed.outside):
            console.print(line, markup=False, soft_wrap=True)
    for line in _not_looked_at(parsed, noted=bool(noted)):
        console.print(line, markup=False, soft_wrap=True)
    # Who asks for all of it is not answered by a part.
    partly = parsed.deep and any(one.note for one in findings)
    return NO if stray or partly or any(one.bad for one in findings) else OK


def _line(finding: Verification) -> str:
    if finding.bad:
        return f"✘ {finding.model}: entry {finding.bad} does not hold. {finding.problem}"
    counted = (
        f"{finding.entries} entries, {finding.bundles} champions' bundles in the store and "
        f"{finding.copies} in MLflow"
        + (f", {finding.checkpoints} checkpoint(s)" if finding.checkpoints else "")
        + (f", {finding.results} results" if finding.results else "")
        + (f"; rows of {finding.gone} are gone, as they should be" if finding.gone else "")
    )
    if finding.note:
        return (
            f"! {finding.model}: what was looked at holds ({counted}). MLflow's copies were not: "
            f"{finding.note}"
        )
    return f"✔ {finding.model}: all holds ({counted})."


def _lines(finding: Verification) -> Iterator[str]:
    yield _line(finding)
    for one in sorted(finding.problems, key=lambda one: one.sequence):
        if one is not finding.first:
            yield f"  ✘ entry {one.sequence}: {one.text}"
    for warning in finding.warnings:
        yield f"  ! {warning}"


def _beyond(objects: Sequence[tuple[str, str]], *, every: bool) -> Iterator[str]:
    """What no entry reaches: how much of each kind, or each by name."""
    if not objects:
        return
    counted = Counter(key.partition("/")[0] for _, key in objects)
    told = ", ".join(f"{count} below {name}/" for name, count in sorted(counted.items()))
    yield (
        f"{len(objects)} object(s) that no entry reaches, or that are links and no files: {told}. "
        "They are not looked at."
    )
    if not every:
        yield "  --outside names each."
        return
    for zone, key in objects:
        yield f"  {zone}: {key}"


def _not_looked_at(parsed: argparse.Namespace, *, noted: bool) -> Iterator[str]:
    from airlock.verify import NEVER

    if not noted:
        yield (
            "Not looked at: whether the last entries, or a whole ledger, were deleted. No "
            "checkpoint from outside of the store was given (--checkpoint)."
        )

    if not parsed.deep:
        yield (
            "Not looked at: MLflow's copies of other versions than champions, and what lies beside "
            "them; aliases and tags; retention; what no entry reaches (--deep)."
        )
        return
    if parsed.model:
        yield "Not looked at: what no entry reaches; leave MODEL out for that."
    yield f"Never under a signature: {'; '.join(NEVER)}."
