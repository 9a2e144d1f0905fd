"""Opens the DuckDB that joins the sources: locked, on one thread, in bounded memory and disk.

The sources are loaded before it is locked; after that it reads no file, opens no connection, loads
no extension and changes no setting. One thread adds floats up in one order: the same rows give the
same bytes, whatever machine they are joined on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.disk import full_disk
from airlock.core.errors import AirlockError, DataError, ProcessLost, SpecError, StoreUnavailable
from airlock.core.quoting import line
from airlock.core.table import GROUP_ROWS, arrow_schema
from airlock.stages.prepare.spec import NamedTable
from airlock.stages.prepare.stage.known import OF_NIGHT, after, quoted, times, visible
from airlock.stages.prepare.stage.statement import Statement

DELIVERED = "delivered"
"""The schema of whole sources, which no SELECT of people can name."""

_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_LINE = re.compile(r"LINE (\d{1,6}):")
# The wrapper around the SELECT puts one line in front of it.
_BEFORE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a join may take.

    Args:
        memory: bytes; beyond, DuckDB spills to disk.
        disk: bytes, of what is spilt.
    """

    memory: int = 2 << 30
    disk: int = 64 << 30


class JoinDatabase:
    """One DuckDB for one prepared table.

    Args:
        connection: open.
        statement: that will be run, for messages.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
        self._connection = connection
        self._statement = statement

    def load(self, name: str, contract: Contract, rows: Iterable[pa.Table], *, state: bool) -> None:
        """Take in a source.

        Args:
            name: of the source.
            rows: canonical tables in the contract's order; those of a state with the night.
            state: whether they have it.
        """
        schema = arrow_schema((column, spec.type) for column, spec in contract.columns.items())
        if state:
            schema = schema.append(pa.field(OF_NIGHT, pa.timestamp("us")))
        batches = (batch for table in rows for batch in table.cast(schema).to_batches())
        reader = pa.RecordBatchReader.from_batches(schema, batches)
        with self._translating():
            self._connection.register("incoming", reader)
            self._connection.execute(
                f"CREATE TABLE {DELIVERED}.{quoted(name)} AS SELECT * FROM incoming"
            )
            self._connection.unregister("incoming")

    def lock(self) -> None:
        """Shut it: from here on it reads nothing but what was loaded."""
        with self._translating():
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")

    def show(self, name: str, table: NamedTable, night: str) -> int:
        """Let the SELECT see what was known of a source when a night ended.

        Returns:
            How many rows that is.

        Raises:
            DataError: a row of it was changed after the night.
        """
        columns = ", ".join(map(quoted, table.contract.columns))
        where = visible(table, night)
        source = f"{DELIVERED}.{quoted(name)}"
        with self._translating():
            self._connection.execute(
                f"CREATE OR REPLACE VIEW {quoted(name)} AS "
                f"SELECT {columns} FROM {source} WHERE {where}"
            )
            later = times(table) if table.kind != "fixed" else []
            kinds = table.contract.columns
            counts = ", ".join(
                f"count(*) FILTER (WHERE {after(one, kinds[one].type, night)})" for one in later
            )
            # To the end of the result: one that is not read out holds the connection.
            [(rows, *leaks)] = self._connection.execute(
                f"SELECT count(*){', ' + counts if counts else ''} FROM {quoted(name)}"
            ).fetchall()
        told = [f"{one} in {n:,}" for one, n in zip(later, leaks, strict=True) if n]
        if told:
            raise DataError(
                f"{name} holds rows that were changed after the night {night} ended, and would "
                f"tell what came later: {', '.join(told)} of {rows:,} rows lies after it.",
                do="Deliver the table as it was that night, or every change as an event of its "
                "own; if the column is known before it comes, such as a due date, name it in "
                "`ahead` of the contract.",
            )
        return int(rows)

    def create_view(self, name: str, query: str) -> None:
        """Have a query of ours under a name, in place of what was called so before."""
        with self._translating():
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")

    def count(self, of: str) -> int:
        """How many rows there are of what stands behind FROM."""
        with self._translating():
            [(count,)] = self._connection.execute(f"SELECT count(*) FROM {of}").fetchall()
        return int(count)

    def rows(self, sql: str, values: Mapping[str, Any]) -> Iterator[pa.RecordBatch]:
        """The rows that a SELECT gives, in batches."""
        with self._translating():
            reader = self._connection.sql(sql, params=dict(values)).to_arrow_reader(GROUP_ROWS)
        while True:
            with self._translating():
                batch = next(reader, None)
            if batch is None:
                return
            yield batch

    def described(self, sql: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Name and type of every column that a SELECT gives.

        Raises:
            SpecError: DuckDB does not understand it; with its own words, for it has seen no row.
        """
        try:
            found = self._connection.execute(f"DESCRIBE {sql}", dict(values)).fetchall()
        except duckdb.Error as error:
            words = str(error).split("\n\nLINE")[0].replace("\n", " ")
            raise SpecError(
                f"{self._place(error)}: {line(words, 300)}.",
                do="Correct the SQL, or declare the column in the contract of its source.",
            ) from None
        return [(str(one[0]), str(one[1])) for one in found]

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Say of DuckDB's errors what they are and where; their own words quote cells."""
        try:
            yield
        except AirlockError:
            raise
        except duckdb.OutOfMemoryException:
            raise DataError(
                f"{self._statement.path} needs more memory or disk than it may take.",
                do="Join and aggregate less at once, or raise [airlock] prepare_memory and "
                "prepare_disk.",
            ) from None
        except duckdb.IOException:
            raise StoreUnavailable(
                "DuckDB could not write to its temporary folder.",
                do="Look whether the disk of this machine is full, and retry.",
            ) from None
        except duckdb.InternalException:
            raise ProcessLost("DuckDB ended with an error of its own.", do="Retry.") from None
        except duckdb.Error as error:
            raise DataError(
                f"{self._place(error)}: {_KINDS.get(type(error).__name__, 'cannot be run')}.",
                do="Look at the rows that it meets there; TRY_CAST and nullif make a missing value "
                "of what does not fit.",
            ) from None

    def _place(self, error: duckdb.Error) -> str:
        """File and line: digits alone are taken out of DuckDB's words."""
        found = _LINE.search(str(error))
        number = int(found[1]) - _BEFORE if found else 0
        return f"{self._statement.path}:{number}" if number > 0 else self._statement.path


_KINDS: Mapping[str, str] = {
    "ConversionException": "a value does not fit the type that it is cast to",
    "OutOfRangeException": "a number is too large for its type",
    "InvalidInputException": "a value is none that a function takes",
    "ConstraintException": "a value breaks a constraint",
    "BinderException": "does not fit the columns of the sources",
    "CatalogException": "names what is not there",
    "TypeMismatchException": "compares values of two types",
}


@contextmanager
def opened(statement: Statement, scratch: Path, bounds: Bounds) -> Iterator[JoinDatabase]:
    """A database in a private folder, which is gone with it.

    Args:
        scratch: this try's own.
        bounds: what it may take.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    spilt = scratch / "spilt"
    settings = {
        "threads": "1",
        "preserve_insertion_order": "true",
        "memory_limit": f"{bounds.memory}B",
        "temp_directory": str(spilt),
        "max_temp_directory_size": f"{bounds.disk}B",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "python_scan_all_frames": "false",
    }
    with full_disk(scratch), duckdb.connect(str(scratch / "joined.duckdb")) as connection:
        for name, value in settings.items():
            connection.execute(f"SET {name} = " + "'" + value.replace("'", "''") + "'")
        # Times are in UTC everywhere; this is the machine's own zone by default.
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE SCHEMA {DELIVERED}")
        yield JoinDatabase(connection, statement)


def empty_table(name: str, contract: Contract) -> str:
    """Makes a table without rows, to hold a SELECT against."""
    columns = ", ".join(
        f"{quoted(column)} {_TYPES[spec.type]}" for column, spec in contract.columns.items()
    )
    return f"CREATE TABLE {quoted(name)} ({columns})"
