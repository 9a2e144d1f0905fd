"""What a training cost: its task's time at the price of a device."""

from __future__ import annotations

from airlock.errors import Unverified
from airlock.stages import publication
from airlock.stages.record import Input
from airlock.stages.train.record import Training
from airlock.store import Store


def cost_of(
    training: Input[Training], store: Store, *, device_hour_price: float | None
) -> float | None:
    """The seconds of the attempt that published the training, on one device, at a price.

    A reused training costs what it cost when it was made.

    Args:
        store: with the receipts.
        device_hour_price: in any currency; None if nobody said.

    Returns:
        None without a price, or without the receipt of the run that made it.
    """
    made = training.result.made_by
    if device_hour_price is None:
        return None
    try:
        receipt = publication.receipt_for(
            store,
            dag_id=made.dag_id,
            run_id=made.run_id,
            stage=training.result.stage,
            address=training.address,
        )
    except Unverified:
        return None
    return receipt.seconds / 3600 * device_hour_price
