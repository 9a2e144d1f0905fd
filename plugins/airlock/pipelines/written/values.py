"""What an expression of a DAG file stands for, as far as it can be said without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airlock.core.problems import Where


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that only running the file would give."""


UNKNOWN = UnknownValue()


@dataclass(frozen=True, slots=True)
class NamedValue:
    """Something imported, by its full name."""

    name: str

    @property
    def short(self) -> str:
        """The public name of a thing of Airlock's; "" of all others."""
        return self.name.rpartition(".")[2] if self.name.startswith("airlock.") else ""


@dataclass(frozen=True, slots=True, eq=False)
class Parents:
    """`.parents` of a path."""

    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the file."""

    node: ast.FunctionDef
    names: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """A call of something imported, with what is known of its arguments.

    Args:
        of: what is called.
        file: in which it stands.
        node: where.
        arguments: by position.
        keywords: by name; those that `**` brings are not among them.
        spread: what `**` was written before.
        dag: the innermost DAG around it.
    """

    of: NamedValue
    file: Path
    node: ast.Call
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    spread: tuple[Any, ...] = ()
    dag: Call | None = None

    def place(self, at: Where = ()) -> tuple[int, int]:
        """Line and column of an argument, or of what is in it, from 1."""
        node: ast.AST = self.node
        for part in at:
            inner = _below(node, part)
            if inner is None:
                break
            node = inner
        return place(node, self.file)


def place(node: ast.AST, file: Path) -> tuple[int, int]:
    """Line and column of a node, from 1, in characters."""
    line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    lines = file.read_bytes().splitlines()
    before = lines[line - 1][:offset] if line <= len(lines) else b""
    return line, len(before.decode("utf-8", "replace")) + 1


def _below(node: ast.AST, part: str | int) -> ast.AST | None:
    if isinstance(node, ast.Call):
        return next((one.value for one in node.keywords if one.arg == part), None)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return next((k for k, _ in pairs if isinstance(k, ast.Constant) and k.value == part), None)
    if isinstance(node, ast.List | ast.Tuple) and isinstance(part, int):
        return node.elts[part] if part < len(node.elts) else None
    return None


def keyword_place(call: Call, name: str) -> tuple[int, int]:
    """Line and column of a keyword's name."""
    found = next((one for one in call.node.keywords if one.arg == name), None)
    return place(found if found is not None else call.node, call.file)


def plain(value: Any) -> bool:
    """Whether everything in a value is known, and none of it a call or a name."""
    if isinstance(value, list | tuple):
        return all(map(plain, value))
    if isinstance(value, dict):
        return all(plain(one) for pair in value.items() for one in pair)
    return isinstance(value, str | int | float | bool | Path | None)


def calls(value: Any) -> Iterator[Call]:
    """The calls in a value."""
    if isinstance(value, Call):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from calls(one)
