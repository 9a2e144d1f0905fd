"""The page of gc."""

from __future__ import annotations

from airlock.reports.content import Figure, Page, ReportTable, describe, plural
from airlock.stages.gc.record import Collection


@describe.register
def collection_page(record: Collection) -> Page:
    """What was past its time, by kind."""
    objects = sum(one.objects for one in record.deleted)
    word = "would be deleted" if record.dry_run else "deleted"
    return Page(
        headline=f"{plural(objects, 'object')} past {'its' if objects == 1 else 'their'} time",
        figures=tuple(
            Figure(
                label=one.kind.capitalize(),
                value=f"{one.objects:,}",
                note=f"{one.bytes / 1e6:,.1f} MB {word}",
            )
            for one in record.deleted
        ),
        tables=(
            ReportTable(
                title="By kind",
                columns=("Kind", "#Objects", "#MB"),
                rows=tuple(
                    (one.kind, f"{one.objects:,}", f"{one.bytes / 1e6:,.1f}")
                    for one in record.deleted
                ),
            ),
        ),
    )
