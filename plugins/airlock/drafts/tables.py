"""Looks at a table that is no file: a query, or a table of a lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above

from airlock.core.contract import ColumnType, Contract
from airlock.core.errors import DataError
from airlock.core.nights import Every, night_named
from airlock.core.sources import DeltaSource, IcebergSource, SqlSource
from airlock.core.statements import nights_bound
from airlock.drafts.sample import Sample, canonical
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.lake.table import TableVersion
from airlock.stages.snapshot.stage.source.sql import cells
from airlock.stages.snapshot.stage.source.sql.opened import reader_of
from airlock.stages.snapshot.stage.source.sql.server import ServerColumn

_MOST = 200_000  # rows; more would tell the same
# What people call the column of the day that a row was delivered for.
_NIGHTS = ("night", "partition_date", "snapshot_date", "load_date", "ds", "dt", "day", "date")
# In this order: what reads as an integer reads as a number, too.
_KINDS: tuple[ColumnType, ...] = ("integer", "number", "boolean", "date", "timestamp", "string")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLook:
    """What was seen of a table.

    Args:
        source: as the DAGs shall name it, with its column of nights.
        sample: some of its rows; of the newest night, where it has nights.
        every: how long its nights are; None where it has none.
    """

    source: SqlSource | DeltaSource | IcebergSource
    sample: Sample
    every: Every | None


def look_at_lake(source: DeltaSource | IcebergSource, access: Access) -> TableLook:
    """Some rows of a table of a lake, at its last version.

    Raises:
        SourceMissing: there is no such table.
        DataError: it cannot be read, or holds no rows.
    """
    version = _version(source, access)
    column = next((name for name in _NIGHTS if _is_day(version.schema, name)), None)
    night = None if column is None else _newest(version, column)
    where = None if column is None or night is None else (column, night)
    batches = [*_some(version.scan(version.schema.names, night=where))]
    if not any(one.num_rows for one in batches):
        raise DataError(f"{source} holds no rows.", do="Name a table that has some.")
    # Scanned texts may be views, whatever the schema calls them.
    table = pa.Table.from_batches(batches)
    if where is None:
        return TableLook(source=source, sample=Sample(table=canonical(table)), every=None)
    named = source.model_copy(update={"night_column": column})
    return TableLook(source=named, sample=Sample(table=canonical(table)), every="day")


def look_at_query(source: SqlSource, access: Access, *, night: str) -> TableLook:
    """Some rows of a query.

    Args:
        night: that is asked for, where the query asks for one.

    Raises:
        DataError: the database refuses it, or it gives no row.
        StoreUnavailable: the database does not answer.
    """
    statement = source.query(access.root)
    with reader_of(source, access) as reader:
        bound = nights_bound(night, night) if statement.by_night else {}
        answer = reader.ask(statement, bound)
        columns = answer.columns
        batches = list(_some(iter(answer.batches)))
    if not batches or not len(batches[0][0]):
        raise DataError(
            f"{source} gives no row" + (f" for the night {night}." if bound else "."),
            do="Name a night that has some by --night." if bound else "Name a query that has some.",
        )
    arrays = {
        one.name: _typed(str(source), one, [batch[at] for batch in batches])
        for at, one in enumerate(columns)
    }
    every = night_named(night).every if statement.by_night else None
    return TableLook(source=source, sample=Sample(table=pa.table(arrays)), every=every)


def _version(source: DeltaSource | IcebergSource, access: Access) -> TableVersion:
    # Each loads a library that only its own tables need.
    if isinstance(source, DeltaSource):
        from airlock.stages.snapshot.stage.source.lake.delta import delta_version

        return delta_version(source, access)
    from airlock.stages.snapshot.stage.source.lake.iceberg import iceberg_version

    return iceberg_version(source, access)


def _is_day(schema: pa.Schema, name: str) -> bool:
    if name not in schema.names:
        return False
    kind = schema.field(name).type
    return bool(
        pa.types.is_date(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    )


def _newest(version: TableVersion, column: str) -> str | None:
    """The last night of a column; None where its cells are none."""
    last = [
        found
        for batch in version.scan([column], night=None)
        if (found := pc.max(_plain(batch.column(column))).as_py()) is not None
    ]
    newest = max(last, default="")
    text = newest.isoformat() if isinstance(newest, date) else newest
    try:
        return text if night_named(text).every == "day" else None
    except ValueError:
        return None


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(pa.string()) if pa.types.is_string_view(values.type) else values


def _some(batches: Iterator[Any]) -> Iterator[Any]:
    """The first batches, until they are enough."""
    rows = 0
    for batch in batches:
        yield batch
        rows += batch.num_rows if isinstance(batch, pa.RecordBatch) else len(batch[0])
        if rows >= _MOST:
            return


def _typed(shown: str, column: ServerColumn, pieces: Sequence[Any]) -> pa.ChunkedArray:
    """A column in the first type that all of its cells have.

    Raises:
        DataError: it has none that a contract can name.
    """
    for kind in _KINDS:
        if column.kinds is not None and kind not in column.kinds:
            continue
        contract = Contract.model_validate(
            {"columns": {column.name: {"type": kind, "nullable": True}}}
        )
        try:
            tables = [cells.table(_Shown(shown), [column], [one], contract) for one in pieces]
        except DataError:
            continue
        found = pa.concat_tables(tables).column(0)
        # Of a column without a value any type would do.
        if found.null_count < len(found) or kind == "string":
            return found
    raise DataError(
        f"The column {column.name} is of the type {column.type or 'several'}, which no contract "
        "can name.",
        do="Cast it in the query, or leave it out.",
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    name: str
