"""Connects to MLflow; fails within seconds, with words that a person can act on."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from airlock.compat.mlflow import db_utils as mlflow_db
from airlock.compat.mlflow import environment_variables as variables
from airlock.core.errors import AirlockError, RegistryUnavailable, SettingsError
from airlock.registry.relocation import follow_folder

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings

# Whoever reads a task's log wants facts, not that Alembic runs or that a package is not pinned.
logging.getLogger("mlflow").setLevel(logging.ERROR)


_SQLITE = "sqlite:///"
_LOCK_SECONDS = 60


class Connection:
    """One deployment of MLflow, for as long as `bounded` holds.

    Raises:
        RegistryUnavailable: MLflow does not answer within seconds.
        SettingsError: the connection airlock_mlflow is wrong.
    """

    def __init__(self, settings: MlflowSettings) -> None:
        self.settings = settings
        with self.translated(), _open_exclusively(settings.tracking_uri):
            follow_folder(settings)
            self.client = MlflowClient(
                tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri
            )

    def experiment(self, model: str) -> str:
        """The id of a model's experiment, which has the model's name; created if need be."""
        if (found := self.client.get_experiment_by_name(model)) is None:
            place = self.settings.artifacts
            try:
                self.client.create_experiment(model, f"{place}/{model}" if place else None)
            except MlflowException as error:
                # Somebody else may create it in this very moment.
                unless_there(error)
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

    @staticmethod
    @contextlib.contextmanager
    def uploading() -> Iterator[None]:
        """More patience for files: a server that has all of one answers once it has stored it."""
        wanted: dict[Any, Any] = {
            variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES: 1,
            variables.MLFLOW_HTTP_REQUEST_TIMEOUT: 30,
        }
        before = {variable: variable.get_raw() for variable in wanted}
        try:
            _set(wanted)
            yield
        finally:
            _set(before)

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
def _open_exclusively(uri: str) -> Iterator[None]:
    """One process at a time opens a SQLite file: two that make its tables together break it."""
    if not uri.startswith(_SQLITE):
        yield
        return
    database = Path(uri.removeprefix(_SQLITE))
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.lock").open("a") as lock:
        _lock(lock, uri)
        yield


def _lock(file: IO[str], uri: str) -> None:
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise RegistryUnavailable(
                    f"Another process has been opening {uri} for {_LOCK_SECONDS} s.",
                    do="Find the process that holds the .lock file beside it, and end it.",
                ) from None
            time.sleep(0.1)
        else:
            return


def unless_absent(error: MlflowException) -> None:
    """Raise the error again unless it says that MLflow does not know what was asked for."""
    if error.error_code != "RESOURCE_DOES_NOT_EXIST":
        raise error


def unless_there(error: MlflowException) -> None:
    """Raise the error again unless it says that what was to be created exists already."""
    if error.error_code != "RESOURCE_ALREADY_EXISTS":
        raise error


@contextlib.contextmanager
def with_time_limits(settings: MlflowSettings) -> Iterator[None]:
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
        # libpq's: MLflow's own database may be a PostgreSQL, and connecting takes two minutes.
        _Variable("PGCONNECT_TIMEOUT"): "10",
        _Variable("PGOPTIONS"): "-c lock_timeout=20s -c statement_timeout=60s",
    }
    if settings.username:
        wanted[variables.MLFLOW_TRACKING_USERNAME] = settings.username
        wanted[variables.MLFLOW_TRACKING_PASSWORD] = settings.password
    before = {variable: variable.get_raw() for variable in wanted}
    attempts = mlflow_db.MAX_RETRY_COUNT
    try:
        _set(wanted)
        _bound_stores()
        # Ten attempts at a database that is away take 100 s; Airflow tries again by itself.
        mlflow_db.MAX_RETRY_COUNT = 3
        yield
    finally:
        mlflow_db.MAX_RETRY_COUNT = attempts
        _set(before)


@dataclass(frozen=True)
class _Variable:
    """An environment variable of somebody else, as MLflow's own are used."""

    name: str

    def get_raw(self) -> str | None:
        return os.environ.get(self.name)  # noqa: TID251 -- a library reads it, nobody here

    def set(self, value: str) -> None:
        os.environ[self.name] = value  # noqa: TID251 -- as above

    def unset(self) -> None:
        os.environ.pop(self.name, None)  # noqa: TID251 -- as above


def _bound_stores() -> None:
    """S3, which MLflow opens itself: its client waits 60 s, five times, unless told otherwise."""
    import boto3
    from botocore.config import Config

    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    inner = getattr(boto3.DEFAULT_SESSION, "_session")  # noqa: B009 -- no stub names it
    if inner.get_default_client_config() is None:
        retries: Any = {"mode": "standard", "max_attempts": 2}
        inner.set_default_client_config(Config(connect_timeout=5, read_timeout=25, retries=retries))


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
