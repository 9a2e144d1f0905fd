"""Writes a project into a folder, and replaces nothing that is there."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from airlock.config.installation import make_keys
from airlock.core.errors import SpecError
from airlock.core.scratch import private_files
from airlock.reading import read_yaml
from airlock.starter.rows import leads
from airlock.starter.schemas import make_schemas

SETTINGS = "airflow_settings.yaml"
ENVIRONMENT = "airflow.env"
_ROWS = "include/data/leads/leads.csv"
_KEYS = "var/keys"
_PACKAGES = ("include/__init__.py", "include/models/__init__.py")
_PACKAGE = '"""Of this project."""\n'
_PLACES = ("store", "raw", "data", "mlflow/artifacts")


def write_project(folder: Path) -> list[str]:
    """Write a pipeline that runs as it is: its files, rows, connections and keys.

    Args:
        folder: made if it is not there; other files in it stay.

    Returns:
        What was written, relative to the folder.

    Raises:
        SpecError: a file that would be written is there already, or cannot be written. Then nothing
            was written, or what was says so by its presence.
    """
    root = folder.absolute()
    texts = {**dict(_templates()), _ROWS: leads()}
    texts[ENVIRONMENT] = _environment(root, texts[SETTINGS])
    _refuse_if_there(root, [*texts, _KEYS])
    try:
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Somebody may have written it since it was looked for.
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        with private_files():
            for place in _PLACES:
                (root / "var" / place).mkdir(parents=True, exist_ok=True)
            make_keys(root / _KEYS, trusted=root / _KEYS / "trusted.json")
    except OSError as error:
        raise SpecError(
            f"{error.filename or root} cannot be written ({error.strerror}).",
            do="Name a folder that is yours, and begin with an empty one.",
        ) from None
    return [*texts, _KEYS]


def write_new(root: Path, texts: Mapping[str, str]) -> list[str]:
    """Write files of a pipeline into a project, with what makes `include` a package.

    Args:
        root: the project.
        texts: by path in the project.

    Returns:
        What was written, relative to the root.

    Raises:
        SpecError: one of them is there already, or cannot be written; then nothing was written, or
            what was says so by its presence.
    """
    _refuse_if_there(root, list(texts))
    packages = [name for name in _PACKAGES if not (root / name).exists()]
    schemas = {
        f"include/schemas/{name}": text
        for name, text in make_schemas().items()
        if not (root / "include/schemas" / name).exists()
    }
    every = {**texts, **schemas, **dict.fromkeys(packages, _PACKAGE)}
    try:
        for name, text in every.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise SpecError(
            f"{error.filename or root} cannot be written ({error.strerror}).",
            do="Name a project that is yours by --project.",
        ) from None
    return list(every)


def write_schemas(folder: Path) -> list[str]:
    """Write the schemas into a folder, in the place of those of another version.

    Raises:
        SpecError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in make_schemas().items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(
            f"{error.filename or folder} cannot be written ({error.strerror}).",
            do="Name a folder that is yours.",
        ) from None
    return [str(folder / name) for name in make_schemas()]


def _refuse_if_there(root: Path, names: list[str]) -> None:
    there = [name for name in names if (root / name).exists() or (root / name).is_symlink()]
    if there:
        raise SpecError(
            f"{root / there[0]} exists, and nothing is overwritten.",
            do="Name another folder, or move that file away.",
        )


def _templates() -> Iterator[tuple[str, str]]:
    """Every file of the template by its path in the project."""
    for path, file in _below(files("airlock.starter").joinpath("template"), ""):
        # A file of that name would be obeyed where it lies now.
        yield (".gitignore" if path == "gitignore" else path), file.read_text(encoding="utf-8")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _below(one, f"{path}{one.name}/")
        elif one.is_file():
            yield f"{path}{one.name}", one


def _environment(root: Path, settings: str) -> str:
    """What an Airflow must know of the project, for a shell."""
    said = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__AIRLOCK__ROOT": str(root),
        **dict(_connections(read_yaml(settings)["airflow"]["connections"])),
        # Nobody is told that, or on what, this machine works.
        "DO_NOT_TRACK": "true",
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    head = f"# Written by airlock init. Use it by: set -a; . ./{ENVIRONMENT}; set +a"
    return (
        "\n".join([head, *(f"{name}={shlex.quote(value)}" for name, value in said.items())]) + "\n"
    )


def _connections(written: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The connections of the settings, as Airflow reads them from the environment."""
    for one in written:
        as_json = json.dumps({"conn_type": one["conn_type"], "extra": one["conn_extra"]})
        yield f"AIRFLOW_CONN_{one['conn_id'].upper()}", as_json
