"""Counts the cores that a process may use."""

from __future__ import annotations

import os
from pathlib import Path


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
