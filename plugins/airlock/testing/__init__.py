"""Runs a pipeline on a small table inside of a test: real operators, no scheduler.

    from airlock.testing import run_training

    def test_a_night_is_promoted():
        night = run_training("dags/churn_training.py", rows="tests/churn.csv", night="2026-01-05")
        assert night.gate.outcome == "passed"

Store, ledger, keys and MLflow lie in a temporary folder, and of the project nothing is read but its
files: docs/testing.md.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "SandboxRun": "airlock.testing.running",
    "Sandbox": "airlock.testing.sandbox",
    "made_up_rows": "airlock.testing.made_up",
    "run_training": "airlock.testing.sandbox",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    # pytest loads its plugin with every run: nobody pays who asks for nothing.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'airlock.testing' has no attribute {name!r}")
