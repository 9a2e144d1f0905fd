"""Checks what a DAG says of several sources, and builds the tasks that join them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.nights import Every
from airlock.core.problems import Where, WrittenProblem
from airlock.core.time_split import TimeSplit
from airlock.pipelines.sources import check_any
from airlock.stages.prepare.checks import check_labels, check_tables
from airlock.stages.prepare.operator import PrepareOperator, snapshot_task
from airlock.stages.prepare.spec import (
    LABELS,
    Labels,
    NamedLabels,
    NamedTable,
    Sql,
    Table,
    nights_back,
    waited,
)
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.snapshot.spec import NIGHT, literally

if TYPE_CHECKING:
    from airlock.pipelines.arguments import Arguments, Found, Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Several sources, and the SELECT that joins them.

    Args:
        tables: with their contracts, by the names that the SQL calls them.
        window: how many nights rows are made about.
        labels: how the target is found; None where the SELECT has it, or nobody needs one.
        every: how long a night is.
    """

    tables: Mapping[str, NamedTable]
    sql: Sql
    window: int = 1
    labels: NamedLabels | None = None
    every: Every = "day"

    @property
    def waited(self) -> int:
        """How many nights before the run's own the last one is that rows are about."""
        return waited(self.labels.days, self.every) if self.labels else 0

    def split(self, split: TimeSplit | None) -> TimeSplit | None:
        """A holdout by time, counted from the last night that rows are about."""
        if split is None or not self.waited:
            return split
        return split.model_copy(
            update={
                "holdout": split.holdout + self.waited,
                "validation": split.validation or split.holdout,
            }
        )

    @property
    def target(self) -> str | None:
        """The column that labels give."""
        return self.labels.target if self.labels else None


def read_join(given: Arguments, project: Project, found: list[Found]) -> Join | None:
    """What a DAG says of several sources, read; what is wrong with it is added to `found`."""
    sources, labels = given.sources or {}, given.labels
    if not sources and given.prepare is None:
        if labels is not None:
            found.append(
                WrittenProblem(
                    what="labels are joined by prepare, and there is none",
                    do="Name sources and prepare: docs/prepare.md.",
                    at=("labels",),
                )
            )
        return None
    found += _one_way(given)
    tables = {name: _named(("sources", name), one, project, found) for name, one in sources.items()}
    known = {name: one for name, one in tables.items() if one is not None}
    window = given.window or 1
    found += check_tables(known, earlier=window > 1 or labels is not None)
    sql = None if given.prepare is None else _read_sql(given.prepare, project, found)
    named = None if labels is None else _named_labels(labels, given, project, found)
    whole = len(known) == len(tables) > 0 and (named is None) == (labels is None)
    if sql is None or not whole:
        return None
    return Join(tables=known, sql=sql, window=window, labels=named, every=given.every or "day")


def _read_sql(path: Path, project: Project, found: list[Found]) -> Sql | None:
    try:
        return Sql.read(path, root=project.root)
    except SpecError as error:
        found.append(WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("prepare",)))
        return None


def _named_labels(
    labels: Labels, given: Arguments, project: Project, found: list[Found]
) -> NamedLabels | None:
    target = given.train.target if given.train else given.label
    table = _named((LABELS,), Table(source=labels.source, contract=labels.contract), project, found)
    if table is None or target is None:
        return None
    return NamedLabels(
        table=table, keys=labels.keys, days=labels.days, label=labels.label, target=target
    )


def _one_way(given: Arguments) -> Iterator[WrittenProblem]:
    if given.source is not None:
        yield WrittenProblem(
            what="there are both source and sources",
            do="Name one source; or several in sources, with prepare.",
            at=("source",),
        )
    if not given.sources:
        yield WrittenProblem(
            what="prepare has no sources", do="Name them: sources={…}.", at=("prepare",)
        )
    if given.prepare is None:
        yield WrittenProblem(
            what="nothing says how the sources are joined",
            do='Write prepare=INCLUDE / "prepare/….sql".',
            at=("sources",),
        )


def _named(at: Where, table: Table, project: Project, found: list[Found]) -> NamedTable | None:
    contract, wrong = Contract.read(table.contract)
    found += wrong
    # Its nights are looked at with those of the rows: check_tables.
    of_source = list(check_any(table.source, None, project, at=at))
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


def check_join(join: Join, contract: Contract | None, *, select: bool) -> Iterator[Found]:
    """What labels, SELECT and the contract of the table say against each other.

    Args:
        contract: None where its file does not load.
        select: whether the SELECT is looked at, too, which loads DuckDB.
    """
    if join.labels is not None:
        yield from check_labels(join.labels, contract)
    if select:
        yield from _check_select(join, contract)


def _check_select(join: Join, contract: Contract | None) -> Iterator[Found]:
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
        check_sql(join.sql, join.tables, contract, join.target)
    except SpecError as error:
        yield WrittenProblem(what=error.what.rstrip("."), do=error.do, at=("prepare",))


def add_sources(join: Join) -> Mapping[str, SnapshotOperator]:
    """Put a task for each source into the DAG."""
    tasks = {
        name: _add_source(
            name,
            table,
            window=nights_back(table, first=join.window - 1),
            # Of the nights that labels are waited for, features know nothing.
            behind=join.waited if table.by_night else 0,
        )
        for name, table in join.tables.items()
    }
    if join.labels is not None:
        table = join.labels.table
        window = join.waited + join.window - 1 if table.by_night else 1
        tasks[LABELS] = _add_source(LABELS, table, window=window, behind=0)
    return tasks


def _add_source(name: str, table: NamedTable, *, window: int, behind: int) -> SnapshotOperator:
    return SnapshotOperator(
        task_id=snapshot_task(name),
        source=literally(table.source) if isinstance(table.source, str) else table.source,
        contract=table.contract,
        window=window,
        behind=behind,
        by_night=table.kind == "state",
    )


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
        labels=join.labels,
    )
