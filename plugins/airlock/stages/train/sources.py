"""Finds the source of modules below a project, and reads it without running it."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock.core.errors import SpecError

# The ready-made modules, which those of a project build on.
_READY_MADE = "airlock.models"
_PLATFORM = Path(__file__).parents[3]  # the folder that holds the package airlock


@dataclass(frozen=True, slots=True)
class Sources:
    """The packages that models may come from.

    Args:
        root: the project root, below which a package is looked for first.
        packages: of the project, besides the ready-made ones.
    """

    root: Path
    packages: Sequence[str]

    def hold(self, module: str) -> bool:
        """Whether models may come from a module."""
        known = (*self.packages, _READY_MADE)
        return any(module == own or module.startswith(f"{own}.") for own in known)

    def file(self, module: str) -> Path | None:
        """Where a module is; None if there is none."""
        for folder in (self.root, _PLATFORM, *_installed(module.partition(".")[0])):
            path = folder.joinpath(*module.split("."))
            for file in (path.with_suffix(".py"), path / "__init__.py"):
                if file.is_file():
                    return file
        return None

    def find(self, what: str, named: str) -> Path:
        """The file in which a class is.

        Args:
            what: which argument names it, for messages.
            named: "include.models.churn:ChurnClassifier".

        Raises:
            SpecError: there is no such module or class, or it is not Python.
        """
        module, _, name = named.partition(":")
        if not self.hold(module):
            raise SpecError(
                f"The {what} {named} lies in no package that models may come from.",
                do=f"Name a module of {', '.join((*self.packages, _READY_MADE))}, or add its "
                "package to [airlock] model_packages.",
            )
        source = self.file(module)
        if source is None:
            raise SpecError(
                f"The {what} {named} does not exist: there is no module {module}.",
                do=f"It is looked for below {self.root} and on Python's path; correct the name, "
                "such as include.models.churn:ChurnClassifier.",
            )
        if name not in (known := set(defined(tree(source)))):
            meant = _meant(name, known)
            raise SpecError(
                f"{source} has no class {name}.",
                do=f"{meant}Write the class, or correct {what}={named!r} in the TrainSpec.",
            )
        return source


def tree(source: Path) -> ast.Module:
    """A file, parsed.

    Raises:
        SpecError: it is not Python.
    """
    try:
        return ast.parse(source.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise SpecError(
            f"{source}{f', line {line},' if line else ''} is not Python.", do="Correct the file."
        ) from None


def defined(module: ast.Module) -> Iterator[str]:
    """The names that a module has."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _meant(name: str, known: set[str]) -> str:
    from airlock.core.spelling import nearest

    meant = nearest(name, sorted(known))
    return f"Did you mean {meant}? " if meant else ""


def _installed(package: str) -> Iterator[Path]:
    """The folders on Python's path that hold a package; it is not imported."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield Path(folder).parent
