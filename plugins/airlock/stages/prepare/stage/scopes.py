"""What an expression of a SELECT may name, and where each column comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from airlock.stages.prepare.stage.refusals import Node

Origin = frozenset[str]
"""Columns such as orders.amount, or orders.* for its rows as such."""


class Unchanged(frozenset[str]):
    """The origin of values that are those of one source's column as they stand.

    Whatever is made of it is a plain set again.
    """


class Untraceable(Exception):
    """Where a column comes from cannot be said for sure."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table that expressions may name: its columns in order, and where its rows come from."""

    columns: Mapping[str, Origin]
    rows: Origin


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known where an expression stands."""

    tables: Mapping[str, Relation]
    relations: Sequence[tuple[str, Relation]] = ()
    outer: Scope | None = None
    aliases: dict[str, Origin] = field(default_factory=dict)
    merged: frozenset[str] = frozenset()


Columns = list[tuple[str, Origin]]
"""The columns of a query in order, with their names."""


def columns_named(name: str, relations: Sequence[tuple[str, Relation]]) -> Origin:
    """All columns of a name: of several, DuckDB itself lets only those pass that USING joins."""
    every = [
        origin
        for _, relation in relations
        for column, origin in relation.columns.items()
        if column.lower() == name
    ]
    return every[0] if len(every) == 1 else frozenset[str]().union(*every)


def column_of(relation: Relation, name: str) -> Origin:
    """Where one column comes from.

    Raises:
        Untraceable: the relation has none of this name.
    """
    for column, origin in relation.columns.items():
        if column.lower() == name:
            return origin
    raise Untraceable


def names_of(relations: Sequence[tuple[str, Relation]]) -> set[str]:
    """The names of all their columns, in small letters."""
    return {column.lower() for _, relation in relations for column in relation.columns}


def rows_of(relations: Sequence[tuple[str, Relation]]) -> Origin:
    """Where the rows of all of them come from."""
    return frozenset[str]().union(*(relation.rows for _, relation in relations))


def relation_of(columns: Columns, rows: Origin) -> Relation:
    """What a query gives to those who read it; of several columns of one name the first."""
    named: dict[str, Origin] = {}
    for name, origin in columns:
        if name in named or not name:
            # Named by DuckDB; whoever reads such a column is not followed.
            continue
        named[name] = origin
    return Relation(named, rows)


def renamed(columns: Columns, names: Sequence[str]) -> Columns:
    """The columns by other names, as far as there are some."""
    return [
        (names[at] if at < len(names) else name, origin)
        for at, (name, origin) in enumerate(columns)
    ]


def aliased(relation: Relation, node: Node) -> Relation:
    """The relation with its columns as `AS t(a, b)` calls them."""
    names = node.get("column_name_alias") or []
    if not names:
        return relation
    return relation_of(renamed(list(relation.columns.items()), names), relation.rows)
