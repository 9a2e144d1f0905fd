"""Verifies the chain itself, and the checkpoints of it that were kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from airlock.core.errors import BrokenChain
from airlock.ledger import Checkpoint
from airlock.verify.look import Look


def check_chain(look: Look, checkpoints: Sequence[Checkpoint]) -> None:
    """Verify every entry; what holds before a broken one is looked at all the same."""
    try:
        entries = look.ledger.entries()
        for noted in checkpoints:
            noted.check(entries)
    except BrokenChain as error:
        look.bad(error.sequence, str(error))
        look.cut = True
    look.entries = look.ledger.verified()
    look.counts["entries"] = len(look.entries)
    look.counts["checkpoints"] = len(checkpoints)
    for entry in look.entries:
        look.cover(f"ledger/{look.ledger.model}/{entry.sequence:08d}.json", entry.sequence)
