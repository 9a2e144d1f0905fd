"""Joins the frozen sources into one table: the SELECT is run once for every night.

Before it runs for a night, each source is cut to what was known when that night ended. So the SQL
says what is true on `$night`, and nothing that came later can be in a feature.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.nights import night_named
from airlock.core.promises import Promises
from airlock.core.table import arrow_schema, read_parts, write_parts
from airlock.core.table_digest import ContentName
from airlock.stages.prepare.record import ColumnLineage, Preparation, PreparedNight
from airlock.stages.prepare.spec import LABELS, NamedLabels, NamedTable, Sql
from airlock.stages.prepare.stage.columns import (
    canonical,
    check_columns,
    describe_columns,
    wrapped,
)
from airlock.stages.prepare.stage.database import Bounds, JoinDatabase, opened
from airlock.stages.prepare.stage.frozen import Frozen, check_nights_read, delivered, joined_table
from airlock.stages.prepare.stage.labelled import (
    joined_by,
    label_of,
    labelled,
    show_labels,
    without_unlabelled,
)
from airlock.stages.prepare.stage.lineage import leaves, trace, with_keys
from airlock.stages.prepare.stage.matching import Matching, refuse_unlabelled, refuse_unseen
from airlock.stages.prepare.stage.statement import Statement, read_statement
from airlock.stages.snapshot.record import Part


def check_sql(
    sql: Sql,
    tables: Mapping[str, NamedTable],
    contract: Contract | None,
    target: str | None = None,
) -> Statement:
    """Everything that can be known of the SQL without data.

    Args:
        contract: of the prepared table; None where its file does not load.
        target: the column that labels give; None without labels.

    Raises:
        SpecError: it is no SELECT that is allowed, or does not fit the contracts.
    """
    statement = read_statement(sql.text, path=sql.path, sources=tables)
    described = describe_columns(statement, tables, _values(statement, "2026-01-31", tables))
    if contract is not None:
        check_columns(sql.path, described, contract, target=target)
    return statement


def prepare(
    sql: Sql,
    sources: Mapping[str, Frozen],
    contract: Contract,
    *,
    night: str,
    nights: Sequence[str],
    bounds: Bounds,
    scratch: Path,
    out: Path,
    labels: NamedLabels | None = None,
) -> Preparation:
    """Join the sources.

    Args:
        sources: by the names that the SQL calls them; that of labels among them.
        contract: of the prepared table.
        night: of the run, ISO.
        nights: that rows are made about, oldest first.
        bounds: what DuckDB may take.
        scratch: where it works.
        out: an empty folder for the parts.
        labels: how the target is found; None where the SELECT has it, or nobody needs one.

    Raises:
        SpecError: the SQL is none that is allowed, or does not fit the contracts.
        DataError: a source tells what came later, a value does not fit, or the result breaks the
            contract.
    """
    tables = {name: one.table for name, one in sources.items() if not labels or name != LABELS}
    statement = read_statement(sql.text, path=sql.path, sources=tables)
    described = describe_columns(statement, tables, _values(statement, night, tables))
    check_columns(sql.path, described, contract, target=labels.target if labels else None)
    for called, one in sources.items():
        check_nights_read(called, one, nights, labels)
    name, promises = ContentName(contract), Promises(contract, night=night)
    made: list[PreparedNight] = []
    lineage = trace(statement.node, {one: list(t.contract.columns) for one, t in tables.items()})
    matching = Matching(lineage.joins, tables)
    with opened(statement, scratch, bounds) as database:
        for called, one in sources.items():
            state = one.table.kind == "state"
            database.load(called, one.table.contract, delivered(one, night), state=state)
        database.lock()
        work = _Work(database, statement, tables, contract, labels, matching, made)
        schema = arrow_schema((column, spec.type) for column, spec in contract.columns.items())
        with closing(_watched(work.rows(nights), name, promises)) as rows:
            parts = write_parts(rows, schema, out)
    read = tuple(joined_table(called, one) for called, one in sources.items())
    refuse_unseen(sql.path, read, made)
    matching.refuse_strangers(sql.path)
    if labels is not None:
        refuse_unlabelled(sql.path, labels, made)
    if promises.rows == 0:
        raise DataError(
            f"{sql.path} gives no row about {_nights(nights)}.",
            do="Find out which source is empty: the run's tasks say how many rows each has.",
        )
    paths = [path for path, _ in parts]
    promises.hold(sql.path, lambda columns: read_parts(out, paths, columns=columns))
    columns = [one for one, _ in described]
    origins = dict(leaves(columns, lineage))
    same = lineage.same
    if labels is not None:
        origins[labels.target] = frozenset({f"{LABELS}.{labels.label or '*'}"})
        same = with_keys(
            same, {f"{LABELS}.{labels.keys[one]}": origins[one] for one in labels.keys}
        )
    return Preparation(
        source=f"{', '.join(sources)} by {sql.path}",
        night=night,
        rows=promises.rows,
        columns=tuple((column, spec.type) for column, spec in contract.columns.items()),
        sha256=name.hexdigest(),
        parts=tuple(Part(path=path, rows=count) for path, count in parts),
        nights=tuple(nights),
        sql=statement.text,
        sql_sha256=sql.digest,
        path=sql.path,
        tables=read,
        made=tuple(made),
        lineage=_lineage(origins, contract),
        same=None if same is None else tuple(tuple(sorted(one)) for one in same),
        after=labels.days if labels else None,
        matches=matching.found(),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """The rows, night by night."""

    database: JoinDatabase
    statement: Statement
    tables: Mapping[str, NamedTable]
    contract: Contract
    labels: NamedLabels | None
    matching: Matching
    made: list[PreparedNight]

    def rows(self, nights: Sequence[str]) -> Iterator[pa.Table]:
        """The rows about each night, oldest first; what was made is noted on the way."""
        for night in nights:
            read = tuple(
                self.database.show(name, table, night) for name, table in self.tables.items()
            )
            if self.labels is not None:
                read = (*read, show_labels(self.database, self.labels, night))
            self.matching.look(self.database)
            rows = unlabelled = came = 0
            for batch in self.database.rows(
                self._query(), _values(self.statement, night, self.tables)
            ):
                table = canonical(batch, self.contract)
                if self.labels is not None:
                    table, missing = without_unlabelled(table, self.labels.target)
                    unlabelled += missing
                    came += labelled(table, self.labels)
                rows += table.num_rows
                yield table
            self.made.append(
                PreparedNight(
                    night=night,
                    rows=rows,
                    read=read,
                    unlabelled=unlabelled,
                    labelled=came if self.labels is not None else None,
                )
            )

    def _query(self) -> str:
        labels = self.labels
        if labels is None:
            return wrapped(self.statement.text, self.contract, values={})
        return wrapped(
            self.statement.text,
            self.contract,
            values={labels.target: label_of(labels)},
            joined=joined_by(labels),
        )


def _watched(
    rows: Iterator[pa.Table], name: ContentName, promises: Promises
) -> Generator[pa.Table, None, None]:
    for table in rows:
        name.update(table)
        promises.watch(table)
        yield table


def _values(
    statement: Statement, night: str, tables: Mapping[str, NamedTable]
) -> Mapping[str, Any]:
    """What the SQL asks for: the row's night, and the first that a feature looks back on."""
    last = night_named(night)
    longest = max((one.history or 1 for one in tables.values()), default=1)
    first = last.back(longest - 1)
    of_hours = last.every == "hour"
    known = {
        # What is known when a night ends is known on its last day; of an hour, when it begins.
        "night": last.begin.replace(tzinfo=None) if of_hours else last.last.date(),
        "first_night": first.begin.replace(tzinfo=None) if of_hours else first.begin.date(),
        "night_name": last.name,
    }
    return {name: known[name] for name in sorted(statement.asks)}


def _lineage(
    found: Mapping[str, frozenset[str] | None], contract: Contract
) -> tuple[ColumnLineage, ...]:
    return tuple(
        ColumnLineage(
            column=name,
            reads=None if found.get(name) is None else tuple(sorted(found[name] or ())),
        )
        for name in contract.columns
    )


def _nights(nights: Sequence[str]) -> str:
    return nights[0] if len(nights) == 1 else f"the nights {nights[0]} to {nights[-1]}"
