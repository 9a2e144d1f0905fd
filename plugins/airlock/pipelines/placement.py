"""Says where a task runs: queue, pool and executor, in Airflow's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def placed(
    pool: str | None, queue: str | None, executor_config: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Where a task runs, as far as somebody said so."""
    said = {
        "pool": pool,
        "queue": queue,
        "executor_config": None if executor_config is None else dict(executor_config),
    }
    return {name: value for name, value in said.items() if value is not None}
