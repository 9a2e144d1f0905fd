"""Where an Airflow's API server listens on this machine."""

from __future__ import annotations

import socket

from airlock.core.errors import SettingsError


def addresses(url: str, port: int) -> dict[str, str]:
    """What tells an Airflow where its API server listens."""
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        # Tasks talk to the API server, which no proxy can reach.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def claimed_port(port: int) -> int:
    """A port that somebody named, if it is free.

    Raises:
        SettingsError: something listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} on 127.0.0.1 cannot be used: {error.strerror}.",
                do="Stop what listens there, or choose another: make up PORT=8081",
            ) from None
    return port
