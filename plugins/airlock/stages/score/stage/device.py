"""Chooses the device that a scoring computes on."""

from __future__ import annotations

import torch

from airlock.core.errors import ModelError
from airlock.stages.score.spec import ScoreSpec


def device(spec: ScoreSpec) -> str:
    """The device, as torch names it: `cpu` or `cuda`.

    Raises:
        ModelError: a GPU is demanded, and this machine has none.
    """
    if spec.accelerator == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if spec.accelerator == "gpu":
        raise ModelError(
            "The scoring wants a GPU, and this machine has none.",
            do="Send it to a machine that has one (queue, executor_config), or set accelerator.",
        )
    return "cpu"


def name_of(device: str) -> str:
    """What a record calls it: two kinds of GPU need not agree on the last digits either."""
    return torch.cuda.get_device_name() if device == "cuda" else device
