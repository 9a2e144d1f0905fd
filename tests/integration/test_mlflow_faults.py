"""MLflow hangs, fails, or loses its answer: it ends soon, and the ledger is right afterwards."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from airlock.core.errors import RegistryUnavailable
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings, open_registry, point_alias
from tests.registered import crown

# A machine with both cores busy is slow; without a bound it would be four minutes a call.
BOUND = 100


class Faulty(BaseHTTPRequestHandler):
    """A tracking server that keeps one alias, and answers as badly as it is told to."""

    protocol_version = "HTTP/1.1"
    fault: Callable[[Faulty], None]
    alias: dict[str, str]

    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.path.endswith("registered-models/alias"):
            self.alias["champion"] = body.decode()
        type(self).fault(self)

    do_POST = do_PATCH = do_GET  # noqa: N815  # the names that http.server calls

    def log_message(self, *args: object) -> None:
        pass


def hangs(request: Faulty) -> None:
    time.sleep(BOUND)


def fails(request: Faulty) -> None:
    request.send_response(500)
    request.send_header("content-length", "0")
    request.end_headers()


def resets(request: Faulty) -> None:
    """What was asked for is done, and the answer never comes."""
    reset = struct.pack("ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    request.connection.close()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[MlflowSettings]:
    handler = type("Handler", (Faulty,), {"fault": request.param, "alias": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield MlflowSettings(tracking_uri=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(fails, id="fails"),
        # The test below loses answers as well, of a real server.
        pytest.param(resets, id="resets", marks=pytest.mark.soak),
    ],
    indirect=True,
)
def test_a_decision_stands_whatever_mlflow_does_and_says_that_the_alias_does_not_follow(
    server: MlflowSettings, ledger: Ledger
):
    crown(ledger, 1)
    began = time.monotonic()

    assert not point_alias(ledger, server)

    assert time.monotonic() - began < BOUND
    assert ledger.state().champion_sequence == 1


@pytest.mark.parametrize("server", [fails], indirect=True, ids=lambda f: f.__name__)
def test_whoever_needs_mlflow_is_told_that_a_retry_can_help(server: MlflowSettings):
    with pytest.raises(RegistryUnavailable) as caught, open_registry(server) as registry:
        registry.champion("churn")

    assert caught.value.retry_can_help


class Forgetful(BaseHTTPRequestHandler):
    """Before a real server: hands everything on, and once cuts the line after it was done."""

    protocol_version = "HTTP/1.1"
    behind: str
    loses: str
    lost: list[str]

    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        answer = httpx.request(
            self.command,
            self.behind + self.path,
            content=self.rfile.read(length),
            headers={"content-type": self.headers.get("content-type") or "application/json"},
            timeout=60,
            trust_env=False,
        )
        # Three times: the client's own retries are not what is tested.
        if self.loses in self.path and self.command != "GET" and len(self.lost) < 3:
            self.lost.append(self.path)
            resets(self)
            return
        self.send_response(answer.status_code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_PATCH = do_GET  # noqa: N815  # the names that http.server calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def forgetful(mlflow_server: MlflowSettings) -> Iterator[tuple[MlflowSettings, list[str]]]:
    lost: list[str] = []
    facts = {"behind": mlflow_server.tracking_uri, "loses": "alias", "lost": lost}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Forgetful,), facts))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield MlflowSettings(tracking_uri=f"http://127.0.0.1:{server.server_port}"), lost
    server.shutdown()


def test_an_alias_that_moved_though_its_answer_was_lost_is_seen_by_the_next_look(
    forgetful: tuple[MlflowSettings, list[str]],
    mlflow_server: MlflowSettings,
    ledger: Ledger,
    model: str,
    tmp_path: Path,
):
    settings, lost = forgetful
    with open_registry(mlflow_server) as registry:
        registry.client.create_registered_model(model)
        registry.client.create_model_version(model, source="s3://nowhere/bundle")
    crown(ledger, 1)

    first = point_alias(ledger, settings)
    again = point_alias(ledger, settings)

    assert lost
    assert (first, again) == (False, True)
    with open_registry(mlflow_server) as registry:
        assert registry.champion(model) == 1
