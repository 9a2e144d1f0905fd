"""Reads and writes tables: Parquet parts of canonical types, whose bytes depend on rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from airlock.core.contract import ColumnType
from airlock.core.disk import full_disk
from airlock.core.errors import DataError
from airlock.core.quoting import COMPUTED, cell
from airlock.core.values import spelled

ARROW: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
"""The one Arrow type of each type of the contract."""

# Half a million rows of twenty columns are some 100 MB in memory, and a file that S3 likes.
PART_ROWS = 500_000
GROUP_ROWS = 50_000
# A group is held in memory whole: 20 KB a row are far beyond any table that a model learns from.
GROUP_BYTES = 1 << 30


def arrow_schema(columns: Iterable[tuple[str, ColumnType]]) -> pa.Schema:
    """The canonical schema of columns with contract types, in order."""
    return pa.schema([(name, ARROW[kind]) for name, kind in columns])


def contract_types(schema: pa.Schema) -> tuple[tuple[str, ColumnType], ...]:
    """Name and contract type of each column of a canonical table, in order."""
    words = {arrow: word for word, arrow in ARROW.items()}
    return tuple((field.name, words[field.type]) for field in schema)


def value_texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The values of a column of any type as text: 1.0 is "1" as 1 is, and a midnight is the day."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_floating(values.type):
        return pa.array(
            [None if value is None else spelled(value) for value in values.to_pylist()],
            pa.string(),
        )
    texts = values.cast(pa.string())
    if pa.types.is_timestamp(values.type):
        return pc.replace_substring_regex(texts, r"( 00:00:00)?(\.0+)?Z?$", "")
    return texts


def key_texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Keys as they are compared, as a pseudonym is made: no blanks around them, and 1.0 is 1."""
    texts = pc.utf8_trim_whitespace(value_texts(column))
    return pc.replace_substring_regex(texts, r"^(-?[0-9]+)\.0*$", r"\1")


def for_csv(table: pa.Table) -> pa.Table:
    """A table that no spreadsheet computes; `quoting.from_cell` takes its texts back."""
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            quoted = pc.replace_substring_regex(table.column(at), f"({COMPUTED})", r"'\1")
            table = table.set_column(at, field, quoted)
    return table.rename_columns([cell(name) for name in table.column_names])


def read_parts(
    folder: Path, parts: Iterable[str], *, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """The row groups of a table's parts, in row order.

    Args:
        folder: that holds them, verified.
        parts: paths relative to it.
        columns: which to read; all if None.
    """
    for part in parts:
        with pq.ParquetFile(folder / part) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns)


def write_parts(
    tables: Iterable[pa.Table], schema: pa.Schema, out: Path
) -> tuple[tuple[str, int], ...]:
    """Write a table as `part-00000.parquet` and so on, in bounded memory.

    How the rows arrive makes no difference to the bytes: they are cut anew.

    Args:
        tables: the rows in order, of exactly `schema`.
        out: an empty folder; made if it is not there.

    Returns:
        Each part's path relative to `out` and its rows; one empty part for a table without rows.

    Raises:
        DataError: the rows are so wide that they cannot be held in memory.
        StoreUnavailable: the disk is full.
    """
    with full_disk(out):
        return tuple(_write_part(tables, schema, out))


def _write_part(
    tables: Iterable[pa.Table], schema: pa.Schema, out: Path
) -> Iterator[tuple[str, int]]:
    out.mkdir(parents=True, exist_ok=True)
    number = 0
    groups = _groups(tables, schema)
    group = next(groups, schema.empty_table())
    while group is not None:
        name, rows = f"part-{number:05d}.parquet", 0
        with pq.ParquetWriter(out / name, schema, compression="zstd") as writer:
            while group is not None and rows < PART_ROWS:
                writer.write_table(group, row_group_size=GROUP_ROWS)
                rows += group.num_rows
                group = next(groups, None)
        yield name, rows
        number += 1


def _groups(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `GROUP_ROWS`, the last one shorter."""
    waiting, rows, size = [schema.empty_table()], 0, 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        size += table.nbytes
        if size > GROUP_BYTES:
            raise DataError(
                f"{rows:,} rows in a row hold more than {GROUP_BYTES >> 20:,} MiB.",
                do="Leave large texts and files out of the table, or cut them off in the export.",
            )
        if rows >= GROUP_ROWS:
            whole = pa.concat_tables(waiting)
            full = rows - rows % GROUP_ROWS
            for start in range(0, full, GROUP_ROWS):
                yield whole.slice(start, GROUP_ROWS).combine_chunks()
            waiting, rows = [whole.slice(full)], rows - full
            size = waiting[0].nbytes
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()


def missing_cells(parts: Iterable[Path]) -> dict[str, int] | None:
    """How many cells of each column have no value, by the footers of Parquet files.

    Args:
        parts: files of one table that `write_parts` wrote.

    Returns:
        None if a footer does not say it.
    """
    found: dict[str, int] = {}
    for path in parts:
        footer = pq.read_metadata(path)
        for group in range(footer.num_row_groups):
            for at in range(footer.num_columns):
                column = footer.row_group(group).column(at)
                counted = column.statistics.null_count if column.statistics is not None else None
                if counted is None:
                    return None
                found[column.path_in_schema] = found.get(column.path_in_schema, 0) + counted
    return found
