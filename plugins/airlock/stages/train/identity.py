"""What a training depends on besides data and spec: the user's source, and library versions."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from airlock.core.content import digest, sha256
from airlock.core.errors import SpecError

# The ready-made modules, which those of a project build on.
_READY_MADE = "airlock.models"
_PLATFORM = Path(__file__).parents[3]  # the folder that holds the package airlock

# A new version of one of these may give other weights from the same data.
_LIBRARIES = ("numpy", "pandas", "pyarrow", "pytorch-lightning", "safetensors", "torch")


def code_digest(
    model: str, *, root: Path, packages: Sequence[str] = ("include",), data: str | None = None
) -> str:
    """Name the source of a model: its module, and what that imports from the project's packages.

    The source is read, never executed.

    Args:
        model: "include.models.churn:ChurnClassifier".
        root: the project root, below which a package is looked for first.
        packages: that models may come from, besides the ready-made ones.
        data: the data module that feeds it, named like the model, if it has one of its own.

    Raises:
        SpecError: there is no such module or class, or it is not Python.
    """
    source = _Source(root, (*packages, _READY_MADE))
    source.follow_class("model", model)
    if data is not None:
        source.follow_class("data", data)
    return digest(source.files)


class _Source:
    """The files of modules that are followed, with their digests."""

    def __init__(self, root: Path, packages: Sequence[str]) -> None:
        self.files: dict[str, str] = {}
        self._root = root
        self._packages = packages

    def follow_class(self, what: str, named: str) -> None:
        """Follow the module of a class.

        Args:
            what: which argument names it, for messages.
            named: "include.models.churn:ChurnClassifier".
        """
        module, _, name = named.partition(":")
        if not self._followed(module):
            raise SpecError(
                f"The {what} {named} lies in no package that models may come from.",
                do=f"Name a module of {', '.join(self._packages)}, or add its package to "
                "[airlock] model_packages.",
            )
        source = self._file(module)
        if source is None:
            raise SpecError(
                f"The {what} {named} does not exist: there is no module {module}.",
                do=f"It is looked for below {self._root} and on Python's path; correct the name, "
                "such as include.models.churn:ChurnClassifier.",
            )
        if name not in set(_defined(_tree(source))):
            raise SpecError(
                f"{source} has no class {name}.",
                do=f"Write the class, or correct {what}={named!r} in the TrainSpec.",
            )
        self._follow(module)

    def _follow(self, module: str) -> None:
        if module in self.files or not self._followed(module):
            return
        source = self._file(module)
        if source is None:
            return
        self.files[module] = sha256(source.read_bytes())
        # A package's __init__ runs before its modules do.
        self._follow(module.rpartition(".")[0])
        package = module if source.name == "__init__.py" else module.rpartition(".")[0]
        for imported in _imports(_tree(source), package):
            self._follow(imported)

    def _followed(self, module: str) -> bool:
        return any(module == own or module.startswith(f"{own}.") for own in self._packages)

    def _file(self, module: str) -> Path | None:
        for folder in (self._root, _PLATFORM, *_installed(module.partition(".")[0])):
            path = folder.joinpath(*module.split("."))
            for file in (path.with_suffix(".py"), path / "__init__.py"):
                if file.is_file():
                    return file
        return None


def _installed(package: str) -> Iterator[Path]:
    """The folders on Python's path that hold a package; it is not imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield Path(folder).parent


@cache
def environment_digest() -> str:
    """Name the versions of Python and of the libraries that decide what training gives."""
    return digest(libraries())


@cache
def libraries() -> dict[str, str | None]:
    """Python and the libraries that decide what training gives, with their versions."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: _version(name) for name in _LIBRARIES}}


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
