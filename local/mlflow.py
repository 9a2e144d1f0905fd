"""MLflow's server with its UI beside Airflow, over the same files, on loopback alone."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping

from airlock.core.errors import SettingsError
from local.home import Home
from local.ports import claimed_port, free_port
from local.services import Service, start_service, stop


def kept_port(home: Home) -> int:
    """The port of the last start where it is free, so that a bookmark leads there again."""
    note = home.var / "mlflow.port"
    with contextlib.suppress(OSError, ValueError, SettingsError):
        return claimed_port(int(note.read_text()))
    port = free_port()
    note.write_text(f"{port}\n")
    return port


@contextlib.contextmanager
def serving_mlflow(home: Home, port: int, environment: Mapping[str, str]) -> Iterator[Service]:
    """Serve what the tasks write, for as long as the block runs.

    Nobody signs in to it: whoever is on this machine can move an alias, which reconcile puts back.

    Args:
        environment: of this home's processes.
    """
    folder = home.var / "mlflow"
    command = (
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts"),
    )
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    service = start_service(home, "mlflow", command, {**environment, **quiet})
    try:
        yield service
    finally:
        stop([service])
