"""Says in SQL what was known when a night ended, and what lies behind it."""

from __future__ import annotations

from datetime import datetime

from airlock.core.contract import ColumnType
from airlock.core.nights import night_named
from airlock.stages.prepare.spec import NamedTable

OF_NIGHT = "__night"
"""The column that says for which night the row of a state was delivered."""


def quoted(name: str) -> str:
    """A name as DuckDB reads it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def visible(table: NamedTable, night: str) -> str:
    """The condition of what was known when a night ended."""
    one = night_named(night)
    contract = table.contract
    if table.kind == "fixed":
        return "true"
    if contract.event_time is None:
        return f"{OF_NIGHT} = {literal('timestamp', one.begin)}"
    when, kind = quoted(contract.event_time), contract.columns[contract.event_time].type
    # What has a day alone may have come at its end: it is known once the day is over.
    known = f"{when} < {literal(kind, one.end)}"
    if table.history is None:
        return known
    return f"{known} AND {when} >= {literal(kind, one.back(table.history - 1).begin)}"


def literal(kind: ColumnType, moment: datetime) -> str:
    """A moment as a column of days, or of times in UTC, is compared with it."""
    if kind == "date":
        return f"DATE '{moment.date()}'"
    return f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat(' ')}'"


def times(table: NamedTable) -> list[str]:
    """The columns in which a later change of a row would show."""
    contract = table.contract
    return [
        name
        for name, column in contract.columns.items()
        if column.type in {"date", "timestamp"}
        and name != contract.event_time
        and name not in contract.ahead
    ]


def after(column: str, kind: ColumnType, night: str) -> str:
    """The condition of what lies behind a night for sure."""
    one = night_named(night)
    if kind == "date":
        return f"{quoted(column)} > {literal(kind, one.last)}"
    return f"{quoted(column)} >= {literal(kind, one.end)}"
