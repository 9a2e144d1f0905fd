"""Verifies the bundles of champions and canaries, and their signatures."""

from __future__ import annotations

from airlock import signing
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.ledger import Canary, Champion, State
from airlock.verify.look import Look


def champions(look: Look) -> list[Champion]:
    """Everybody who was ever champion or on trial; the entry that named a bundle first answers."""
    found: dict[str, Champion] = {}
    for entry in look.entries:
        if entry.kind in {"promoted", "rolled_back"}:
            one = Champion.from_entry(entry)
        elif entry.kind == "canary":
            one = Canary.from_entry(entry).challenger
        else:
            continue
        found.setdefault(one.bundle, one)
    return list(found.values())


def check_bundles(look: Look) -> None:
    """Each bundle is the one that was promoted, and a key that counts signed it.

    All of them are looked at: of several the lowest entry is the first that does not hold.
    """
    # What the verified entries retired; the chain may be broken behind them.
    trusted = look.ledger.still_valid(State.of(look.ledger.model, look.entries))
    for one in champions(look):
        before = len(look.problems)
        with look.holds(one.sequence):
            made = publication.load(look.store, one.training, expected=one.training_sha256)
            if made.result.data.digest != one.bundle:
                raise Unverified(
                    f"The bundle at {made.result.data.prefix} is not the one that was promoted.",
                    do="Find out who replaced it.",
                )
        with look.holds(one.sequence):
            signing.stored(look.store, model=look.ledger.model, bundle=one.bundle, trusted=trusted)
        look.counts["bundles"] += len(look.problems) == before
        _envelopes(look, one.bundle, one.sequence)
    _candidates(look)


def _candidates(look: Look) -> None:
    """Envelopes of bundles that were judged and never promoted."""
    done = {one.bundle for one in champions(look)}
    for entry in look.entries:
        if entry.kind != "decided" or (bundle := entry.body["bundle"]) in done:
            continue
        done.add(bundle)
        if not _envelopes(look, bundle, entry.sequence):
            look.warnings.append(
                f"The bundle {bundle[:16]}, which entry {entry.sequence} decided about, has no "
                "signature."
            )


def _envelopes(look: Look, bundle: str, sequence: int) -> int:
    """Hold every envelope of a bundle against the trusted keys, those of the past included."""
    count = 0
    for stat in look.store.list(f"signatures/{look.ledger.model}/{bundle}/"):
        count += 1
        look.cover(stat.key, sequence)
        trusted = look.ledger.trusted
        with look.holds(sequence):
            envelope = look.store.get(stat.key)
            signing.check(envelope, bundle=bundle, trusted=trusted, model=look.ledger.model)
            name = stat.key.rpartition("/")[2]
            signing.check_kept(envelope, name, bundle=bundle, trusted=trusted)
    return count
