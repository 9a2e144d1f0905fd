"""What a training depends on besides data and spec: the user's source, and library versions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from airlock.core.content import digest, sha256
from airlock.hooks import registry
from airlock.hooks.kinds import NETWORK
from airlock.stages.train.sources import Sources, tree


def code_digest(
    model: str | None,
    *,
    root: Path,
    packages: Sequence[str] = ("include",),
    data: str | None = None,
) -> str:
    """Name the source of a model: its module, and what that imports from the project's packages.

    The source is read, never executed.

    Args:
        model: "include.models.churn:ChurnClassifier"; None for a kind without code of its own.
        root: the project root, below which a package is looked for first.
        packages: that models may come from, besides the ready-made ones.
        data: the data module that feeds it, named like the model, if it has one of its own.

    Raises:
        SpecError: there is no such module or class, or it is not Python.
    """
    source = _Source(root, packages)
    if model is not None:
        source.follow_class("model", model)
    if data is not None:
        source.follow_class("data", data)
    return digest(source.files)


class _Source:
    """The files of modules that are followed, with their digests."""

    def __init__(self, root: Path, packages: Sequence[str]) -> None:
        self.files: dict[str, str] = {}
        self._sources = Sources(root, packages)

    def follow_class(self, what: str, named: str) -> None:
        """Follow the module of a class.

        Args:
            what: which argument names it, for messages.
            named: "include.models.churn:ChurnClassifier".
        """
        self._sources.find(what, named)
        self._follow(named.partition(":")[0])

    def _follow(self, module: str) -> None:
        if module in self.files or not self._sources.hold(module):
            return
        source = self._sources.file(module)
        if source is None:
            return
        self.files[module] = sha256(source.read_bytes())
        # A package's __init__ runs before its modules do.
        self._follow(module.rpartition(".")[0])
        package = module if source.name == "__init__.py" else module.rpartition(".")[0]
        for imported in _imports(tree(source), package):
            self._follow(imported)


@cache
def environment_digest(kind: str = NETWORK) -> str:
    """Name the versions of Python and of the libraries that decide what training gives."""
    return digest(libraries(kind))


@cache
def libraries(kind: str = NETWORK) -> dict[str, str | None]:
    """Python and the libraries that decide what training gives, with their versions.

    Args:
        kind: of the model: a new version of a library that it does not use changes nothing.
    """
    python = ".".join(map(str, sys.version_info[:3]))
    named = registry.model_kinds()[kind].libraries
    return {"python": python, **{name: _version(name) for name in named}}


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            yield base
            # `from include.models import blocks` may name a module as well as a thing in one.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
