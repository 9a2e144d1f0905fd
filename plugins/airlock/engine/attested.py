"""Appends signed ledger entries for published results that people act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airlock.core.content import sha256
from airlock.core.errors import Conflict
from airlock.engine import publication
from airlock.ledger import named

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.ledger import Entry, Kind

# Whatever they hold is in the whole, and `gc` deletes them.
_SHARES = frozenset({"redact_share", "score_share"})


def receipts_behind(attempt: Attempt, published: Published) -> dict[str, Any]:
    """What a result was made from, with this run's receipts: the part `results` of an entry.

    By stage; of several of one stage the last one, and the others by their digests. What else this
    run is said to have produced is left out: whoever can write to the store can write a receipt,
    and nothing goes under a signature only because it lies there.

    Raises:
        Unverified: a receipt names what is not there as it was.
    """
    store, origin = attempt.stores["store"], attempt.origin
    every = [
        (receipt, publication.load(store, receipt.address, expected=receipt.sha256))
        for receipt in publication.receipts(store, dag_id=origin.dag_id, run_id=origin.run_id)
        if receipt.stage not in _SHARES
        and (not attempt.settings.sealed or attempt.vouched(receipt))
    ]
    behind = _behind(published, [made for _, made in every])
    found: dict[str, Any] = {}
    for receipt, made in every:
        if made.result.content not in behind or receipt.stage != made.result.stage:
            continue
        if (earlier := found.get(receipt.stage)) is not None:
            found[f"{receipt.stage}@{earlier['sha256'][:16]}"] = earlier
        found[receipt.stage] = {
            "address": receipt.address,
            "sha256": receipt.sha256,
            "content": made.result.content,
            "receipt": sha256(receipt.stored()),
        }
    return found


def _behind(published: Published, every: Sequence[Published]) -> set[str]:
    """The contents of a result, of what it was made from, and so on."""
    behind, before = {published.result.content}, set[str]()
    inputs = [published.result.inputs]
    while behind != before:
        before = set(behind)
        inputs += [one.result.inputs for one in every if one.result.content in before]
        behind |= {content for one in inputs for content in one.values()}
    return behind


def append_attestation(
    attempt: Attempt,
    model: str,
    published: Published,
    *,
    kind: Kind = "recorded",
    facts: Mapping[str, Any] | None = None,
) -> Entry:
    """Name a published result in the model's ledger, once.

    Args:
        kind: of the entry.
        facts: what the entry says besides.
    """
    ledger = attempt.ledger(model, to_write=True)
    origin, stage = attempt.origin, published.result.stage
    name = f"{kind}/{origin.dag_id}/{origin.run_id}/{stage}/{published.sha256}"
    if (written := ledger.find(name)) is not None:
        return written
    body = {
        "stage": stage,
        "run": {"dag_id": origin.dag_id, "run_id": origin.run_id},
        "night": attempt.night,
        "address": published.address,
        "sha256": published.sha256,
        "content": published.result.content,
        **(facts or {}),
        "results": receipts_behind(attempt, published),
    }
    try:
        return ledger.append(kind, body, id=name, at=attempt.now)
    except Conflict:
        # Another attempt of this task was a moment earlier, and saw fewer receipts.
        if (written := ledger.find(name)) is None:
            raise
        return written


def append_receipt(attempt: Attempt, model: str, published: Published) -> None:
    """Name this run's own receipt for a result, unless an entry does: an earlier run signed it."""
    receipt = publication.receipt_for(
        attempt.stores["store"],
        dag_id=attempt.origin.dag_id,
        run_id=attempt.origin.run_id,
        stage=published.result.stage,
        address=published.address,
    )
    name = sha256(receipt.stored())
    entries = attempt.ledger(model, to_write=True).entries()
    if not any(one.receipt == name for entry in entries for one in named(entry)):
        append_attestation(attempt, model, published)
