"""The report pages: one for each record, made from the record alone."""

from __future__ import annotations

from importlib import import_module

from airlock.hooks import registry

# Imported for what they register: one description for every kind of record.
from airlock.reports import (  # noqa: F401
    canary,
    data,
    decisions,
    drift,
    emergency,
    evaluation,
    evidence,
    models,
    operations,
    preparation,
    redaction,
    search,
    validation,
)
from airlock.reports.content import Figure, Page, describe, kinds
from airlock.reports.page import INDEX, verdict_badge, write_report

for _stage in registry.stages().values():
    if _stage.page is not None:
        import_module(_stage.page)

__all__ = ["INDEX", "Figure", "Page", "describe", "kinds", "verdict_badge", "write_report"]
