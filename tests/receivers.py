"""Who is told: a small HTTP server and a small mail server, both real.

A test file imports the fixtures it wants.
"""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest


class Receiver(BaseHTTPRequestHandler):
    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Receiver.got.clear()
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv(
        "AIRFLOW_CONN_WEBHOOK",
        json.dumps({"conn_type": "http", "host": f"http://127.0.0.1:{server.server_port}"}),
    )
    yield
    server.shutdown()
    server.server_close()


class Postbox(socketserver.StreamRequestHandler):
    """As little of RFC 5321 as one mail needs."""

    got: ClassVar[list[str]] = []

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            match line.split()[0].upper():
                case "DATA":
                    self._say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    self.got.append("".join(lines))
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Postbox.got.clear()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postbox)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    extra = {"disable_tls": True, "disable_ssl": True, "from_email": "airlock@example.org"}
    port = server.server_address[1]
    monkeypatch.setenv(
        "AIRFLOW_CONN_MAIL",
        json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}),
    )
    yield
    server.shutdown()
    server.server_close()
