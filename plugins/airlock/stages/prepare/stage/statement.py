"""Reads the SQL of a prepared table: exactly one SELECT, of declared sources and known functions.

DuckDB's own parser reads it; what it makes of it is held against lists of what is allowed. A node
that is on none is refused: what a later DuckDB adds is not let through unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from airlock.core.errors import SpecError
from airlock.core.quoting import line
from airlock.stages.prepare.stage import functions
from airlock.stages.prepare.stage.functions import ALLOWED, CLOCKS, IN_ORDER, TABLE_FUNCTIONS
from airlock.stages.prepare.stage.refusals import Node, position_of, refusal, unread

PARAMETERS = ("night", "first_night", "night_name")
"""What the SQL may ask for, as `$night` and so on."""

_CLASSES = frozenset(
    """
    BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR
    PARAMETER STAR SUBQUERY TYPE WINDOW
    """.split()
)
_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE"})
_RELATIONS = frozenset(
    {"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "SUBQUERY", "TABLE_FUNCTION"}
)
_MODIFIERS = frozenset(
    {"DISTINCT_MODIFIER", "LIMIT_MODIFIER", "ORDER_MODIFIER", "ORDER_DEFAULT"}
    | {"ASCENDING", "DESCENDING", "ORDER_ASCENDING", "ORDER_DESCENDING"}
)
# Tables of DuckDB's own, which no name of a WITH may stand before.
_SYSTEM = ("duckdb_", "information_schema", "pg_", "pragma_", "sqlite_")
# A positional join goes by the order of rows.
_JOINS = frozenset({"ASOF", "CROSS", "DEPENDENT", "NATURAL", "REGULAR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A SELECT that was read.

    Args:
        text: without the semicolon behind it.
        path: of its file, as people know it.
        node: DuckDB's tree.
        reads: the sources that it names.
        asks: its parameters.
    """

    text: str
    path: str
    node: Node
    reads: frozenset[str]
    asks: frozenset[str]


def read_statement(text: str, *, path: str, sources: Collection[str]) -> Statement:
    """Read the SQL, and refuse what it may not do.

    Args:
        path: of its file, for messages.
        sources: the names that it may read from.

    Raises:
        SpecError: it is no single SELECT, or asks for something that is not allowed.
    """
    told = _serialized(text)
    if told["error"]:
        raise refusal(path, text, position_of(told), *unread(told))
    if len(told["statements"]) != 1:
        raise refusal(
            path, text, None, f"holds {len(told['statements'])} statements", "Write one SELECT."
        )
    node = told["statements"][0]["node"]
    look = _Look(text, path, frozenset(sources))
    look.at(node)
    return Statement(
        text=_bare(text, node),
        path=path,
        node=node,
        reads=frozenset(look.reads),
        asks=frozenset(look.asks),
    )


def _serialized(text: str) -> Any:
    """What DuckDB's parser makes of a text."""
    with duckdb.connect(":memory:") as connection:
        found = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchall()
    return json.loads(found[0][0])


class _Look:
    """One walk through the tree of a statement."""

    def __init__(self, text: str, path: str, sources: frozenset[str]) -> None:
        self._text, self._path, self._sources = text, path, sources
        self._own: list[str] = []
        self.reads: set[str] = set()
        self.asks: set[str] = set()

    def at(self, node: Any) -> None:
        """Look at a node and all below it."""
        if isinstance(node, list):
            for one in node:
                self.at(one)
        if not isinstance(node, dict):
            return
        begun = len(self._own)
        for named in (node.get("cte_map") or {}).get("map", ()):
            self._own_table(named["key"], node)
        self._check(node)
        for one in node.values():
            self.at(one)
        del self._own[begun:]

    def _own_table(self, name: str, node: Node) -> None:
        if name.lower().startswith(_SYSTEM) or name.lower() in self._sources:
            raise self._refuse(
                node,
                f"calls a table of its own {line(name, 60)}, as a source or a table of DuckDB is",
                "Give the table behind WITH a name of its own.",
            )
        self._own.append(name.lower())

    def _check(self, node: Node) -> None:
        if "class" in node:
            self._expression(node)
        elif isinstance(kind := node.get("type"), str):
            if kind not in _NODES | _RELATIONS | _MODIFIERS:
                raise self._refuse(node, f"has {_words(kind)}, which is not allowed", _PLAIN)
            self._relation(kind, node)
        if node.get("sample") is not None:
            raise self._refuse(
                node, "draws a sample, which is another one each time", "Read all rows."
            )

    def _relation(self, kind: str, node: Node) -> None:
        if kind == "BASE_TABLE":
            self._table(node)
        elif kind == "TABLE_FUNCTION":
            name = node["function"].get("function_name", "")
            if name not in TABLE_FUNCTIONS:
                raise self._refuse(
                    node["function"],
                    f"reads from {line(name, 60)}(…)",
                    f"Read from the sources alone: {', '.join(sorted(self._sources))}.",
                )
        elif kind == "JOIN" and node["ref_type"] not in _JOINS:
            raise self._refuse(node, f"has a {_words(node['ref_type'])} join", "Join by a key.")
        elif kind in _NODES:
            modifiers = {one["type"]: one for one in node.get("modifiers", ())}
            ordered = "ORDER_MODIFIER" in modifiers
            some = modifiers.get("DISTINCT_MODIFIER", {}).get("distinct_on_targets")
            if not ordered and ("LIMIT_MODIFIER" in modifiers or some):
                raise self._refuse(
                    node, "takes some of the rows without an order", "Add ORDER BY in front of it."
                )

    def _table(self, node: Node) -> None:
        name = node["table_name"]
        if len(node.get("qualified_name", {}).get("path", (name,))) > 1 or node.get("at_clause"):
            raise self._refuse(
                node, "names a table with a schema or a version", "Name the source alone."
            )
        if name.lower() in self._own:
            return
        if name.lower() not in self._sources:
            raise self._refuse(
                node,
                f"reads {line(name, 60)}, which is no source",
                f"Sources are {', '.join(sorted(self._sources))}; or name it behind WITH.",
            )
        self.reads.add(name.lower())

    def _expression(self, node: Node) -> None:
        kind = node["class"]
        if kind not in _CLASSES:
            raise self._refuse(node, f"has {_words(kind)}, which is not allowed", _PLAIN)
        if kind == "FUNCTION":
            self._function(node)
        elif kind == "WINDOW":
            self._window(node)
        elif kind == "PARAMETER":
            if node["identifier"] not in PARAMETERS:
                known = ", ".join(f"${name}" for name in PARAMETERS)
                raise self._refuse(node, "asks for an unknown parameter", f"There are {known}.")
            self.asks.add(node["identifier"])
        elif kind == "COLUMN_REF" and node["column_names"][0].lower() in CLOCKS:
            raise self._refuse(
                node,
                f"asks for {node['column_names'][0].lower()}, which is another one each time",
                "Use $night: the night that the rows are about.",
            )

    def _function(self, node: Node) -> None:
        name = node["function_name"].lower()
        if name not in ALLOWED or len(node.get("qualified_name", {}).get("path", (name,))) > 1:
            raise self._refuse(
                node,
                f"calls {line(name, 60)}(…), which is not on the list",
                "docs/prepare.md lists what may be called: what gives the same for the same rows.",
            )
        if name in functions.BY_NAME and _named_second(node) not in ALLOWED:
            raise self._refuse(
                node,
                f"has {name}(…) call something by a name that is not on the list",
                "Write the name of an allowed aggregate as a plain text: list_aggregate(…, 'sum').",
            )
        if name == "age" and len(node["arguments"]) != 2:
            raise self._refuse(node, "asks for the clock by age(…)", "Write age($night, …).")
        ordered = (node.get("order_bys") or {}).get("orders")
        if name in IN_ORDER and not ordered:
            raise self._refuse(
                node,
                f"calls {name}(…) without an order, which takes whatever row comes first",
                f"Write {name}(… ORDER BY …), or take min, max or arg_max.",
            )

    def _window(self, node: Node) -> None:
        name = node["function_name"].lower()
        if name not in ALLOWED:
            raise self._refuse(node, f"calls {line(name, 60)}(…), which is not on the list", _PLAIN)
        if name in IN_ORDER and not node.get("orders"):
            raise self._refuse(
                node, f"calls {name}(…) OVER without an order", "Add ORDER BY to OVER (…)."
            )

    def _refuse(self, node: Node, what: str, do: str) -> SpecError:
        return refusal(self._path, self._text, node.get("query_location"), what, do)


def _named_second(call: Node) -> str:
    """The text that is the second argument; "" if it is computed."""
    literals = [one.get("expression", {}).get("literal", {}) for one in call["arguments"][1:2]]
    return "".join(str(one.get("text", "")).lower() for one in literals)


_PLAIN = "Write it as a plain SELECT with joins, WITH, aggregates and windows."


def _words(kind: str) -> str:
    return kind.lower().replace("_", " ").removesuffix(" node")


def _bare(text: str, node: Node) -> str:
    """The file up to the semicolon behind its statement; lines stay as they are.

    A semicolon may stand in a text or a comment: it ends the statement where what stands before it
    means the same.
    """
    for found in re.finditer(";", text):
        told = _serialized(text[: found.start()])
        if not told["error"] and [one["node"] for one in told["statements"]] == [node]:
            return text[: found.start()]
    return text


def below(node: Any) -> Iterator[Node]:
    """A node and all below it."""
    if isinstance(node, list):
        for one in node:
            yield from below(one)
    if isinstance(node, dict):
        yield node
        for one in node.values():
            yield from below(one)
