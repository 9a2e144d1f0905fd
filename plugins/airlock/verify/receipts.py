"""Verifies receipts: how each run ended its stages."""

from __future__ import annotations

from urllib.parse import unquote

from airlock.core.content import sha256
from airlock.engine import publication
from airlock.engine.record import Receipt
from airlock.ledger import Entry, named
from airlock.ledger.pipelines import LATELY, shared, trainers
from airlock.verify.look import Look
from airlock.verify.seals import check_seals


def check_receipts(look: Look) -> None:
    """Every receipt that an entry names is there, byte for byte, under no false seal."""
    there = _receipts(look)
    check_seals(look, there)
    scorers: set[str] = set()
    seen: set[str] = set()
    without: dict[str, int] = {}
    ended: set[str] = set()
    for entry in look.entries:
        for one in named(entry):
            if not one.receipt:
                # A rescore ends its nights itself: its own receipt, in `recorded`, is for all.
                if entry.kind != "rescored":
                    without.setdefault(one.sha256, entry.sequence)
                continue
            ended.add(one.sha256)
            if one.receipt in seen:
                continue
            if one.receipt not in there:
                look.bad(entry.sequence, f"The receipt of {one.address} is gone, or was altered.")
            else:
                look.cover(there[one.receipt], entry.sequence)
                if _scored_lately(look, entry, one.address):
                    scorers.add(unquote(there[one.receipt].split("/")[1]))
            seen.add(one.receipt)
    # Most are named twice: by the gate or by what they are about, and with the run's receipt.
    if nameless := sorted(without[name] for name in without.keys() - ended):
        look.warnings.append(
            f"{len(nameless)} result(s), the first by entry {nameless[0]}, are named without a "
            "receipt, as earlier versions did: how their runs ended is not looked at."
        )
    _check_pipelines(look, scorers)


def _receipts(look: Look) -> dict[str, str]:
    """Where every receipt lies, by its digest."""
    there: dict[str, str] = {}
    for stat in look.store.list("runs/"):
        data = look.store.get(stat.key)
        # In another place it would speak of another run.
        if _is_in_place(data, stat.key):
            there[sha256(data)] = stat.key
    return there


def _check_pipelines(look: Look, scorers: set[str]) -> None:
    """Say it where several DAGs train, or score, the model."""
    for kind, dags in (("training", trainers(look.entries, now=look.now)), ("scoring", scorers)):
        if told := shared(look.ledger.model, kind, dags):
            look.warnings.append(told)


def _scored_lately(look: Look, entry: Entry, address: str) -> bool:
    """Whether a result is the champion's scoring of a night, from the last days."""
    return (
        entry.kind == "scored"
        and entry.body.get("role") == "served"
        and address.startswith("stages/score/")
        and look.now - entry.at <= LATELY
    )


def _is_in_place(data: bytes, key: str) -> bool:
    try:
        return publication.may_lie_at(key, Receipt.from_stored(data))
    except ValueError:
        return False
