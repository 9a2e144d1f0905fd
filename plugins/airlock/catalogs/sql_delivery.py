"""Delivers predictions into a table of PostgreSQL or SQLite, one night in one transaction.

Beside the table `<name>` lies `<name>_partitions`, which names the catalog's number of the
partition that each night holds. Its row is written first and thereby locked: of two attempts the
second waits, and finds the work done; and a partition never replaces one with a higher number.
"""

from __future__ import annotations

import contextlib
import functools
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from airlock.catalogs.predictions import Partition
from airlock.catalogs.silence import cut_silent_lines
from airlock.core.errors import DataError, StoreUnavailable

if TYPE_CHECKING:
    from airlock.config.settings import Settings
    from airlock.core.outputs import SqlOutput

_AT_ONCE = 5_000  # rows of one statement
# Seconds: for a SQLite file that another one writes, for a row that another one holds, …
_WAIT_FOR_FILE = 60
_WAIT_FOR_LOCKS = 20
_WAIT_FOR_STATEMENT = 60
_WAIT_FOR_CONNECTION = 10
_SILENCE = 75  # more than the server itself allows a statement
_TYPES: Mapping[pa.DataType, Callable[[], Any]] = {
    pa.string(): sql.Text,
    pa.int64(): sql.BigInteger,
    pa.float64(): functools.partial(sql.Float, 53),
    pa.bool_(): sql.Boolean,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What a database takes: columns of a table, bytes of a name, and whether capitals count."""

    columns: int
    bytes: int
    folds: bool


# https://www.sqlite.org/limits.html, https://www.postgresql.org/docs/current/limits.html; what is
# cut off, and no error, is a name of more than 63 bytes in PostgreSQL.
_LIMITS = {
    "sqlite": _Limits(columns=2000, bytes=1000, folds=True),
    "postgresql": _Limits(columns=1600, bytes=63, folds=False),
}
# SQLite folds ASCII alone.
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def deliver_output(
    settings: Settings, output: SqlOutput, partition: Partition, parts: Sequence[Path]
) -> None:
    """Have the table that an output names hold a partition; see `deliver`."""
    deliver(settings.database(output.connection), output.table, partition, parts)


def check_output(settings: Settings, output: SqlOutput, names: Sequence[str]) -> None:
    """Refuse columns that the output's database cannot have, before a night is scored; see below.

    Args:
        names: of the columns of predictions.

    Raises:
        DataError: it could not.
    """
    url = settings.database(output.connection)
    check_columns(url.get_backend_name(), output.table, names)


def check_columns(backend: str, table: str, names: Sequence[str]) -> None:
    """Refuse columns that a database cannot have: classes become names of columns there.

    Raises:
        DataError: there are too many, or a name is too long, is no name, or not told apart.
    """
    limits = _LIMITS.get(backend, _LIMITS["postgresql"])
    do = (
        "Leave the SqlOutput out and read the predictions from the store, or train with fewer and "
        "shorter classes."
    )
    if len(names) > limits.columns:
        raise DataError(
            f"The table {table} would have {len(names):,} columns, one for every class, and "
            f"{backend} takes {limits.columns:,}.",
            do=do,
        )
    for at, name in enumerate(names, start=1):
        if "\0" in name or len(name.encode(errors="surrogatepass")) > limits.bytes:
            raise DataError(
                f"Column {at:,} of the table {table}, which is named by a class, has a NUL, or "
                f"more than the {limits.bytes:,} bytes that {backend} takes.",
                do=do,
            )
    told = Counter(name.translate(_FOLDED) if limits.folds else name for name in names)
    if same := sum(count for count in told.values() if count > 1):
        raise DataError(
            f"{same:,} columns of the table {table} differ in capitals alone, and {backend} cannot "
            "tell them apart.",
            do=do,
        )


def files_of(settings: Settings, output: SqlOutput) -> list[Path]:
    """The file that the table lies in, if the database is SQLite."""
    url = settings.database(output.connection)
    return [Path(url.database)] if url.drivername == "sqlite" and url.database else []


def deliver(url: URL, table: str, partition: Partition, parts: Sequence[Path]) -> bool:
    """Have a table hold a partition instead of what it holds of that night.

    Args:
        url: of the database.
        table: `name` or `schema.name`; made if it is not there.
        partition: as the catalog numbers it.
        parts: its files, local and verified, of equal columns.

    Returns:
        False if the table holds this partition already, or a later one.

    Raises:
        StoreUnavailable: the database does not answer.
        DataError: the table has other columns, or cannot have these.
    """
    check_columns(url.get_backend_name(), table, pq.read_schema(parts[0]).names)
    engine = _engine(url)
    try:
        rows, partitions = _tables(table, pq.read_schema(parts[0]))
        _create_tables(engine, rows.metadata)
        with engine.begin() as connection:
            if not _claim_night(connection, partitions, partition):
                return False
            of_night = (rows.c.model == partition.model) & (rows.c.night == partition.night)
            connection.execute(rows.delete().where(of_night))
            for some in _rows(parts):
                connection.execute(rows.insert(), some)
            return True
    # Their texts quote addresses and cells.
    except OperationalError as error:
        raise StoreUnavailable(
            f"The database of {table} does not answer ({type(error.orig).__name__}).",
            do="Look at the connection, and whether it accepts one from here.",
        ) from None
    except SQLAlchemyError as error:
        kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
        raise DataError(
            f"The predictions cannot be written into the table {table} ({kind}).",
            do="Has it other columns than the predictions? Name another table in the SqlOutput.",
        ) from None
    finally:
        engine.dispose()


def _engine(url: URL) -> sql.Engine:
    """Connections that wait for nobody longer than a minute or so."""
    if url.get_backend_name() == "sqlite":
        return sql.create_engine(url, connect_args={"timeout": _WAIT_FOR_FILE})
    limits = {"lock_timeout": _WAIT_FOR_LOCKS, "statement_timeout": _WAIT_FOR_STATEMENT}
    engine = sql.create_engine(
        url,
        connect_args={
            "connect_timeout": _WAIT_FOR_CONNECTION,
            "options": " ".join(f"-c {name}={seconds}s" for name, seconds in limits.items()),
            # A machine that is gone does not acknowledge what was sent, nor a probe of the line.
            "tcp_user_timeout": _WAIT_FOR_LOCKS * 1000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    cut_silent_lines(engine, _SILENCE)
    return engine


def _tables(name: str, schema: pa.Schema) -> tuple[sql.Table, sql.Table]:
    space, _, plain = name.rpartition(".")
    metadata = sql.MetaData(schema=space or None)
    # Without a key over rows: a night is replaced whole, and nothing else ever writes.
    rows = sql.Table(
        plain, metadata, *(sql.Column(field.name, _TYPES[field.type]()) for field in schema)
    )
    sql.Index(f"{plain}_night", rows.c.model, rows.c.night)
    partitions = sql.Table(
        f"{plain}_partitions",
        metadata,
        sql.Column("model", sql.String(250), primary_key=True),
        sql.Column("night", sql.String(10), primary_key=True),
        sql.Column("number", sql.Integer, nullable=False),
        sql.Column("rows", sql.BigInteger, nullable=False),
        sql.Column("sha256", sql.String(64), nullable=False),
    )
    return rows, partitions


def _create_tables(engine: sql.Engine, metadata: sql.MetaData) -> None:
    # Of several who make them at once, whoever is late for one finds it there at the next try.
    for _ in metadata.tables:
        with contextlib.suppress(SQLAlchemyError):
            metadata.create_all(engine)
            return
    metadata.create_all(engine)


def _claim_night(connection: Connection, partitions: sql.Table, mine: Partition) -> bool:
    """Lock the night's row, and enter this partition unless it or a later one is there."""
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    night = {"model": mine.model, "night": mine.night}
    empty = {**night, "number": 0, "rows": 0, "sha256": ""}
    # A write before the first read: SQLite then waits for its turn instead of giving up.
    connection.execute(insert(partitions).values(**empty).on_conflict_do_nothing())
    where = (partitions.c.model == mine.model) & (partitions.c.night == mine.night)
    # FOR UPDATE, where there is such a thing.
    held = connection.execute(sql.select(partitions.c.number).where(where).with_for_update())
    if held.scalar_one() >= mine.number:
        return False
    connection.execute(
        partitions.update()
        .where(where)
        .values(number=mine.number, rows=mine.rows, sha256=mine.sha256)
    )
    return True


def _rows(parts: Sequence[Path]) -> Iterator[list[dict[str, Any]]]:
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(_AT_ONCE):
                yield batch.to_pylist()
