"""The page of explain in the tab."""

from __future__ import annotations

from airlock.reports.content import Bar, Page, ReportTable, describe
from leads_airlock.explain.record import Explanation


@describe.register
def explanation_page(record: Explanation) -> Page:
    """A bar a column."""
    most = max((by for _, by in record.moved), default=0.0) or 1.0
    return Page(
        headline=f"Scores are moved most by {record.moved[0][0]}",
        tables=(
            ReportTable(
                title="What the scores listen to",
                columns=("Column", "Mean change when it is shuffled"),
                rows=tuple((name, Bar(by / most, f"{by:.4f}")) for name, by in record.moved),
            ),
        ),
    )
