"""Chooses accelerator, precision and number of cores of a training."""

from __future__ import annotations

import platform

import torch

from airlock.core.cores import cores
from airlock.core.errors import ModelError
from airlock.stages.train.spec import TrainSpec

_LARGE = 1_000_000  # parameters


def checked(spec: TrainSpec) -> None:
    """Refuse what this machine cannot do, before any data is read.

    Raises:
        ModelError: there is no such device, or too few, or it has no bfloat16.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (spec.accelerator == "gpu" or on_gpu(spec)) and gpus < spec.devices:
        raise ModelError(
            f"The training wants {spec.devices} GPUs, and this machine has {gpus}.",
            do="Send it to a machine that has them (queue, executor_config), or set accelerator.",
        )
    if not on_gpu(spec) and cores() < spec.devices:
        raise ModelError(
            f"The training wants {spec.devices} cores, one a rank, and this machine has {cores()}.",
            do="Send it to a machine that has them (queue, executor_config), or lower devices.",
        )
    able = not on_gpu(spec) or torch.cuda.is_bf16_supported(including_emulation=False)
    if spec.precision == "bf16" and not able:
        raise ModelError(
            f"{torch.cuda.get_device_name()} does not compute in bfloat16.",
            do="Set precision='32', or send the training to a newer GPU.",
        )


def on_gpu(spec: TrainSpec) -> bool:
    """Whether it trains on GPUs."""
    return spec.accelerator != "cpu" and torch.cuda.is_available()


def hardware() -> dict[str, str | int]:
    """What a person wants to know of the machine."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return {
        "machine": platform.machine(),
        "cores": cores(),
        "gpus": gpus,
        **({"gpu": torch.cuda.get_device_name()} if gpus else {}),
    }


def threads(module: torch.nn.Module, ranks: int = 1) -> int:
    """As many as pay: the cores that are ours, or 1.

    A step of a small network takes less time than sharing it: where another process wanted the
    second core, waiting for it made the churn training fifteen times as long.
    """
    size = sum(parameter.numel() for parameter in module.parameters())
    return 1 if size < _LARGE else max(1, cores() // ranks)
