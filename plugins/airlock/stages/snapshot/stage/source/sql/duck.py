"""DuckDB, whose rows are Arrow's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from airlock.core.statements import SourceQuery
from airlock.stages.snapshot.stage.source.sql import problems
from airlock.stages.snapshot.stage.source.sql.arrow import arrow_columns
from airlock.stages.snapshot.stage.source.sql.server import DatabaseAnswer, DatabaseTarget, Nights

_ROWS = 20_000
_ALONE = {
    # A query reads its database, and no file and no address besides.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
}


@contextmanager
def connect(target: DatabaseTarget) -> Iterator[DuckReader]:
    """Open the file to be read, in one transaction."""
    path = target.root / (target.database.host or target.database.name or "")
    spilled = target.scratch / "duckdb"
    spilled.mkdir(parents=True, exist_ok=True)
    with _said(target):
        line = duckdb.connect(
            str(path), read_only=True, config={**_ALONE, "temp_directory": str(spilled)}
        )
    with closing(line):
        with _said(target):
            line.execute("SET TimeZone = 'UTC'")
            line.execute("SET lock_configuration = true")
            line.execute("BEGIN TRANSACTION READ ONLY")
        yield DuckReader(line, target)


class DuckReader:
    """One transaction; see `Reader`."""

    def __init__(self, line: duckdb.DuckDBPyConnection, target: DatabaseTarget) -> None:
        self.server = f"DuckDB {duckdb.__version__}"
        self.moment = "one transaction of a file that is opened to be read"
        self._line = line
        self._target = target

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        text, values = statement.written("qmark", nights)
        with self._timed():
            reader = self._line.sql(text, params=list(values)).to_arrow_reader(_ROWS)
        columns = arrow_columns(reader.schema)
        return DatabaseAnswer(columns=columns, batches=self._batches(reader))

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[Any]:
        while True:
            with self._timed():
                batch = next(iter(reader), None)
            if batch is None:
                return
            yield batch.columns

    @contextmanager
    def _timed(self) -> Iterator[None]:
        timer = threading.Timer(self._target.timeout, self._line.interrupt)
        timer.daemon = True
        timer.start()
        try:
            with _said(self._target):
                yield
        finally:
            timer.cancel()


@contextmanager
def _said(target: DatabaseTarget) -> Iterator[None]:
    """Say what DuckDB says by its class: its text may quote a cell."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        why = type(error).__name__
        # Through Arrow an interrupt comes as an error of Arrow's, which has no class of its own.
        if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error):
            raise problems.too_slow(target.shown, target.timeout) from None
        if isinstance(error, duckdb.PermissionException):
            raise problems.changes(target.shown) from None
        if isinstance(error, duckdb.IOException):
            raise problems.no_answer(target.shown, why) from None
        raise problems.refused(target.shown, why) from None
