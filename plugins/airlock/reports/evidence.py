"""The page of an evidence pack: what it holds, and what nobody has said."""

from __future__ import annotations

from airlock.reports.content import Figure, Name, Page, ReportTable, describe
from airlock.stages.evidence.record import EvidencePack


@describe.register
def evidence_page(record: EvidencePack) -> Page:
    """How large it is, and its gaps by document."""
    gaps: dict[str, list[str]] = {}
    for one in record.unsaid:
        document, _, section = one.partition(" ")
        gaps.setdefault(document, []).append(section)
    return Page(
        headline=f"Evidence of {record.model} version {record.version}",
        figures=(
            Figure(label="Files", value=f"{record.files:,}"),
            Figure(label="Size", value=f"{record.bytes / 1e6:,.1f} MB"),
            Figure(label="Ledger entries", value=f"{record.entries:,}", note="from the first on"),
            Figure(label="Unsaid", value=f"{len(record.unsaid):,}", note="sections"),
        ),
        tables=(
            ReportTable(
                title="What nobody has said",
                columns=("Document", "Sections"),
                rows=tuple((Name(name), ", ".join(some)) for name, some in gaps.items()),
                note="Say it in the governance file; `airlock governance draft MODEL` lists what "
                "is asked.",
            ),
            ReportTable(
                title="Which content exactly",
                columns=("", "SHA-256"),
                rows=(
                    ("Pack", Name(record.sha256)),
                    ("Governance file", Name(record.governance or "none")),
                ),
            ),
        ),
    )
