"""Airflow's four services as children of this process, for as long as it lives."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airlock.core.errors import AirlockError, SettingsError
from local.client import AirflowClient
from local.home import Home
from local.ports import addresses, claimed_port, free_port
from local.prepare import prepare
from local.runs import RequestRefused

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LAST_LINES = 12

GRACE = 10.0
"""Seconds between asking a service to end and killing what is left of it."""

LOCK = "running.lock"
"""The file below `var/` whose lock the process that runs Airflow there holds."""


class ServiceDied(AirlockError):
    """A service of Airflow ended, or did not come up in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One running service of Airflow."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise `ServiceDied` if the process has ended."""
        if (status := self.process.poll()) is not None:
            raise self.trouble(f"Airflow's {self.name} ended with status {status}.")

    def trouble(self, what: str) -> ServiceDied:
        """An error that shows the end of this service's log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
        shown = "\n".join(f"    {line}" for line in lines)
        return ServiceDied(
            f"{what} Its log ends with:\n{shown}", do=f"\nThe whole log is in {self.log}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Airflow:
    """An Airflow that runs."""

    home: Home
    url: str
    client: AirflowClient
    services: tuple[Service, ...]

    @classmethod
    @contextlib.contextmanager
    def running(
        cls,
        home: Home | None = None,
        *,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> Iterator[Airflow]:
        """Prepare a home, start its Airflow, and stop it however the block ends.

        Args:
            home: the checkout's own if not given.
            env: overrides, such as `AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME`.
            port: of the API server on 127.0.0.1; any free one if not given.

        Raises:
            SettingsError: the port is in use, or this home's Airflow runs already.
            ServiceDied: a service ended or did not come up; its log's last lines are shown.
        """
        home = home or Home.of_checkout()
        port = free_port() if port is None else claimed_port(port)
        prepare(home)
        url = f"http://127.0.0.1:{port}"
        environment = home.environment() | addresses(url, port) | dict(env or {})
        with alone_in(home), started(home, environment) as services:
            client = cls.client_of(home, url, check=lambda: _check(services))
            with contextlib.closing(client):
                wait_until_healthy(client, services)
                yield cls(home=home, url=url, client=client, services=services)

    @staticmethod
    def client_of(
        home: Home, url: str, *, user: str = "admin", check: Callable[[], None] = lambda: None
    ) -> AirflowClient:
        """Sign one of the home's users in: admin, op, user or viewer."""
        password = json.loads(home.passwords.read_text())[user]
        return AirflowClient(url, user=user, password=password, check=check)


def stop_on_sigterm() -> None:
    """Let SIGTERM end this process like Ctrl-C does, so that it stops its services."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextlib.contextmanager
def alone_in(home: Home) -> Iterator[None]:
    """Keep every other process from running an Airflow in this home.

    Raises:
        SettingsError: another process runs one now.
    """
    with (home.var / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"Another process runs Airflow in {home.var}.",
                do="Stop it first (Ctrl-C where `make up` or `make demo` runs).",
            ) from None
        yield


@contextlib.contextmanager
def started(
    home: Home, environment: Mapping[str, str], *, python: str = sys.executable
) -> Iterator[tuple[Service, ...]]:
    """Start the services, and stop them however the block ends.

    Args:
        home: where they work and write their logs.
        environment: theirs.
        python: the interpreter whose Airflow it is.
    """
    commands = {
        "api-server": ("api-server",),
        "dag-processor": ("dag-processor",),
        # A snapshot that waits for its night's data holds no process: the triggerer wakes it.
        "triggerer": ("triggerer", "--skip-serve-logs"),
        # The API server reads the tasks' logs from the same disk.
        "scheduler": ("scheduler", "--skip-serve-logs"),
    }
    services: list[Service] = []
    try:
        for name, command in commands.items():
            started_by = (python, "-m", "airflow", *command)
            services.append(start_service(home, name, started_by, environment))
        yield tuple(services)
    finally:
        stop(services)


def start_service(
    home: Home, name: str, command: tuple[str, ...], environment: Mapping[str, str]
) -> Service:
    """Start a process that ends with this one."""
    log = home.logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=home.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: we stop the services in our own order.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
    return Service(name=name, process=process, log=log)


def _end_with_parent() -> None:
    # Even a SIGKILL of ours must leave no Airflow behind.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _check(services: tuple[Service, ...]) -> None:
    for service in services:
        service.check()


def wait_until_healthy(
    client: AirflowClient, services: tuple[Service, ...], *, timeout: float = 180
) -> None:
    """Wait until each service has said that it lives.

    Raises:
        ServiceDied: one ended, or is not up in time.
    """
    began = datetime.now(UTC)
    until = time.monotonic() + timeout
    awake = False
    while (waiting := _unhealthy(client, began)) or not awake:
        _check(services)
        if waiting != "api-server" and not awake:
            awake = True
            with contextlib.suppress(RequestRefused):
                client.wake()
        if waiting and time.monotonic() > until:
            last = next(service for service in services if service.name == waiting)
            raise last.trouble(f"Airflow's {waiting} is not up after {timeout:.0f} s.")
        time.sleep(0.2)


def _unhealthy(client: AirflowClient, started: datetime) -> str | None:
    """The first service that is not up yet."""
    try:
        health = client.health()
    except (RequestRefused, ValueError):
        return "api-server"
    for name, part, heartbeat in (
        ("dag-processor", "dag_processor", "latest_dag_processor_heartbeat"),
        ("triggerer", "triggerer", "latest_triggerer_heartbeat"),
        ("scheduler", "scheduler", "latest_scheduler_heartbeat"),
    ):
        if not _beats(health.get(part) or {}, heartbeat, started):
            return name
    return None


def _beats(part: Mapping[str, Any], heartbeat: str, started: datetime) -> bool:
    last = part.get(heartbeat)
    # A heartbeat of the scheduler before this one still counts as healthy for half a minute.
    return part.get("status") == "healthy" and datetime.fromisoformat(last or "") > started


def stop(services: Sequence[Service]) -> None:
    """End services, the first of them last, with everything that they started."""
    with _no_second_interrupt():
        # Tasks that end while the scheduler waits for them still need the API server. Nobody does
        # then, and it holds nothing: three seconds of winding itself down are for nothing.
        for together, grace in ((services[1:], GRACE), (services[:1], 0.0)):
            for service in together:
                service.process.terminate()
            until = time.monotonic() + grace
            for service in together:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    service.process.wait(max(0.0, until - time.monotonic()))
                # Tasks have process groups of their own, but nobody leaves the service's session.
                for pid in _members(service.process.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                service.process.wait()


def _members(session: int) -> list[int]:
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(folder.name)) == session:
                members.append(int(folder.name))
    return members


@contextlib.contextmanager
def _no_second_interrupt() -> Iterator[None]:
    # An impatient second Ctrl-C must not leave half of them running.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.signal(name, signal.SIG_IGN) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
