"""What Airlock takes from the inside of other libraries is where it was, and is taken in one room.

After an upgrade the first test names what moved. Read there what takes its place, correct the file
of compat/, its READ_IN and the bound in setup.cfg.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "plugins/airlock"
COMPAT = PACKAGE / "compat"
DISTRIBUTIONS = {
    "airflow": "apache-airflow",
    "mlflow": "mlflow",
    "great_expectations": "great-expectations",
    "phonenumbers": "phonenumbers",
    "torch": "torch",
}
PUBLIC = {
    "airflow": {
        "airflow.configuration",
        "airflow.listeners",
        "airflow.plugins_manager",
        "airflow.providers.openlineage.extractors",
        "airflow.providers.standard.triggers.temporal",
        "airflow.sdk",
        "airflow.sdk.definitions.callback",
        "airflow.sdk.definitions.deadline",
        "airflow.sdk.exceptions",
        "airflow.sdk.observability",
    },
    "mlflow": {
        "mlflow",
        "mlflow.artifacts",
        "mlflow.entities",
        "mlflow.entities.model_registry",
        "mlflow.exceptions",
        "mlflow.models",
        "mlflow.pyfunc",
    },
    "great_expectations": {
        "great_expectations",
        "great_expectations.core",
        "great_expectations.expectations",
    },
    "phonenumbers": {"phonenumbers"},
    "torch": {
        "torch",
        "torch.distributed",
        "torch.nn",
        "torch.utils.data",
        "torch.utils.deterministic",
    },
}
"""Modules that their makers document; from all others only compat/ may import."""


def _root(module: str | None) -> str:
    return (module or "").partition(".")[0]


def _taken() -> Iterator[tuple[str, str, str]]:
    """File, module and name of everything that compat/ imports from elsewhere."""
    for path in sorted(COMPAT.glob("[a-z]*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and _root(node.module) in DISTRIBUTIONS:
                yield from ((path.name, node.module or "", alias.name) for alias in node.names)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if _root(alias.name) in DISTRIBUTIONS:
                        yield path.name, alias.name, ""


TAKEN = sorted(set(_taken()))


@pytest.mark.parametrize(("file", "module", "name"), TAKEN, ids=lambda part: part)
def test_what_compat_names_is_where_it_was(file: str, module: str, name: str):
    if name == "SUPERVISOR_COMMS":
        # It is set while a task runs; that it is sent through is seen by the real Airflow's tests.
        name = ""
    try:
        there = importlib.import_module(module)
        if name and not hasattr(there, name):
            importlib.import_module(f"{module}.{name}")
    except ImportError:
        pytest.fail(f"{module}.{name} moved: plugins/airlock/compat/{file}")


def test_what_is_loaded_late_is_what_the_type_checker_sees():
    from airlock.compat import airflow

    seen = {name: module for file, module, name in TAKEN if file == "airflow.py"}

    assert seen == airflow.HOMES


def test_a_name_that_compat_does_not_have_is_an_error():
    from airlock.compat import airflow

    with pytest.raises(AttributeError, match="no attribute 'Cosmos'"):
        airflow.Cosmos  # noqa: B018


@pytest.mark.parametrize("library", DISTRIBUTIONS)
def test_the_version_that_was_read_is_the_one_that_is_locked(library: str):
    module = importlib.import_module(f"airlock.compat.{library}")

    pinned = (ROOT / "constraints.txt").read_text().replace("_", "-").splitlines()
    assert f"{DISTRIBUTIONS[library]}=={module.READ_IN}" in pinned


@pytest.mark.parametrize("library", DISTRIBUTIONS)
def test_an_installation_gets_no_version_beyond_those_that_were_read(library: str):
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    asked = [
        Requirement(line)
        for extra in setup["options.extras_require"].values()
        for line in extra.splitlines()
        if line.strip()
    ]

    bounds = [one.specifier for one in asked if one.name == DISTRIBUTIONS[library]]
    assert bounds
    for bound in bounds:
        assert any(part.operator == "<" for part in bound), f"{library} has no upper bound"
        assert bound.contains(version(DISTRIBUTIONS[library]))


def test_nothing_else_reaches_into_them():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if COMPAT not in path.parents
        for line, what in reaches(path.read_text())
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "from airflow.models import Connection",
        "from torch._ops import OpOverload",
        "from phonenumbers import _hidden",
        "import mlflow.store.db.utils",
        "import torch\ntorch._C._anything()",
        "import great_expectations as gx\ngx.core._secret",
        "from phonenumbers import phonenumbermatcher as matcher\nmatcher._PATTERN",
    ],
)
def test_reaching_into_them_is_seen(code: str):
    assert list(reaches(code))


def reaches(code: str) -> Iterator[tuple[int, str]]:
    """Lines that take something private of one of these libraries."""
    tree = ast.parse(code)
    imports = list(_imports(tree))
    for line, module, name, _ in imports:
        if module not in PUBLIC[_root(module)] or name.startswith("_"):
            yield line, f"{module}.{name}"
    bound = {name for *_, name in imports}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            below = node.value
            while isinstance(below, ast.Attribute):
                below = below.value
            if isinstance(below, ast.Name) and below.id in bound:
                yield node.lineno, f"{below.id}…{node.attr}"


def _imports(tree: ast.AST) -> Iterator[tuple[int, str, str, str]]:
    """Line, module, name and the name that it is bound to here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _root(alias.name) in PUBLIC:
                    yield node.lineno, alias.name, "", alias.asname or _root(alias.name)
        elif isinstance(node, ast.ImportFrom) and _root(node.module) in PUBLIC:
            for alias in node.names:
                yield node.lineno, node.module or "", alias.name, alias.asname or alias.name


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
