"""Finds out from DuckDB's tree of a SELECT which columns of the sources each column comes from.

Only values are followed: a column that rows are filtered, joined or sorted by is none that its
values come from. What the tree does not say for sure is unknown, and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airlock.stages.prepare.stage.refusals import Node
from airlock.stages.prepare.stage.scopes import (
    Columns,
    Origin,
    Relation,
    Scope,
    Unchanged,
    Untraceable,
    aliased,
    column_of,
    columns_named,
    names_of,
    relation_of,
    renamed,
    rows_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where the columns of a SELECT come from.

    Args:
        columns: in order; None for all where it is not known.
        same: columns that are compared for equality, as sets; None where it is not known.
        joins: pairs of columns of two sources by whose values, as they stand, rows are joined; None
            where it is not known.
    """

    columns: tuple[Origin, ...] | None
    same: tuple[frozenset[str], ...] | None
    joins: tuple[tuple[str, str], ...] | None = None


def trace(node: Node, sources: Mapping[str, Sequence[str]]) -> Lineage:
    """Follow every column of a SELECT.

    Args:
        node: its tree.
        sources: their columns, by name.
    """
    tracer = _Tracer()
    tables = {
        name: Relation(
            {column: Unchanged({f"{name}.{column}"}) for column in columns},
            frozenset({f"{name}.*"}),
        )
        for name, columns in sources.items()
    }
    try:
        made = tracer.query(node, Scope(tables))
    except (Untraceable, KeyError, TypeError, IndexError):
        # A tree of another shape than this was written for says nothing.
        return Lineage(columns=None, same=None)
    return Lineage(
        columns=tuple(origin for _, origin in made[0]),
        same=_joined(tracer.equal),
        joins=tuple(sorted(tracer.joins)),
    )


class _Tracer:
    def __init__(self) -> None:
        self.equal: list[Origin] = []
        self.joins: set[tuple[str, str]] = set()

    def query(self, node: Node, scope: Scope) -> tuple[Columns, Origin]:
        """The columns of a query, and where its rows come from."""
        tables = dict(scope.tables)
        for named in (node.get("cte_map") or {}).get("map", ()):
            inner = named["value"]
            columns, rows = self.query(inner["query_node"], Scope(tables, (), scope.outer))
            names = inner.get("aliases") or [name for name, _ in columns]
            tables[named["key"].lower()] = relation_of(renamed(columns, names), rows)
        scope = Scope(tables, (), scope.outer)
        if node["type"] == "SET_OPERATION_NODE":
            return self._set(node, scope)
        if node["type"] != "SELECT_NODE":
            raise Untraceable
        return self._select(node, scope)

    def _set(self, node: Node, scope: Scope) -> tuple[Columns, Origin]:
        sides = node.get("children") or [node["left"], node["right"]]
        found = [self.query(one, scope) for one in sides]
        if "BY_NAME" in str(node.get("setop_type", "")) or len({len(c) for c, _ in found}) != 1:
            raise Untraceable
        columns = [
            (found[0][0][at][0], frozenset[str]().union(*(c[at][1] for c, _ in found)))
            for at in range(len(found[0][0]))
        ]
        return columns, frozenset[str]().union(*(rows for _, rows in found))

    def _select(self, node: Node, scope: Scope) -> tuple[Columns, Origin]:
        relations, merged = self._from(node["from_table"], scope)
        inner = Scope(scope.tables, relations, scope.outer, {}, merged)
        columns: Columns = []
        for item in node["select_list"]:
            if item["class"] == "STAR":
                columns += self._star(item, inner)
                continue
            origin = self._origin(item, inner)
            name = item["alias"] or (
                item["column_names"][-1] if item["class"] == "COLUMN_REF" else ""
            )
            columns.append((name, origin))
            if item["alias"]:
                inner.aliases.setdefault(item["alias"].lower(), origin)
        # For what is compared there, and for queries in them that nothing else would look at.
        self._pairs(node.get("where_clause"), inner)
        for key in ("where_clause", "having", "qualify"):
            if node.get(key):
                self._origin(node[key], inner)
        return columns, rows_of(relations)

    def _from(self, node: Node, scope: Scope) -> tuple[list[tuple[str, Relation]], frozenset[str]]:
        """The relations that expressions may name, and the columns that USING makes one of."""
        kind = node["type"]
        if kind == "EMPTY":
            return [], frozenset()
        if kind == "JOIN":
            return self._join(node, scope)
        if kind == "BASE_TABLE":
            name = node["table_name"].lower()
            relation = scope.tables[name]
            return [((node["alias"] or name).lower(), aliased(relation, node))], frozenset()
        if kind == "SUBQUERY":
            columns, rows = self.query(node["subquery"]["node"], scope)
            relation = aliased(relation_of(columns, rows), node)
            return [(node["alias"].lower(), relation)], frozenset()
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"] in {
            "range",
            "generate_series",
        }:
            name = node["function"]["function_name"]
            relation = aliased(Relation({name: frozenset()}, frozenset()), node)
            return [((node["alias"] or name).lower(), relation)], frozenset()
        raise Untraceable

    def _join(self, node: Node, scope: Scope) -> tuple[list[tuple[str, Relation]], frozenset[str]]:
        left, merged = self._from(node["left"], scope)
        # What stands on the right of a lateral join may name what stands on its left.
        beside = Scope(scope.tables, left, scope.outer, {}, merged)
        right, more = self._from(node["right"], Scope(scope.tables, (), beside))
        using = [name.lower() for name in node.get("using_columns") or ()]
        if node["ref_type"] == "NATURAL":
            using = sorted(names_of(left) & names_of(right))
        for name in using:
            sides = (columns_named(name, left), columns_named(name, right))
            self.equal.append(sides[0] | sides[1])
            self._pair(*sides)
        merged = merged | more | frozenset(using)
        relations = [*left, *right]
        if node.get("condition"):
            both = Scope(scope.tables, relations, scope.outer, {}, merged)
            self._origin(node["condition"], both)
            self._pairs(node["condition"], both)
        return relations, merged

    def _pairs(self, node: Any, scope: Scope) -> None:
        """Note what rows are joined by, where all of a condition must hold."""
        if not isinstance(node, dict):
            return
        if node.get("type") == "CONJUNCTION_AND":
            for one in node["children"]:
                self._pairs(one, scope)
        elif node.get("type") == "COMPARE_EQUAL":
            self._pair(*(self._origin(node[side], scope) for side in ("left", "right")))

    def _pair(self, left: Origin, right: Origin) -> None:
        if not isinstance(left, Unchanged) or not isinstance(right, Unchanged):
            return
        first, second = sorted((*left, *right))
        if first.partition(".")[0] != second.partition(".")[0]:
            self.joins.add((first, second))

    def _star(self, node: Node, scope: Scope) -> Columns:
        if node.get("columns") or node.get("expr") or node.get("rename_list"):
            raise Untraceable
        if node.get("qualified_exclude_list"):
            raise Untraceable
        wanted = node["relation_name"].lower()
        left_out = {str(one).lower() for one in node.get("exclude_list") or ()}
        replaced = {
            str(one["key"]).lower(): self._origin(one["value"], scope)
            for one in node.get("replace_list") or ()
        }
        found: Columns = []
        seen: set[str] = set()
        for name, relation in scope.relations:
            if wanted and name != wanted:
                continue
            for column, origin in relation.columns.items():
                low = column.lower()
                if low in left_out or (low in seen and low in scope.merged):
                    continue
                seen.add(low)
                if low in scope.merged and not wanted:
                    origin = columns_named(low, scope.relations)
                found.append((column, replaced.get(low, origin)))
        if not found:
            raise Untraceable
        return found

    def _origin(self, node: Any, scope: Scope) -> Origin:
        """Where the value of an expression comes from."""
        if isinstance(node, list):
            return frozenset[str]().union(*(self._origin(one, scope) for one in node))
        if not isinstance(node, dict):
            return frozenset()
        kind = node.get("class")
        if kind == "COLUMN_REF":
            return self._column([one.lower() for one in node["column_names"]], scope)
        if kind == "SUBQUERY":
            columns, rows = self.query(node["subquery"]["node"], Scope(scope.tables, (), scope))
            origin = frozenset[str]().union(*(one for _, one in columns))
            child = self._origin(node.get("child"), scope)
            if child:
                self.equal.append(child | origin)
            return (origin or rows) | child
        if kind in {"LAMBDA", "STAR"}:
            raise Untraceable
        if kind == "COMPARISON" and node["type"] == "COMPARE_EQUAL":
            sides = [self._origin(node[side], scope) for side in ("left", "right")]
            if all(sides):
                self.equal.append(sides[0] | sides[1])
            return sides[0] | sides[1]
        if kind == "FUNCTION" and node["function_name"].lower() == "count_star":
            return rows_of(scope.relations) | self._origin(node.get("filter"), scope)
        return frozenset[str]().union(
            *(self._origin(one, scope) for key, one in node.items() if key != "alias")
        )

    def _column(self, names: Sequence[str], scope: Scope) -> Origin:
        at: Scope | None = scope
        while at is not None:
            if len(names) > 1:
                for name, relation in at.relations:
                    if name == names[0]:
                        return column_of(relation, names[1])
            found = columns_named(names[0], at.relations)
            if found or names[0] in names_of(at.relations):
                return found
            if len(names) == 1 and names[0] in at.aliases:
                return at.aliases[names[0]]
            at = at.outer
        raise Untraceable


def _joined(equal: Sequence[Origin]) -> tuple[frozenset[str], ...]:
    """Sets that have a column in common are one."""
    sets: list[frozenset[str]] = []
    for one in equal:
        whole, others = one, []
        for known in sets:
            if known & whole:
                whole = whole | known
            else:
                others.append(known)
        sets = [*others, whole]
    return tuple(sorted((one for one in sets if len(one) > 1), key=sorted))


def leaves(columns: Sequence[str], lineage: Lineage) -> Iterator[tuple[str, Origin | None]]:
    """The columns by their names as DuckDB gives them, each with its origin; None if unknown."""
    known = lineage.columns
    if known is None or len(known) != len(columns):
        yield from ((name, None) for name in columns)
    else:
        yield from zip(columns, known, strict=True)


def with_keys(
    same: tuple[frozenset[str], ...] | None, keys: Mapping[str, Origin | None]
) -> tuple[frozenset[str], ...] | None:
    """The columns that are compared, with those by which labels find their rows.

    Args:
        same: as the SELECT compares them.
        keys: columns of labels, with the origins of those that they are compared with.
    """
    if same is None or any(origin is None for origin in keys.values()):
        return None
    return _joined([*same, *((origin or frozenset()) | {key} for key, origin in keys.items())])
