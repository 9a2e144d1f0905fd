"""A real MLflow on SQLite, a model of its own for each test, and that model's ledger."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from airlock.ledger import Ledger
from airlock.registry import MlflowSettings
from airlock.store import Credentials
from tests.registered import ledger_below, sqlite_below


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> MlflowSettings:
    return sqlite_below(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    """A name of its own for each test."""
    return f"m{abs(hash(request.node.nodeid)) % 10**9}"


@pytest.fixture
def ledger(tmp_path: Path, model: str) -> Ledger:
    return ledger_below(tmp_path, model)


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowSettings]:
    """A tracking server that keeps the files itself."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = (
        f"{sys.executable} -m mlflow server --host 127.0.0.1 --port {port} --workers 1 "
        f"--backend-store-uri sqlite:///{folder / 'mlflow.db'} "
        f"--artifacts-destination {folder / 'artifacts'}"
    )
    process = subprocess.Popen(
        command.split(),
        # Seven processes that wait for jobs take half a minute of CPU, and nothing here has one.
        env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # It is up in seconds; a machine that does other things as well takes minutes.
        until = time.monotonic() + 300
        while process.poll() is None and time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            pytest.fail(f"MLflow's server did not come up (exit status {process.poll()}).")
        yield MlflowSettings(tracking_uri=url)
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)


@pytest.fixture(scope="module")
def credentials() -> Iterator[Credentials]:
    """For an S3 without buckets: moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    yield Credentials(access_key="test", secret_key="test", endpoint=endpoint, region="us-east-1")
    server.stop()
