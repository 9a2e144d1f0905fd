"""What decides a training besides data and spec: the user's source, and the libraries' versions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from airlock.core.content import digest, sha256
from airlock.core.errors import SpecError

# A project's own modules, and the ready-made ones that they build on.
_FOLLOWED = ("include", "airlock.models")
_PLATFORM = Path(__file__).parents[3]  # the folder that holds the package airlock

# A new version of one of these may give other weights from the same data.
_LIBRARIES = ("numpy", "pandas", "pyarrow", "pytorch-lightning", "safetensors", "torch")


def code_digest(model: str, *, root: Path, data: str | None = None) -> str:
    """Name the source of a model: its module, and what that imports from include/.

    The source is read, never executed.

    Args:
        model: "include.models.churn:ChurnClassifier".
        root: the project root, which holds include/.
        data: the data module that feeds it, named like the model, if it has one of its own.

    Raises:
        SpecError: there is no such module or class, or it is not Python.
    """
    files: dict[str, str] = {}
    _follow_class("model", model, root, files)
    if data is not None:
        _follow_class("data", data, root, files)
    return digest(files)


def _follow_class(what: str, named: str, root: Path, files: dict[str, str]) -> None:
    module, _, name = named.partition(":")
    source = _source(module, root) if _followed(module) else None
    if source is None:
        raise SpecError(
            f"The {what} {named} does not exist: there is no {root / module.replace('.', '/')}.py.",
            do="Name a module below include/, such as include.models.churn:ChurnClassifier.",
        )
    if name not in set(_defined(_tree(source))):
        raise SpecError(
            f"{source} has no class {name}.",
            do=f"Write the class, or correct {what}={named!r} in the TrainSpec.",
        )
    _follow(module, root, files)


@cache
def environment_digest() -> str:
    """Name the versions of Python and of the libraries that decide what training gives."""
    return digest(libraries())


@cache
def libraries() -> dict[str, str | None]:
    """Python and the libraries that decide what training gives, with their versions."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: _version(name) for name in _LIBRARIES}}


def _follow(module: str, root: Path, files: dict[str, str]) -> None:
    if module in files or not _followed(module):
        return
    source = _source(module, root)
    if source is None:
        return
    files[module] = sha256(source.read_bytes())
    # A package's __init__ runs before its modules do.
    _follow(module.rpartition(".")[0], root, files)
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    for imported in _imports(_tree(source), package):
        _follow(imported, root, files)


def _followed(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _FOLLOWED)


def _source(module: str, root: Path) -> Path | None:
    for folder in (root, _PLATFORM):
        path = folder.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def _tree(source: Path) -> ast.Module:
    try:
        return ast.parse(source.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise SpecError(
            f"{source}{f', line {line},' if line else ''} is not Python.", do="Correct the file."
        ) from None


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


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
