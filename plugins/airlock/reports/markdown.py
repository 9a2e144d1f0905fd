"""Writes a page as Markdown, for readers without a browser: MLflow, a repository."""

from __future__ import annotations

from airlock.core.quoting import code, markdown
from airlock.reports.content import Cell, Digest, Estimate, Name, Page, Plot, ReportTable
from airlock.reports.plots import Pair, Trend


def to_markdown(page: Page) -> str:
    """The same words and figures without the drawings."""
    parts = [f"# {markdown(page.headline)}"]
    parts += [f"- **{markdown(one.label)}:** {_value(one.value, one.note)}" for one in page.figures]
    blocks = ["\n".join(parts[:1]), "\n".join(parts[1:]), *map(_table, page.tables)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _value(value: str, note: str) -> str:
    return markdown(value) + (f" ({markdown(note)})" if note else "")


def written_columns(table: ReportTable) -> list[int]:
    """Those that hold words and figures, and no drawing."""
    drawn = {
        at
        for at in range(len(table.columns))
        if any(isinstance(row[at], Plot | Pair | Trend) for row in table.rows)
    }
    return [at for at in range(len(table.columns)) if at not in drawn]


def to_text(cell: Cell) -> str:
    """A cell as plain text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Estimate):
        return f"{cell.value} ({cell.spread})"
    return "" if isinstance(cell, Plot | Pair | Trend) else cell.text


def _table(table: ReportTable) -> str:
    shown = written_columns(table)
    lines = [
        f"## {markdown(table.title)}",
        "",
        _row([markdown(table.columns[at].removeprefix("#")) for at in shown]),
        _row(["---:" if table.columns[at].startswith("#") else "---" for at in shown]),
        *(_row([_cell(row[at]) for at in shown]) for row in table.rows),
    ]
    return "\n".join(lines + (["", markdown(table.note)] if table.note else []))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return markdown(cell)
    if isinstance(cell, Name | Digest):
        return code(cell.text)
    if isinstance(cell, Estimate):
        return f"{markdown(cell.value)} ({markdown(cell.spread)})"
    if isinstance(cell, Plot | Pair | Trend):
        return ""
    return markdown(cell.text)
