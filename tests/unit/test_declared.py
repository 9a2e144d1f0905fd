"""What Airlock imports, its distribution asks for: no luck of somebody else's dependencies."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Parts of what is asked for, kept by the same people: naming them again would only add a second
# place to change.
_COMES_WITH = {
    # Of extras that not everybody installs.
    "docx": "python-docx",
    "optuna": "optuna",
    "attr": "apache-airflow-providers-openlineage",
    "openlineage": "apache-airflow-providers-openlineage",
    "requests": "python-gitlab",
    "urllib3": "python-gitlab",
    "opentelemetry": "apache-airflow",
    "structlog": "apache-airflow",
    "botocore": "boto3",
    "jinja2": "apache-airflow",
    "markupsafe": "apache-airflow",
    "mypy_boto3_s3": "boto3",  # types only
    "croniter": "apache-airflow",
    "packaging": "apache-airflow",
    "pydantic_core": "pydantic",
    "sqlalchemy": "apache-airflow",
    "starlette": "fastapi",
    "threadpoolctl": "scikit-learn",
}
# Asked for by name where somebody wants it; the error says how.
_ON_REQUEST = {"onnx", "onnxruntime", "onnxscript", "pynvml"}


def test_every_import_is_asked_for():
    asked, owners = _asked(), packages_distributions()

    missing = {
        module: sorted(sources)
        for module, sources in _imported().items()
        if module not in _ON_REQUEST
        and not asked
        & {_plain(name) for name in [_COMES_WITH.get(module, ""), *owners.get(module, ())]}
    }

    assert missing == {}


def _imported() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in (ROOT / "plugins" / "airlock").rglob("*.py"):
        for module in _modules(ast.parse(path.read_text())):
            if module not in sys.stdlib_module_names and module != "airlock":
                found.setdefault(module, set()).add(path.name)
    return found


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _asked() -> set[str]:
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / "setup.cfg")
    lists = [parsed["options"]["install_requires"], *parsed["options.extras_require"].values()]
    return {
        _plain(match[0])
        for line in "\n".join(lists).splitlines()
        if (match := re.match(r"[A-Za-z0-9._-]+", line.strip()))
    }


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
