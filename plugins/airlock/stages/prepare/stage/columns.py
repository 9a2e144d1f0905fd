"""Holds the columns that a SELECT gives against the contract of the prepared table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import Column, ColumnType, Contract
from airlock.core.errors import SpecError
from airlock.core.quoting import some
from airlock.core.spelling import advice
from airlock.core.table import arrow_schema
from airlock.stages.prepare.spec import NamedTable
from airlock.stages.prepare.stage.database import JoinDatabase, empty_table
from airlock.stages.prepare.stage.known import quoted
from airlock.stages.prepare.stage.statement import Statement

Described = Sequence[tuple[str, str]]

_INTEGERS = frozenset(
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split()
)
_NUMBERS = _INTEGERS | {"FLOAT", "DOUBLE", "DECIMAL"}
# Which of DuckDB's types hold what the contract promises, and become it without a loss.
_FIT: Mapping[ColumnType, frozenset[str]] = {
    "string": frozenset({"VARCHAR", "ENUM"}),
    "integer": _INTEGERS,
    "number": _NUMBERS,
    "boolean": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}),
    "timestamp": frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}),
}
_CASTS: Mapping[ColumnType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def describe_columns(
    statement: Statement, tables: Mapping[str, NamedTable], values: Mapping[str, object]
) -> Described:
    """What a SELECT gives, found out on empty tables: nothing that DuckDB says can be a cell.

    Raises:
        SpecError: it does not fit the columns of the sources.
    """
    # Whoever parses a DAG must not read a file by it, whatever the list of names lets through.
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        connection.execute("SET python_enable_replacements = false")
        for name, table in tables.items():
            connection.execute(empty_table(name, table.contract))
        return JoinDatabase(connection, statement).described(f"\n{statement.text}", values)


def check_columns(
    path: str, described: Described, contract: Contract, *, target: str | None = None
) -> None:
    """Refuse a SELECT whose columns are not those of the contract.

    Args:
        path: of the SQL.
        described: name and type of what it gives.
        contract: of the prepared table.
        target: the column that labels give; None without labels.

    Raises:
        SpecError: with every difference.
    """
    given = dict(described)
    wrong = []
    if target is not None:
        if target in given:
            wrong.append(f"gives {target}, which labels give")
        contract = contract.without(target)
    if len(given) < len(described):
        names = [name for name, _ in described]
        twice = sorted({name for name in names if names.count(name) > 1})
        wrong.append(f"gives {some(twice, most=5)} several times")
    if missing := [name for name in contract.columns if name not in given]:
        wrong.append(f"does not give {some(missing, most=5)}")
    left = set(contract.passed_over)
    more = [name for name in given if name not in contract.columns and name not in left]
    if more and not contract.additive:
        wrong.append(f"gives {some(more, most=5)}, which the contract does not promise")
    for name, column in contract.columns.items():
        if name in given and _family(given[name]) not in _FIT[column.type]:
            wrong.append(f"gives {name} as {given[name]}, and the contract promises {column.type}")
    if wrong:
        meant = [advice(name, contract.columns, what="promised") for name in more[:1]]
        todo = ["Write each with AS and the contract's name; CAST where types differ.", *meant]
        raise SpecError(f"{path} {'; '.join(wrong)}.", do=" ".join(todo))


def wrapped(text: str, contract: Contract, *, values: Mapping[str, str], joined: str = "") -> str:
    """The SELECT with the contract's columns, types and a fixed order of rows around it.

    Args:
        values: expressions of columns that it does not give itself, by their names.
        joined: what is joined to its rows, which are called `prepared`.
    """
    columns = ", ".join(
        f"CAST({values.get(name, f'prepared.{quoted(name)}')} AS {_CASTS[column.type]}) "
        f"AS {quoted(name)}"
        for name, column in contract.columns.items()
    )
    # By all columns: rows that are equal in all of them may stand in any order.
    return f"SELECT {columns} FROM (\n{text}\n) AS prepared{joined} ORDER BY ALL"


def canonical(batch: pa.RecordBatch, contract: Contract) -> pa.Table:
    """A batch as tables are stored: a NaN is no number, and case counts as the contract says."""
    schema = arrow_schema((name, column.type) for name, column in contract.columns.items())
    table = pa.Table.from_batches([batch]).cast(schema)
    for at, (_, column) in enumerate(contract.columns.items()):
        table = table.set_column(at, schema.field(at), _cells(table.column(at), column))
    return table


def _cells(cells: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.type == "number":
        return pc.if_else(pc.is_nan(cells), pa.scalar(None, pa.float64()), cells)
    return pc.utf8_lower(cells) if column.case == "ignore" else cells


def _family(kind: str) -> str:
    """DECIMAL(18,3) is a DECIMAL; a list of them is not."""
    return kind if kind.endswith("]") or "WITH TIME ZONE" in kind else re.split(r"[( ]", kind)[0]
