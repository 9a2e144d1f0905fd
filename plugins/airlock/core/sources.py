"""What a pipeline may declare about where rows come from, besides an address of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from airlock.core.errors import SpecError
from airlock.core.problems import WrittenProblem
from airlock.core.spec import Spec
from airlock.core.statements import SourceQuery, read_statement


class SourceSpec(Spec):
    """Base of every source that is no address of files; an extension's derives from it, too.

    Snapshot opens it by what `airlock.hooks.Table` registers for its class.
    """

    @property
    def address(self) -> str:
        """What records, logs and messages call it."""
        raise NotImplementedError

    def by_night(self, root: Path) -> bool:
        """Whether each night has rows of its own.

        Args:
            root: the project root.
        """
        raise NotImplementedError

    @property
    def files(self) -> str | None:
        """The address that its files lie below, if it lies in files; else None."""
        return None

    @property
    def how_by_night(self) -> str:
        """What to do so that it has nights, without a full stop."""
        raise NotImplementedError

    def problems(self, root: Path, places: Sequence[str]) -> Iterator[WrittenProblem]:
        """What can be seen to be wrong without looking at data.

        Args:
            root: the project root.
            places: prefixes below which files may lie.
        """
        yield from ()

    def __str__(self) -> str:
        return self.address


AnySource = str | SourceSpec
"""Where rows come from: an address of files, or a table of another kind."""


class SqlSource(SourceSpec):
    """The rows of one query, by a connection of Airflow.

    Args:
        statement: the SQL file, absolute or relative to the project.
        connection: Airflow's connection id of the database.
        timeout: seconds that the server may take for the query, and for each piece of its rows.
    """

    statement: str = Field(min_length=1)
    connection: str = Field(min_length=1)
    timeout: int = Field(default=600, ge=1, le=86_400)

    @property
    def address(self) -> str:
        return f"{self.connection}:{self.statement}"

    def by_night(self, root: Path) -> bool:
        return self.query(root).by_night

    def query(self, root: Path) -> SourceQuery:
        """The query.

        Raises:
            SpecError: it cannot be read, or is no single query.
        """
        return read_statement(root / self.statement, shown=self.statement)

    @property
    def how_by_night(self) -> str:
        return "Write :night into the query, as in WHERE day = :night"

    def problems(self, root: Path, places: Sequence[str]) -> Iterator[WrittenProblem]:
        try:
            self.query(root)
        except SpecError as error:
            yield WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("statement",))


def sql(statement: Path | str, *, connection: str, timeout: int = 600) -> SqlSource:
    """The rows of one query.

    Args:
        statement: a file with one SELECT; `:night` in it stands for the run's partition date, and
            `:first_night` for the first one of a window. A path, or relative to the project.
        connection: Airflow's connection id of the database.
        timeout: seconds that the server may take for the query, and for each piece of its rows.
    """
    return SqlSource(statement=str(statement), connection=connection, timeout=timeout)


class DeltaSource(SourceSpec):
    """A table of Delta Lake, at one of its versions.

    Args:
        table: address of its folder, the one that holds `_delta_log`.
        version: which; None for the last one that there is when the snapshot is taken.
        night_column: the column of days, or of texts like them, by which a night's rows are found.
    """

    table: str = Field(min_length=1)
    version: int | None = Field(default=None, ge=0)
    night_column: str | None = Field(default=None, min_length=1)

    @property
    def address(self) -> str:
        return f"delta:{self.table}"

    @property
    def files(self) -> str | None:
        return self.table

    @property
    def how_by_night(self) -> str:
        return 'Name the column with the night, as in night_column="day"'

    def by_night(self, root: Path) -> bool:
        return self.night_column is not None


class IcebergSource(SourceSpec):
    """A table of Iceberg, at one of its snapshots.

    Args:
        table: address of its folder, the one that holds `metadata`, or its name in a catalog.
        connection: Airflow's connection id of the catalog; None for a folder.
        snapshot: the id of one; None for the current one when the snapshot is taken.
        night_column: the column of days, or of texts like them, by which a night's rows are found.
    """

    table: str = Field(min_length=1)
    connection: str | None = Field(default=None, min_length=1)
    snapshot: int | None = Field(default=None, ge=0)
    night_column: str | None = Field(default=None, min_length=1)

    @property
    def address(self) -> str:
        return f"iceberg:{self.table}" + (f" of {self.connection}" if self.connection else "")

    @property
    def files(self) -> str | None:
        return None if self.connection else self.table

    @property
    def how_by_night(self) -> str:
        return 'Name the column with the night, as in night_column="day"'

    def by_night(self, root: Path) -> bool:
        return self.night_column is not None


def delta(
    table: str, *, version: int | None = None, night_column: str | None = None
) -> DeltaSource:
    """A table of Delta Lake, at one of its versions.

    Args:
        table: address of its folder, below a place of `[airlock] sources`.
        version: which; None for the last one that there is when the snapshot is taken.
        night_column: the column by which a night's rows are found.
    """
    return DeltaSource(table=table, version=version, night_column=night_column)


def iceberg(
    table: str,
    *,
    connection: str | None = None,
    snapshot: int | None = None,
    night_column: str | None = None,
) -> IcebergSource:
    """A table of Iceberg, at one of its snapshots.

    Args:
        table: address of its folder, below a place of `[airlock] sources`; or, with a connection,
            its name in a catalog.
        connection: Airflow's connection id of the catalog, whose extra holds its properties.
        snapshot: the id of one; None for the current one when the snapshot is taken.
        night_column: the column by which a night's rows are found.
    """
    return IcebergSource(
        table=table, connection=connection, snapshot=snapshot, night_column=night_column
    )
