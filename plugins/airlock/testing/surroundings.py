"""What stands around a task in a sandbox: the project's modules, Airflow's server, MLflow."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from airlock.compat.airflow import RUNNER
from airlock.testing.people import Server

_folder = tempfile.TemporaryDirectory(prefix="airlock-test-process-")


def use_no_home(project: Path) -> None:
    """Keep a test from somebody's own Airflow: it reads its home once, when it is imported.

    Args:
        project: whose airflow.cfg counts.
    """
    environment = os.environ  # noqa: TID251 -- Airflow reads it, nobody here
    if "airflow" in sys.modules:
        return
    environment.setdefault("AIRFLOW_HOME", _folder.name)
    if (project / "airflow.cfg").exists():
        environment.setdefault("AIRFLOW_CONFIG", str(project / "airflow.cfg"))
    environment.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@contextlib.contextmanager
def importing(project: Path) -> Iterator[None]:
    """Have `include` be that of a project; another one may have been imported before."""
    before = {name: one for name, one in sys.modules.items() if _is_include(name)}
    path = list(sys.path)
    mine = all(str(one).startswith(f"{project}/") for one in _places(before))
    if not mine:
        for name in before:
            del sys.modules[name]
    sys.path.insert(0, str(project))
    try:
        yield
    finally:
        sys.path[:] = path
        if not mine:
            for name in [name for name in sys.modules if _is_include(name)]:
                del sys.modules[name]
            sys.modules.update(before)


def _is_include(name: str) -> bool:
    return name.partition(".")[0] == "include"


def _places(modules: Mapping[str, object]) -> Iterator[str]:
    for one in modules.values():
        yield from getattr(one, "__path__", ())


@contextlib.contextmanager
def served() -> Iterator[None]:
    """Have tasks find somebody where they look for Airflow's server."""
    runner = importlib.import_module(RUNNER)
    before = vars(runner).get("SUPERVISOR_COMMS")
    vars(runner)["SUPERVISOR_COMMS"] = Server()
    try:
        yield
    finally:
        if before is None:
            del vars(runner)["SUPERVISOR_COMMS"]
        else:
            vars(runner)["SUPERVISOR_COMMS"] = before


@cache
def empty_database() -> Path:
    """A database of MLflow without a run, made once a process."""
    from mlflow import MlflowClient

    path = Path(_folder.name) / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path
