"""Says what the expressions of a DAG file stand for."""

from __future__ import annotations

import ast
import os.path
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airlock.pipelines.written.values import UNKNOWN, Call, Function, NamedValue, Parents


class Evaluator:
    """Values of expressions, by what is known of the names in them.

    Args:
        file: in which they stand.

    Attributes:
        found: the calls of imported things, in their order.
        names: what is known of every name.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.found: list[Call] = []
        self.names: dict[str, Any] = {"__file__": str(file), "__name__": "unusual_prefix"}
        self._dags: list[Call] = []

    def run(self, function: Function, given: Mapping[str, Any]) -> Any:
        """What a function of the file returns."""
        raise NotImplementedError

    def value(self, node: ast.expr) -> Any:
        """What an expression stands for."""
        known = _EXPRESSIONS.get(type(node))
        if known is not None:
            return known(self, node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                # Calls in it count, whatever becomes of them.
                self.value(child)
        return UNKNOWN

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        return self.names.get(node.id, UNKNOWN)

    def _sequence(self, node: ast.Tuple | ast.List) -> Any:
        if any(isinstance(one, ast.Starred) for one in node.elts):
            return UNKNOWN
        values = [self.value(one) for one in node.elts]
        return tuple(values) if isinstance(node, ast.Tuple) else values

    def _dict(self, node: ast.Dict) -> Any:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self.value(value)
            name = None if key is None else self.value(key)
            if key is None and isinstance(inner, dict):
                found |= inner
            elif isinstance(name, str | int):
                found[name] = inner
            else:
                return UNKNOWN
        return found

    def _joined(self, node: ast.JoinedStr) -> Any:
        parts = []
        for one in node.values:
            inner = one.value if isinstance(one, ast.FormattedValue) else one
            value = self.value(inner)
            if not isinstance(value, str | int | float | Path):
                return UNKNOWN
            parts.append(str(value))
        return "".join(parts)

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div) and isinstance(left, Path):
            return left / right if isinstance(right, str | Path) else UNKNOWN
        texts = isinstance(left, str) and isinstance(right, str)
        lists = isinstance(left, list | tuple) and type(left) is type(right)
        if isinstance(node.op, ast.Add) and (texts or lists):
            return left + right
        if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
            return left | right
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if numbers and isinstance(node.op, ast.Mult):
            return left * right
        return UNKNOWN

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        negative = isinstance(node.op, ast.USub) and isinstance(value, int | float)
        return -value if negative else UNKNOWN

    def _subscript(self, node: ast.Subscript) -> Any:
        of, key = self.value(node.value), self.value(node.slice)
        if isinstance(of, Parents) and isinstance(key, int):
            return of.path.parents[key] if key < len(of.path.parents) else UNKNOWN
        if isinstance(of, dict) and isinstance(key, str | int):
            return of.get(key, UNKNOWN)
        if isinstance(of, list | tuple) and isinstance(key, int) and -len(of) <= key < len(of):
            return of[key]
        return UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Any:
        of = self.value(node.value)
        if isinstance(of, NamedValue):
            return NamedValue(f"{of.name}.{node.attr}")
        if isinstance(of, Path):
            if node.attr == "parents":
                return Parents(of)
            return getattr(of, node.attr) if node.attr in {"parent", "name", "stem"} else UNKNOWN
        return UNKNOWN

    def _call(self, node: ast.Call) -> Any:
        method = self._method(node)
        if method is not None:
            return method
        of = self.value(node.func)
        arguments = tuple(self.value(one) for one in node.args)
        spread = tuple(self.value(one.value) for one in node.keywords if one.arg is None)
        keywords = {one.arg: self.value(one.value) for one in node.keywords if one.arg}
        for more in spread:
            if isinstance(more, dict):
                keywords = {**more, **keywords}
        if isinstance(node.func, ast.Name) and node.func.id == "dict" and not arguments:
            return keywords
        if isinstance(of, Function):
            names = [one.arg for one in (*of.node.args.posonlyargs, *of.node.args.args)]
            return self.run(of, {**dict(zip(names, arguments, strict=False)), **keywords})
        if isinstance(of, NamedValue) and (known := _LIBRARY.get(of.name)) is not None:
            return known(arguments)
        if not isinstance(of, NamedValue):
            return UNKNOWN
        call = Call(
            of=of,
            file=self.file,
            node=node,
            arguments=arguments,
            keywords=keywords,
            spread=tuple(one for one in spread if not isinstance(one, dict)),
            dag=self._dags[-1] if self._dags else None,
        )
        self.found.append(call)
        return call

    def _method(self, node: ast.Call) -> Any:
        """What a method of a path or a text gives; None if it is none of those known."""
        if not isinstance(node.func, ast.Attribute):
            return None
        of, name = self.value(node.func.value), node.func.attr
        given = [self.value(one) for one in node.args]
        if isinstance(of, Path) and name in {"resolve", "absolute"}:
            return of.absolute()
        if isinstance(of, Path) and name == "joinpath":
            return (
                of.joinpath(*given) if all(isinstance(one, str | Path) for one in given) else None
            )
        if isinstance(of, dict) and name == "items":
            return [tuple(pair) for pair in of.items()]
        return None


def _path(arguments: tuple[Any, ...]) -> Any:
    if not arguments or not all(isinstance(one, str | Path) for one in arguments):
        return UNKNOWN
    return Path(*arguments)


def _joined_path(arguments: tuple[Any, ...]) -> Any:
    return os.path.join(*arguments) if all(isinstance(a, str) for a in arguments) else UNKNOWN  # noqa: PTH118  as the file has it


def _folder(arguments: tuple[Any, ...]) -> Any:
    return str(Path(arguments[0]).parent) if isinstance(arguments[0], str) else UNKNOWN


def _same(arguments: tuple[Any, ...]) -> Any:
    return arguments[0] if arguments else UNKNOWN


_LIBRARY: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "pathlib.Path": _path,
    "os.path.join": _joined_path,
    "os.path.dirname": _folder,
    "os.path.abspath": _same,
    "os.path.realpath": _same,
}

_EXPRESSIONS: Mapping[type[ast.expr], Callable[[Evaluator, Any], Any]] = {
    ast.Constant: Evaluator._constant,
    ast.Name: Evaluator._name,
    ast.Tuple: Evaluator._sequence,
    ast.List: Evaluator._sequence,
    ast.Dict: Evaluator._dict,
    ast.JoinedStr: Evaluator._joined,
    ast.BinOp: Evaluator._binary,
    ast.UnaryOp: Evaluator._unary,
    ast.Subscript: Evaluator._subscript,
    ast.Attribute: Evaluator._attribute,
    ast.Call: Evaluator._call,
}
