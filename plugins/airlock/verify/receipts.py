"""Receipts: how each run ended its stages, as the entries saw it."""

from __future__ import annotations

from airlock.core.content import sha256
from airlock.ledger import named
from airlock.verify.look import Look


def check_receipts(look: Look) -> None:
    """Every receipt that an entry names is there, byte for byte."""
    there: dict[str, list[str]] = {}
    for stat in look.store.list("runs/"):
        there.setdefault(sha256(look.store.get(stat.key)), []).append(stat.key)
    seen: set[str] = set()
    for entry in look.entries:
        for one in named(entry):
            if not one.receipt or one.receipt in seen:
                continue
            seen.add(one.receipt)
            if one.receipt not in there:
                look.bad(entry.sequence, f"The receipt of {one.address} is gone, or was altered.")
            for key in there.get(one.receipt, ()):
                look.cover(key, entry.sequence)
