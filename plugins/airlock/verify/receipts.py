"""Verifies receipts: how each run ended its stages."""

from __future__ import annotations

from airlock.core.content import sha256
from airlock.engine import publication
from airlock.engine.record import Receipt
from airlock.ledger import named
from airlock.verify.look import Look


def check_receipts(look: Look) -> None:
    """Every receipt that an entry names is there, byte for byte."""
    there: dict[str, str] = {}
    for stat in look.store.list("runs/"):
        data = look.store.get(stat.key)
        # In another place it would speak of another run.
        if _place(data) == stat.key:
            there[sha256(data)] = stat.key
    seen: set[str] = set()
    nameless: list[int] = []
    for entry in look.entries:
        for one in named(entry):
            if not one.receipt:
                nameless.append(entry.sequence)
            if not one.receipt or one.receipt in seen:
                continue
            seen.add(one.receipt)
            if one.receipt not in there:
                look.bad(entry.sequence, f"The receipt of {one.address} is gone, or was altered.")
            else:
                look.cover(there[one.receipt], entry.sequence)
    if nameless:
        look.warnings.append(
            f"{len(nameless)} result(s), the first by entry {nameless[0]}, are named without a "
            "receipt, as earlier versions did: how their runs ended is not looked at."
        )


def _place(data: bytes) -> str | None:
    """Where a receipt says that it lies; None if it is none."""
    try:
        return publication.key_of(Receipt.from_stored(data))
    except ValueError:
        return None
