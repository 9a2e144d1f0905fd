"""Chooses accelerator, precision and number of cores of a training."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

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


def cores(root: Path = Path("/")) -> int:
    """Cores that this process may use: its affinity, or less if its control group has a quota.

    Args:
        root: of the file system with /proc and /sys.
    """
    mine = len(os.sched_getaffinity(0))
    quotas = [quota for quota in (_version_2(root), _version_1(root)) if quota is not None]
    return max(1, min([mine, *map(int, quotas)]))


def _version_2(root: Path) -> float | None:
    """The smallest quota from our group up to the root; "max" is none."""
    base = root / "sys/fs/cgroup"
    group = base / _group(root, "0::").lstrip("/")
    found = []
    for folder in (group, *group.parents):
        if not folder.is_relative_to(base):
            break
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if quota.isdigit():
            found.append(int(quota) / int(period))
    return min(found, default=None)


def _version_1(root: Path) -> float | None:
    for folder in ("cpu", "cpu,cpuacct"):
        base = root / "sys/fs/cgroup" / folder
        quota, period = (_read(base / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
        if quota.isdigit() and period.isdigit():
            return int(quota) / int(period)
    return None


def _group(root: Path, prefix: str) -> str:
    lines = _read(root / "proc/self/cgroup").splitlines()
    return next((line.removeprefix(prefix) for line in lines if line.startswith(prefix)), "")


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
