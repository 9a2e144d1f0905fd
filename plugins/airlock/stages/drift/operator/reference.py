"""Finds the table that the champion learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.core.errors import Unverified

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.record import Input
    from airlock.stages.redact.record import Redaction
    from airlock.stages.train.record import Training


def trained_on(attempt: Attempt, training: Input[Training]) -> Input[Redaction] | None:
    """The redacted table of a training, by the receipts of the run that trained; None if gone."""
    from airlock.engine import publication
    from airlock.stages.redact.record import Redaction

    made_by = training.result.made_by
    receipts = publication.receipts(
        attempt.stores["store"], dag_id=made_by.dag_id, run_id=made_by.run_id
    )
    for receipt in receipts:
        if receipt.stage != Redaction.stage:
            continue
        try:
            found = attempt.read_recorded(Redaction, receipt.address, sha256=receipt.sha256)
        except Unverified:
            continue
        if found.content == training.result.inputs["redaction"]:
            return found
    return None
