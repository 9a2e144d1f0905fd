"""A page as Markdown, for whoever reads it where there is no browser: MLflow, a repository."""

from __future__ import annotations

import re

from airlock.reports.content import Cell, Estimate, Name, Page, Plot, Table
from airlock.reports.plots import Pair, Trend


def to_markdown(page: Page) -> str:
    """The same words and figures without the drawings."""
    parts = [f"# {_escaped(page.headline)}"]
    parts += [f"- **{_escaped(one.label)}:** {_value(one.value, one.note)}" for one in page.figures]
    blocks = ["\n".join(parts[:1]), "\n".join(parts[1:]), *map(_table, page.tables)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _value(value: str, note: str) -> str:
    return _escaped(value) + (f" ({_escaped(note)})" if note else "")


def _table(table: Table) -> str:
    drawn = {
        at
        for at in range(len(table.columns))
        if any(isinstance(row[at], Plot | Pair | Trend) for row in table.rows)
    }
    shown = [at for at in range(len(table.columns)) if at not in drawn]
    lines = [
        f"## {_escaped(table.title)}",
        "",
        _row([_escaped(table.columns[at].removeprefix("#")) for at in shown]),
        _row(["---:" if table.columns[at].startswith("#") else "---" for at in shown]),
        *(_row([_cell(row[at]) for at in shown]) for row in table.rows),
    ]
    return "\n".join(lines + (["", _escaped(table.note)] if table.note else []))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _escaped(cell)
    if isinstance(cell, Name):
        # Within backticks everything is text, but for these two.
        return f"`{re.sub('[`|]', '', cell.text)}`"
    if isinstance(cell, Estimate):
        return f"{_escaped(cell.value)} ({_escaped(cell.spread)})"
    if isinstance(cell, Plot | Pair | Trend):
        return ""
    return _escaped(cell.text)


def _escaped(text: str) -> str:
    """Text that people or files wrote: no markup, no link, no new line of the table."""
    flat = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", flat)
