"""Computes a training's cost: device time at its price."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from airlock.engine.record import Folder, Input
from airlock.stages.train.record import Training, read_seconds


def cost_of(
    training: Input[Training],
    fetch: Callable[[Folder], Path],
    *,
    device_hour_price: float | None,
) -> float | None:
    """The seconds that all attempts spent fitting, on every device, at a price.

    It is the `cost` that its MLflow run shows and that a budget bounds. A reused training costs
    what it cost when it was made.

    Args:
        fetch: a local folder with `run.json` of a report, verified.
        device_hour_price: in any currency; None if nobody said.

    Returns:
        None without a price, or if the training does not say how long it took on how many devices.

    Raises:
        Unverified: what it says was altered.
    """
    devices = training.record.training.get("devices")
    if device_hour_price is None or devices is None:
        return None
    seconds = read_seconds(fetch(training.result.report))
    return None if seconds is None else seconds * devices / 3600 * device_hour_price
