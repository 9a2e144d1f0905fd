"""Verifies the seals of what the ledger names: only a stage of this installation writes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airlock.core.errors import Unverified
from airlock.engine.seals import is_seal
from airlock.ledger import named
from airlock.verify.look import Look


def check_seals(look: Look, receipts: Mapping[str, str]) -> None:
    """Every seal of a named result or receipt is what a key wrote that ever counted, byte for byte.

    One that is missing costs a computation at most: versions before wrote none.

    Args:
        receipts: where each lies, by its digest.
    """
    there: dict[str, list[str]] = {}
    for stat in look.store.list("seals/"):
        there.setdefault(stat.key.split("/")[1], []).append(stat.key)
    without = set()
    for sequence, address, digest in _sealed(look, receipts):
        if digest not in there:
            without.add(digest)
        for key in there.get(digest, ()):
            look.cover(key, sequence)
            with look.holds(sequence):
                envelope = look.store.get(key)
                if not is_seal(envelope, key, address=address, trusted=look.ledger.trusted):
                    raise Unverified(
                        f"{key} is not the seal that a stage put under {address}.",
                        do="Find out who wrote it. A stage takes no notice of it.",
                    )

    if without:
        look.warnings.append(
            f"{len(without)} result(s) and receipt(s) that entries name have no seal, as earlier "
            "versions left them: a run that meets one computes it anew."
        )


def _sealed(look: Look, receipts: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    for entry in look.entries:
        for one in named(entry):
            if one.receipt in receipts:
                yield entry.sequence, one.address, one.sha256
                yield entry.sequence, receipts[one.receipt], one.receipt
