"""Airflow listener: preloads heavy libraries before LocalExecutor forks, and confines tasks.

LocalExecutor forks its workers and they fork the tasks, so a task inherits whatever the scheduler
has imported: it starts in tenths of a second instead of seven seconds. What is shared is code; the
random generators are cloned with it, which is why every stage seeds itself.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec

from airflow.listeners import hookimpl

log = logging.getLogger(__name__)

# What stages of extras need, which a pipeline without them does not miss.
OPTIONAL = frozenset({"duckdb"})
LIBRARIES = (
    "torch",
    "pytorch_lightning",
    "mlflow",
    # MLflow imports these when it opens a database: more than a second of every task that asks it.
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_workspace_store",
    "mlflow.store.model_registry.sqlalchemy_workspace_store",
    "great_expectations",
    "presidio_analyzer",
    "spacy",
    "lightgbm",
    "sklearn.linear_model",
    "pandas",
    "pyarrow",
    "boto3",
)
# Where what a task imports lies: nothing in these rooms needs an extra, or starts a thread.
ROOMS = (
    *("bundle", "catalogs", "config", "core", "engine", "evidence", "ledger", "lineage", "models"),
    *("registry", "reports", "signing", "store", "stages.evaluate", "stages.gate", "stages.train"),
)
# What each task would make for itself, and is the same for all.
PREPARATIONS = (
    "airlock.reports.page:compile_templates",
    "airlock.stages.validate.stage.docs:compile_templates",
    "airlock.engine.record:build_adapters",
    "airlock.stages.redact.stage.analyzer.stock:read_recognizers",
    "airlock.compat.mlflow:list_packages",
    "airlock.bundle.environment:installed",
)


@hookimpl
def on_starting(component: object) -> None:
    """Airflow's hook: a component starts, and has not forked yet; or a task has been forked."""
    if type(component).__name__ == "TaskRunnerMarker":
        _begin_task()
        return
    if _runs(component, "dag_processor_command"):
        preload_operators()
        return
    if not _runs(component, "scheduler_command"):
        return
    # A scheduler that does not start is worse than tasks that start slowly.
    try:
        from airlock.config.settings import Settings

        if Settings.read().preload:
            preload()
    except Exception:
        log.exception("Nothing is preloaded; every task imports its libraries itself.")


def _begin_task() -> None:
    """Before any file of a DAG is read: what only services need goes, and no key is given yet."""
    from airlock.config import confinement, keys

    keys.withhold_all()
    confinement.begin_task()
    confinement.shed_secrets()
    # How a log looks must not keep a task from running.
    with suppress(Exception):
        from airlock.compat.airflow import log_without_traceback
        from airlock.engine.translation import Foreseen

        log_without_traceback(lambda error: isinstance(error, Foreseen))


def preload() -> None:
    """Import what tasks run: stages, kinds of models, what DAG files import, and the libraries.

    What cannot be imported is named.
    """
    began = time.monotonic()
    # The stages first: they silence what a library says while it is imported.
    wanted = (*_stages(), *_kinds(), *_authored(), *_rooms(), *LIBRARIES)
    missing = [name for name in wanted if not _try_import(name)]
    missing += [name for name in PREPARATIONS if not _try_prepare(name)]
    log.info(
        "Preloaded the libraries that the stages need in %.1f s (%d MB)%s",
        time.monotonic() - began,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        f", but not {', '.join(missing)}." if missing else ".",
    )


def preload_operators() -> None:
    """Import what DAG files import of Airlock: each is parsed in a process forked from this one.

    With it a file takes a tenth of the time, so that all of them are looked at again within a
    minute on a busy machine, too. None of the heavy libraries comes with it.
    """
    missing = [name for name in _authored() if not _try_import(name)]
    if missing:
        log.warning("Not imported before DAG files are parsed: %s.", ", ".join(missing))


def _runs(component: object, command: str) -> bool:
    # Airflow announces a job before the job knows its own type, but only the process of a service
    # has loaded its command. A task forked from it announces itself as something else.
    loaded = f"airflow.cli.commands.{command}" in sys.modules
    return type(component).__name__ == "Job" and loaded


def _stages() -> Iterator[str]:
    import airlock.stages

    for stage in pkgutil.iter_modules(airlock.stages.__path__, "airlock.stages."):
        if stage.ispkg and (logic := find_spec(f"{stage.name}.stage")):
            # Where the logic outgrew one file, it begins in the one with the stage's name.
            whole = f"{logic.name}.{stage.name.rpartition('.')[2]}"
            yield whole if logic.submodule_search_locations and find_spec(whole) else logic.name


def _rooms() -> Iterator[str]:
    """What stages import late, each task for itself."""
    for room in ROOMS:
        package = importlib.import_module(f"airlock.{room}")
        below = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        yield from (one.name for one in below)


def _authored() -> list[str]:
    """What a DAG file imports of Airlock: each task reads its own file again."""
    import airlock

    return sorted(airlock.HOMES)


def _kinds() -> Iterator[str]:
    """What trains the kinds of models, and what loads their bundles."""
    from airlock.hooks.registry import model_kinds

    for kind in model_kinds().values():
        yield from (place.partition(":")[0] for place in (kind.learner, kind.load))


def _try_prepare(name: str) -> bool:
    module, _, function = name.partition(":")
    try:
        getattr(importlib.import_module(module), function)()
    except Exception as error:  # noqa: BLE001 -- each task does it for itself then
        log.warning("Not prepared: %s (%s).", name, error)
        return False
    return True


def _try_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        # A stage may need an extra that nobody installed, because no DAG has it.
        optional = name.startswith("airlock.") and error.name in OPTIONAL
        if not optional:
            log.warning("Not preloaded: %s (%s).", name, error)
        return optional
    except Exception as error:  # noqa: BLE001 -- a broken library must not stop the scheduler
        log.warning("Not preloaded: %s (%s).", name, error)
        return False
    return True
