"""Follows a DAG file from its first line to its last, and notes what it calls.

A value that cannot be said (read from a variable, computed by a library) is unknown, and whoever
asks for it is told so. Nothing is imported and nothing runs, so a file may be looked at that
nobody trusts yet.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airlock.pipelines.written.expressions import Evaluator
from airlock.pipelines.written.values import UNKNOWN, Call, Function, NamedValue, UnknownValue

_MOST_ROUNDS = 200  # of a loop
_DEEPEST = 8  # functions and modules within each other


@dataclass(slots=True)
class WrittenSteps:
    """How many statements are still followed, of a file and all that it imports.

    Functions that call each other and loops in loops would else be followed for hours.

    Attributes:
        left: statements.
        modules: the names of each imported module.
    """

    left: int = 20_000
    modules: dict[Path, dict[str, Any]] = field(default_factory=dict)


class Follower(Evaluator):
    """One file, statement by statement.

    Args:
        file: the DAG file, or a module that it imports.
        root: the project root, below which imported modules are looked for.

    Attributes:
        star: whether the file imports names that it does not list.
    """

    def __init__(
        self, file: Path, root: Path, *, deep: int = 0, steps: WrittenSteps | None = None
    ) -> None:
        super().__init__(file)
        self.steps = steps or WrittenSteps()
        self.root = root
        self.star = False
        self._deep = deep
        self._called: set[ast.FunctionDef] = set()

    def follow(self, module: ast.Module) -> None:
        """Follow a whole file; functions that nobody calls are followed at the end."""
        self._block(module.body)
        for function in [one for one in self.names.values() if isinstance(one, Function)]:
            if function.node not in self._called:
                self.run(function, {})

    def _block(self, statements: list[ast.stmt]) -> None:
        for one in statements:
            self.steps.left -= 1
            if self.steps.left < 0:
                return
            known = _STATEMENTS.get(type(one))
            if known is not None:
                known(self, one)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.names[alias.asname] = NamedValue(alias.name)
            else:
                top = alias.name.partition(".")[0]
                self.names[top] = NamedValue(top)

    def _import_from(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.star = True
                continue
            name = NamedValue(f"{node.module or ''}.{alias.name}")
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
        known = self.steps.modules
        if file not in known:
            other = Follower(file, self.root, deep=self._deep + 1, steps=self.steps)
            # Two modules may import each other.
            known[file] = other.names
            try:
                other._block(ast.parse(file.read_bytes()).body)
            except (SyntaxError, ValueError):
                return None
        value = known[file].get(name)
        return None if isinstance(value, UnknownValue) else value

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

    def run(self, function: Function, given: Mapping[str, Any]) -> Any:
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
