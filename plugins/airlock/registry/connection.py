"""A connection to MLflow that ends in seconds, and in words that a person can act on."""

from __future__ import annotations

import contextlib
import fcntl
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow import environment_variables as variables
from mlflow.exceptions import MlflowException
from mlflow.store.db import utils as mlflow_db

from airlock.core.errors import AirlockError, RegistryUnavailable, SettingsError

if TYPE_CHECKING:
    from airlock.config.settings import MlflowSettings

# Whoever reads a task's log wants facts, not that Alembic runs or that a package is not pinned.
logging.getLogger("mlflow").setLevel(logging.ERROR)


_SQLITE = "sqlite:///"


class Connection:
    """One deployment of MLflow, for as long as `bounded` holds.

    Raises:
        RegistryUnavailable: MLflow does not answer within seconds.
        SettingsError: the connection airlock_mlflow is wrong.
    """

    def __init__(self, settings: MlflowSettings) -> None:
        self.settings = settings
        with self.translated(), _alone(settings.tracking_uri):
            self.client = MlflowClient(
                tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri
            )

    def experiment(self, model: str) -> str:
        """The id of a model's experiment, which has the model's name; created if need be."""
        if (found := self.client.get_experiment_by_name(model)) is None:
            place = self.settings.artifacts
            # Somebody else may create it in this very moment.
            with contextlib.suppress(MlflowException):
                self.client.create_experiment(model, f"{place}/{model}" if place else None)
            found = self.client.get_experiment_by_name(model)
        if found is None or found.lifecycle_stage != "active":
            raise SettingsError(
                f"The MLflow experiment {model} was deleted, or cannot be created.",
                do="Restore it: `mlflow experiments restore` takes its id.",
            )
        return str(found.experiment_id)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn whatever MLflow, its database or its files raise into our own words."""
        try:
            yield
        except AirlockError:
            raise
        except Exception as error:  # noqa: BLE001 -- requests, SQLAlchemy, boto3, OSError: all of it
            raise self._no(error) from None

    def _no(self, error: Exception) -> AirlockError:
        code = getattr(error, "error_code", "")
        where = without_password(self.settings.tracking_uri)
        if code in {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}:
            return SettingsError(
                f"MLflow at {where} does not let us in ({code}).",
                do="Check login and password of the connection airlock_mlflow.",
            )
        if code in {"INVALID_PARAMETER_VALUE", "INVALID_STATE", "RESOURCE_DOES_NOT_EXIST"}:
            return SettingsError(
                f"MLflow at {where} refuses ({code}): {_first_line(error)}",
                do="Look at the model and its experiment in MLflow; nothing may be deleted there.",
            )
        if isinstance(error, PermissionError | NotADirectoryError | FileExistsError):
            return SettingsError(
                f"MLflow at {where} cannot be opened: {error.strerror} ({error.filename}).",
                do="Give the Airflow user that folder, or name another in airlock_mlflow.",
            )
        return RegistryUnavailable(
            f"MLflow at {where} does not answer ({code or type(error).__name__}).",
            do="Start it, or correct the connection airlock_mlflow.",
        )


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """One process at a time opens a SQLite file: two that make its tables together break it."""
    if not uri.startswith(_SQLITE):
        yield
        return
    database = Path(uri.removeprefix(_SQLITE))
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unless_absent(error: MlflowException) -> None:
    """Raise the error again unless it says that MLflow does not know what was asked for."""
    if error.error_code != "RESOURCE_DOES_NOT_EXIST":
        raise error


@contextlib.contextmanager
def bounded(settings: MlflowSettings) -> Iterator[None]:
    """MLflow takes its patience and its credentials from the environment alone.

    The address too: parts of its client ask for the process's own, whatever they were made with.
    """
    wanted: dict[Any, Any] = {
        variables.MLFLOW_TRACKING_URI: settings.tracking_uri,
        variables.MLFLOW_REGISTRY_URI: settings.tracking_uri,
        variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES: 2,
        variables.MLFLOW_HTTP_REQUEST_TIMEOUT: 5,
        # A progress bar is a hundred lines of a task's log.
        variables.MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: False,
    }
    if settings.username:
        wanted[variables.MLFLOW_TRACKING_USERNAME] = settings.username
        wanted[variables.MLFLOW_TRACKING_PASSWORD] = settings.password
    before = {variable: variable.get_raw() for variable in wanted}
    attempts = mlflow_db.MAX_RETRY_COUNT
    try:
        _set(wanted)
        # Ten attempts at a database that is away take 100 s; Airflow tries again by itself.
        mlflow_db.MAX_RETRY_COUNT = 3
        yield
    finally:
        mlflow_db.MAX_RETRY_COUNT = attempts
        _set(before)


def _set(values: Mapping[Any, Any]) -> None:
    for variable, value in values.items():
        if value is None:
            variable.unset()
        else:
            variable.set(value)


def without_password(uri: str) -> str:
    """An address that may be shown."""
    parts = urlsplit(uri)
    return uri.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1) if parts.netloc else uri


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
