"""The services that a site may lean on, each a process behind a line that can be broken."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.line import Line, line_to


@contextlib.contextmanager
def s3() -> Iterator[Line]:
    """Moto's server."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, f"http://127.0.0.1:{port}/moto-api/"), line_to(port) as line:
        yield line


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[Line]:
    """A tracking server that keeps its files in the folder of a site."""
    port = free_port()
    with _running(_mlflow(folder, port), f"http://127.0.0.1:{port}/health"), line_to(port) as line:
        yield line


def start_mlflow(folder: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    """The same as a process that may die; nobody waits until it answers."""
    with log.open("ab") as output:
        return subprocess.Popen(
            _mlflow(folder, port),
            env=_without_jobs(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _mlflow(folder: Path, port: int) -> list[str]:
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    return [*command, "--artifacts-destination", str(folder / "served")]


def _without_jobs() -> dict[str, str]:
    # Seven processes that wait for jobs take half a minute of CPU, and nothing here has one.
    return os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Line]:
    """A PostgreSQL with the user and the database `airlock`, whom it trusts."""
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("PostgreSQL's initdb and postgres are not on the path")
    port, data = free_port(), folder / "data"
    data.mkdir(parents=True, mode=0o700)
    how = _as_nobody(folder, data) if os.getuid() == 0 else {}
    subprocess.run(
        ["initdb", "-D", data, "-U", "airlock", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
        **how,  # type: ignore[call-overload]  # the user, where there must be another one
    )
    command = ["postgres", "-D", str(data), "-p", str(port), "-k", str(data), "-h", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "-c", "fsync=off"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **how,  # type: ignore[call-overload]  # as above
    )
    try:
        _until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
        with line_to(port) as line:
            yield line
    finally:
        process.send_signal(3)
        process.wait(30)


def _as_nobody(*folders: Path) -> dict[str, object]:
    # It refuses to run as root.
    who = pwd.getpwnam("nobody")
    for folder in folders:
        os.chown(folder, who.pw_uid, who.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == os.getuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    return {"user": who.pw_uid, "group": who.pw_gid, "cwd": folders[-1]}


@contextlib.contextmanager
def _running(command: list[str], url: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env=_without_jobs(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _until(lambda: urllib.request.urlopen(url, timeout=5).close(), process)
        yield
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _until(up: object, process: subprocess.Popen[bytes] | None = None) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and (process is None or process.poll() is None):
        with contextlib.suppress(urllib.error.URLError, OSError):
            up()  # type: ignore[operator]  # a probe without arguments
            return
        time.sleep(0.1)
    pytest.fail("A service did not come up.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
