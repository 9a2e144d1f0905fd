"""Plain reports of a pack: evaluation, data, privacy, decision and approvals, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from airlock.core.quoting import markdown
from airlock.evidence.documents import records as known
from airlock.evidence.documents.taken import usage_report
from airlock.evidence.documents.writing import bullets
from airlock.evidence.gathered import Gathered
from airlock.reports import describe
from airlock.reports.markdown import to_markdown


def reports(g: Gathered) -> Iterator[tuple[str, bytes]]:
    """Each by its path."""
    yield "evaluation.md", to_markdown(describe(g.evaluation)).encode()
    data = f"{to_markdown(describe(g.snapshot))}\n{to_markdown(describe(g.validation))}"
    yield "data.md", data.encode()
    yield "privacy.md", to_markdown(describe(g.redaction)).encode()
    yield "decision.md", to_markdown(describe(g.judged)).encode()
    yield "usage.md", usage_report(g)
    yield "approvals.md", _approvals(g)


def _approvals(g: Gathered) -> bytes:
    of = g.of
    parts = [
        f"# Who decided about {markdown(of.model)} version {of.version}",
        bullets([f"What became of it: {known.fate(g)}.", *known.oversight(g)]),
    ]
    return ("\n\n".join(parts) + "\n").encode()
