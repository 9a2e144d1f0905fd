"""Checks what a DAG says of several sources, and builds the tasks that join them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.problems import WrittenProblem
from airlock.pipelines.sources import check_any
from airlock.stages.prepare.operator import PrepareOperator, snapshot_task
from airlock.stages.prepare.spec import NamedTable, Sql, Table, check_tables, nights_back
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.snapshot.spec import NIGHT, literally

if TYPE_CHECKING:
    from airlock.pipelines.arguments import Found, Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Several sources, and the SELECT that joins them.

    Args:
        tables: with their contracts, by the names that the SQL calls them.
        window: how many nights rows are made about.
    """

    tables: Mapping[str, NamedTable]
    sql: Sql
    window: int = 1


def read_join(
    sources: Mapping[str, Table] | None,
    sql: Path | None,
    *,
    source: object,
    window: int | None,
    project: Project,
    found: list[Found],
) -> Join | None:
    """What a DAG says of its sources, read; what is wrong with it is added to `found`.

    Args:
        sources: by name; None or empty where the DAG has one source.
        sql: the file with the SELECT.
        source: the one source; None where there are several.
        window: how many nights rows are made about; None where nobody can say.
        project: its root, and the places below which a source may lie.
    """
    if not sources and sql is None:
        return None
    found += _one_way(sources, sql, source)
    tables = {name: _named(name, one, project, found) for name, one in (sources or {}).items()}
    known = {name: one for name, one in tables.items() if one is not None}
    found += check_tables(known, earlier=(window or 1) > 1)
    text = None
    if sql is not None:
        try:
            text = Sql.read(sql, root=project.root)
        except SpecError as error:
            found.append(WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("prepare",)))
    if text is None or len(known) < len(tables) or not known:
        return None
    return Join(tables=known, sql=text, window=window or 1)


def _one_way(
    sources: Mapping[str, Table] | None, sql: Path | None, source: object
) -> Iterator[WrittenProblem]:
    if source is not None:
        yield WrittenProblem(
            what="there are both source and sources",
            do="Name one source; or several in sources, with prepare.",
            at=("source",),
        )
    if not sources:
        yield WrittenProblem(
            what="prepare has no sources", do="Name them: sources={…}.", at=("prepare",)
        )
    if sql is None:
        yield WrittenProblem(
            what="nothing says how the sources are joined",
            do='Write prepare=INCLUDE / "prepare/….sql".',
            at=("sources",),
        )


def _named(name: str, table: Table, project: Project, found: list[Found]) -> NamedTable | None:
    contract, wrong = Contract.read(table.contract)
    found += wrong
    # Its nights are looked at with those of the rows: check_tables.
    of_source = list(check_any(table.source, None, project, at=("sources", name)))
    found += of_source
    if contract is None or any(one.severity == "error" for one in of_source):
        return None
    source = table.source
    return NamedTable(
        source=source,
        contract=contract,
        by_night=NIGHT in source if isinstance(source, str) else source.by_night(project.root),
        history=table.history,
        fixed=table.fixed,
    )


def check_select(join: Join, contract: Contract | None) -> Iterator[Found]:
    """What is wrong with the SELECT itself, and with its columns; this loads DuckDB.

    Args:
        contract: of the table that it makes; None where its file does not load.
    """
    try:
        from airlock.stages.prepare.stage.prepare import check_sql
    except ImportError:
        yield WrittenProblem(
            what="the SQL was not looked at, for DuckDB is not installed",
            do="Install airflow-airlock[prepare].",
            at=("prepare",),
            severity="warning",
        )
        return
    try:
        check_sql(join.sql, join.tables, contract)
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("prepare",))


def add_sources(join: Join) -> Mapping[str, SnapshotOperator]:
    """Put a task for each source into the DAG."""
    return {
        name: SnapshotOperator(
            task_id=snapshot_task(name),
            source=literally(table.source) if isinstance(table.source, str) else table.source,
            contract=table.contract,
            window=nights_back(table, first=join.window - 1),
            by_night=table.kind == "state",
        )
        for name, table in join.tables.items()
    }


def add_join(
    join: Join, snapshots: Mapping[str, SnapshotOperator], contract: Contract
) -> PrepareOperator:
    """Put the task that joins them into the DAG.

    Args:
        contract: of the table that it makes.
    """
    return PrepareOperator(
        task_id="prepare",
        snapshots={name: one.address for name, one in snapshots.items()},
        tables=join.tables,
        sql=join.sql,
        contract=contract,
        window=join.window,
    )
