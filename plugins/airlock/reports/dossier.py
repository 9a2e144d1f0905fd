"""The dossier of a version of high risk, in the order in which a model risk team reads.

Purpose, data, development, validation against baselines, limits, monitoring, approvals: all from
records under the decision's digests, so that it can be made again from them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from airlock.reports.baselines import baseline_tables
from airlock.reports.card import (
    Described,
    data_table,
    digests_table,
    model_table,
    rules_table,
    use_table,
)
from airlock.reports.content import Figure, Page, ReportTable
from airlock.reports.evaluation import fairness_tables, metrics_table, slices_tables, stress_tables
from airlock.reports.markdown import to_text, written_columns
from airlock.reports.page import write_page
from airlock.reports.probes import attack_tables, effect_charts, explanation_tables
from airlock.reports.search import search_tables

HTML = "dossier.html"
DOCX = "dossier.docx"

_THEN = (1980, 1, 1, 0, 0, 0)  # the first day that an archive knows: equal records, equal bytes
_UNSAID = "Nobody has said it: write card.limits in the policy."


def write_dossier(described: Described, into: Path) -> None:
    """Write it as HTML, and as DOCX where python-docx is installed; equal records, equal bytes."""
    page = dossier_page(described)
    write_page(described.decision, page, into, name=HTML)
    try:
        import docx  # noqa: F401
    except ImportError:
        return
    (into / DOCX).write_bytes(_as_docx(page))


def dossier_page(described: Described) -> Page:
    """All sections, numbered."""
    decision = described.decision
    return Page(
        headline=f"Model risk dossier: {decision.model} version {decision.version}",
        figures=(
            Figure(label="Model", value=decision.model, note=f"version {decision.version}"),
            Figure(label="Owner", value=described.words.get("owner") or "nobody named"),
            Figure(label="Verdict", value=decision.outcome, note=f"by policy {decision.policy}"),
        ),
        tables=tuple(_sections(described)),
        charts=effect_charts(described.evaluation.explained),
        charts_title="How the score goes along the leading numbers",
        charts_note="Accumulated local effects, on the holdout.",
    )


def _sections(described: Described) -> Iterator[ReportTable]:
    evaluation = described.evaluation
    parts: tuple[tuple[str, tuple[ReportTable, ...]], ...] = (
        ("Purpose", (use_table(described),)),
        ("Data", (data_table(described),)),
        ("Development", (model_table(described), *search_tables(evaluation.search))),
        (
            "Validation",
            (
                *baseline_tables(evaluation),
                metrics_table(evaluation),
                *slices_tables(evaluation),
                *fairness_tables(evaluation),
                *explanation_tables(evaluation.explained),
            ),
        ),
        (
            "Limits",
            (
                _limits(described),
                *stress_tables(evaluation),
                *attack_tables(evaluation.attacked),
            ),
        ),
        ("Monitoring", (_monitoring(described),)),
        ("Approvals", (rules_table(described.decision), _approvals(described))),
        ("Which content", (digests_table(described.decision),)),
    )
    for number, (title, tables) in enumerate(parts, start=1):
        for table in tables:
            yield replace(table, title=f"{number}. {title}: {table.title}")


def _limits(described: Described) -> ReportTable:
    left = [one for one in described.evaluation.unjudged or () if one.groups]
    return ReportTable(
        title="What it is not for, and what was not judged",
        columns=("", "In words"),
        rows=(
            ("Not for", described.words.get("not_for") or "Nobody has said it."),
            ("Known limits", described.words.get("limits") or _UNSAID),
            *((f"Groups of {one.column}", one.sentence) for one in left),
        ),
    )


def _monitoring(described: Described) -> ReportTable:
    canary = described.decision.canary
    steps = ", ".join(f"{share:.0%}" for share in canary.steps) if canary else ""
    return ReportTable(
        title="How it is watched",
        columns=("", "In words"),
        rows=(
            ("Every night", "Drift of columns and scores against the data it was trained on."),
            ("Once labels come", "Its figures on scored nights, against the champion before."),
            ("Rollout", f"On {steps} of the keys, step by step." if steps else "At once."),
            ("Way back", "The champion before stays ready, and a rollback is one signed entry."),
        ),
    )


def _approvals(described: Described) -> ReportTable:
    decision = described.decision
    asked = " ".join(decision.approval_reasons) or "Nobody is asked about this candidate."
    who = ", ".join(decision.approvers) or "whoever may approve"
    return ReportTable(
        title="Who must say yes",
        columns=("", "In words"),
        rows=(
            ("Why people are asked", asked),
            ("Who may answer", who),
            ("Where answers stand", f"In the ledger of {decision.model}, behind this decision."),
        ),
    )


def _as_docx(page: Page) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading(page.headline, level=0)
    for figure in page.figures:
        document.add_paragraph(f"{figure.label}: {figure.value} {figure.note}".strip())
    for table in page.tables:
        document.add_heading(table.title, level=1)
        shown = written_columns(table)
        grid = document.add_table(rows=1, cols=len(shown))
        grid.style = "Light Grid Accent 1"
        for cell, at in zip(grid.rows[0].cells, shown, strict=True):
            cell.text = _clean(table.columns[at].removeprefix("#"))
        for row in table.rows:
            for cell, at in zip(grid.add_row().cells, shown, strict=True):
                cell.text = _clean(to_text(row[at]))
        if table.note:
            document.add_paragraph(_clean(table.note))
    written = BytesIO()
    document.save(written)
    return _undated(written)


def _clean(text: str) -> str:
    """Without what no XML may hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _undated(written: BytesIO) -> bytes:
    """The same archive, of no time."""
    out = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, _THEN), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
