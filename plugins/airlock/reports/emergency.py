"""The pages of break-glass and confirm."""

from __future__ import annotations

from airlock.reports.content import Figure, Page, describe
from airlock.stages.break_glass.record import BreakGlass
from airlock.stages.confirm.record import Confirmation


@describe.register
def break_glass_page(record: BreakGlass) -> Page:
    """Who went past whom, and until when."""
    return Page(
        headline=f"Break-glass: {record.model} version {record.version} became champion",
        figures=(
            Figure(label="Until", value=record.until, note="unless another person confirms it"),
            Figure(label="Then", value=f"version {record.before}"),
            Figure(label="The gate said", value=record.outcome),
            Figure(label="By", value=record.by, note=record.reason),
            Figure(label="Ledger entry", value=str(record.sequence)),
        ),
    )


@describe.register
def confirmation_page(record: Confirmation) -> Page:
    """Who stands by it."""
    return Page(
        headline=f"{record.model} version {record.version} was confirmed",
        figures=(
            Figure(label="By", value=record.by, note=record.reason),
            Figure(label="Confirms", value=f"ledger entry {record.confirms}"),
            Figure(label="Ledger entry", value=str(record.sequence)),
        ),
    )
