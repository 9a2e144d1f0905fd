"""Follows a DAG file from its first line to its last, and notes what it calls.

A value that cannot be said (read from a variable, computed by a library) is unknown, and whoever
asks for it is told so. Nothing is imported and nothing runs, so a file may be looked at that
nobody trusts yet.
"""

from __future__ import annotations

import ast
import os.path
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airlock.pipelines.written.values import UNKNOWN, Call, Function, Named, Unknown

_MOST_ROUNDS = 200  # of a loop
_DEEPEST = 8  # functions and modules within each other


class Follower:
    """One file, statement by statement.

    Args:
        file: the DAG file, or a module that it imports.
        root: the project root, below which imported modules are looked for.

    Attributes:
        found: the calls of imported things, in their order.
        names: what is known of every name.
        star: whether the file imports names that it does not list.
    """

    def __init__(self, file: Path, root: Path, *, deep: int = 0) -> None:
        self.file, self.root = file, root
        self.found: list[Call] = []
        self.names: dict[str, Any] = {"__file__": str(file), "__name__": "unusual_prefix"}
        self.star = False
        self._deep = deep
        self._dags: list[Call] = []
        self._called: set[ast.FunctionDef] = set()

    def follow(self, module: ast.Module) -> None:
        """Follow a whole file; functions that nobody calls are followed at the end."""
        self._block(module.body)
        for function in [one for one in self.names.values() if isinstance(one, Function)]:
            if function.node not in self._called:
                self._run(function, {})

    # Statements

    def _block(self, statements: list[ast.stmt]) -> None:
        for one in statements:
            known = _STATEMENTS.get(type(one))
            if known is not None:
                known(self, one)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.names[alias.asname] = Named(alias.name)
            else:
                top = alias.name.partition(".")[0]
                self.names[top] = Named(top)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = True
                continue
            name = Named(f"{node.module or ''}.{alias.name}")
            self.names[alias.asname or alias.name] = self._of_project(node, alias.name) or name

    def _of_project(self, node: ast.ImportFrom, name: str) -> Any:
        """A plain value or a function of a module of the project."""
        if self._deep >= _DEEPEST or node.level or not node.module:
            return None
        places = [self.root, self.file.parent]
        files = [place.joinpath(*node.module.split(".")).with_suffix(".py") for place in places]
        file = next((one for one in files if one.is_file()), None)
        if file is None or file == self.file:
            return None
        other = Follower(file, self.root, deep=self._deep + 1)
        try:
            other._block(ast.parse(file.read_bytes()).body)
        except (SyntaxError, ValueError):
            return None
        value = other.names.get(name)
        return None if isinstance(value, Unknown) else value

    def _assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self._bind(target, value)

    def _assign_annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._bind(node.target, self.value(node.value))

    def _assign_more(self, node: ast.AugAssign) -> None:
        self.value(node.value)
        self._bind(node.target, UNKNOWN)

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, tuple | list) and len(value) == len(target.elts)
            for at, one in enumerate(target.elts):
                self._bind(one, value[at] if same else UNKNOWN)

    def _with(self, node: ast.With) -> None:
        opened = 0
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, value)
            if isinstance(value, Call) and value.of.name.endswith(".DAG"):
                self._dags.append(value)
                opened += 1
        self._block(node.body)
        del self._dags[len(self._dags) - opened :]

    def _for(self, node: ast.For) -> None:
        value = self.value(node.iter)
        rounds = list(value) if isinstance(value, list | tuple | dict) else [UNKNOWN]
        for one in rounds[:_MOST_ROUNDS]:
            self._bind(node.target, one)
            self._block(node.body)
        self._block(node.orelse)

    def _if(self, node: ast.If) -> None:
        self.value(node.test)
        self._block(node.body)
        self._block(node.orelse)

    def _try(self, node: ast.Try) -> None:
        for block in (node.body, *(one.body for one in node.handlers), node.orelse):
            self._block(block)
        self._block(node.finalbody)

    def _expression(self, node: ast.Expr | ast.Return) -> None:
        if node.value is not None:
            self.value(node.value)

    def _define(self, node: ast.FunctionDef) -> None:
        self.names[node.name] = Function(node, self.names)
        for decorator in node.decorator_list:
            self.value(decorator)

    def _define_class(self, node: ast.ClassDef) -> None:
        self.names[node.name] = UNKNOWN

    def _run(self, function: Function, given: Mapping[str, Any]) -> Any:
        """The value that a function returns first, with its calls noted."""
        self._called.add(function.node)
        if self._deep >= _DEEPEST:
            return UNKNOWN
        arguments = function.node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        placed = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(
            zip([one.arg for one in placed][::-1], arguments.defaults[::-1], strict=False)
        )
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                defaults[one.arg] = default
        outside, self.names = self.names, dict(function.names)
        self._deep += 1
        try:
            for name in (arguments.vararg, arguments.kwarg):
                if name is not None:
                    self.names[name.arg] = UNKNOWN
            for one in every:
                usual = defaults.get(one.arg)
                value = UNKNOWN if usual is None else self.value(usual)
                self.names[one.arg] = given.get(one.arg, value)
            self._block(function.node.body)
            returned = next((n for n in ast.walk(function.node) if isinstance(n, ast.Return)), None)
            if returned is not None and isinstance(returned.value, ast.Constant | ast.Name):
                return self.value(returned.value)
            return UNKNOWN
        finally:
            self.names = outside
            self._deep -= 1

    # Expressions

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
        if isinstance(of, Named):
            return Named(f"{of.name}.{node.attr}")
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
        if isinstance(of, Function):
            names = [one.arg for one in (*of.node.args.posonlyargs, *of.node.args.args)]
            return self._run(of, {**dict(zip(names, arguments, strict=False)), **keywords})
        if isinstance(of, Named) and (known := _LIBRARY.get(of.name)) is not None:
            return known(arguments)
        if not isinstance(of, Named):
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


class Parents:
    """`.parents` of a path."""

    def __init__(self, path: Path) -> None:
        self.path = path


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

_STATEMENTS: Mapping[type[ast.stmt], Callable[[Follower, Any], None]] = {
    ast.Import: Follower._import,
    ast.ImportFrom: Follower._import_from,
    ast.Assign: Follower._assign,
    ast.AnnAssign: Follower._assign_annotated,
    ast.AugAssign: Follower._assign_more,
    ast.With: Follower._with,
    ast.For: Follower._for,
    ast.If: Follower._if,
    ast.Try: Follower._try,
    ast.Expr: Follower._expression,
    ast.Return: Follower._expression,
    ast.FunctionDef: Follower._define,
    ast.ClassDef: Follower._define_class,
}

_EXPRESSIONS: Mapping[type[ast.expr], Callable[[Follower, Any], Any]] = {
    ast.Constant: Follower._constant,
    ast.Name: Follower._name,
    ast.Tuple: Follower._sequence,
    ast.List: Follower._sequence,
    ast.Dict: Follower._dict,
    ast.JoinedStr: Follower._joined,
    ast.BinOp: Follower._binary,
    ast.UnaryOp: Follower._unary,
    ast.Subscript: Follower._subscript,
    ast.Attribute: Follower._attribute,
    ast.Call: Follower._call,
}
