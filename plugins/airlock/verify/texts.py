"""Verifies policies and decisions, the texts that a decision names by digest."""

from __future__ import annotations

from airlock.catalogs import kept
from airlock.core.errors import ObjectMissing, Unverified
from airlock.verify.look import Look


def check_texts(look: Look) -> None:
    """Each is what it is called. Decisions of earlier versions name none."""
    absent: list[int] = []
    for entry in look.entries:
        if entry.kind != "decided":
            continue
        names = (
            (kept.POLICIES, entry.body["evidence"]["policy"]),
            (kept.DECISIONS, entry.body["decision"]),
        )
        for shelf, name in names:
            key = kept.address(shelf, name)
            with look.holds(entry.sequence):
                try:
                    data = look.store.get(key)
                except ObjectMissing:
                    if entry.body.get("kept"):
                        raise Unverified(
                            f"{key} is gone.", do="Bring it back from a backup."
                        ) from None
                    absent.append(entry.sequence)
                    continue
                look.cover(key, entry.sequence)
                kept.check(key, data)
    if absent:
        look.warnings.append(
            f"{len(absent)} policies and decisions, the first of entry {absent[0]}, are not in the "
            "store, as earlier versions left it: they are known by their digests alone."
        )
