"""What a package of other people may add to Airlock, without a change to Airlock.

A package names a module under the entry point group `airlock.extensions`. The functions in it that
are marked with `hookimpl` and named as in `airlock.hooks.specification` say what it adds; Airlock's
own stages, stores, metrics and rules are registered in the same way (`builtin.py`).

    from airlock.hooks import Metrics, hookimpl

    @hookimpl
    def airlock_metrics():
        return [Metrics(task="classification", better={"gini": True}, measure="leads.metrics:gini")]
"""

from __future__ import annotations

from airlock.hooks.kinds import (
    DriftStatistic,
    Metrics,
    ModelKind,
    Notifier,
    Output,
    Recognizer,
    Rule,
    SinkKind,
    SourceScheme,
    Stage,
    StoreScheme,
    TableKind,
    Trainer,
)
from airlock.hooks.specification import hookimpl

__all__ = [
    "DriftStatistic",
    "Metrics",
    "ModelKind",
    "Notifier",
    "Output",
    "Recognizer",
    "Rule",
    "SinkKind",
    "SourceScheme",
    "Stage",
    "StoreScheme",
    "TableKind",
    "Trainer",
    "hookimpl",
]
