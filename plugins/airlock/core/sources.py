"""What a pipeline may declare about where rows come from, besides an address of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from airlock.core.errors import SpecError
from airlock.core.problems import WrittenProblem
from airlock.core.spec import Spec
from airlock.core.statements import Statement, read_statement


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

    def query(self, root: Path) -> Statement:
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
