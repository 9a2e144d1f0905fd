"""Serves a stand-in on a free port of this machine."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a token of the stand-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerRequest:
    """One request.

    Args:
        path: the parts of the address that the route names, unquoted.
        query: one value for each name.
        body: as it came.
    """

    path: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found


Answer = tuple[int, Any]


@dataclass(kw_only=True)
class Standin:
    """A server that keeps state.

    Args:
        url: its address.
        down: the status that it answers everything with; 0 while it is up.
        leads: where its answers lead, if it answers with a redirect.
        asked: every request, as `POST /path`.
        signed_in: how requests were signed.
        before: called before anything is answered, by method and path.
    """

    url: str = ""
    down: int = 0
    leads: str = ""
    asked: list[str] = field(default_factory=list)
    signed_in: set[str] = field(default_factory=set)
    before: Callable[[str, str], None] = lambda *_: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def routes(self) -> Mapping[str, Callable[[TrackerRequest], Answer]]:
        """What it answers: `POST /repos/([^/]+)` to a function."""
        raise NotImplementedError

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """The answer to one request."""
        parts = urlsplit(target)
        for route, call in self.routes().items():
            verb, _, pattern = route.partition(" ")
            if verb == method and (found := re.fullmatch(pattern, parts.path)):
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                path = tuple(unquote(one) for one in found.groups())
                return call(TrackerRequest(path=path, query=query, body=body))
        return 404, {"message": f"no route for {method} {parts.path}"}


@contextmanager
def serving(standin: Standin) -> Iterator[None]:
    """Serve it until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            standin.before(self.command, self.path)
            with standin.lock:
                standin.asked.append(f"{self.command} {self.path}")
                signed = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
                standin.signed_in.add(signed or "")
                status, answer = (
                    (standin.down, {"message": "down"})
                    if standin.down
                    else standin.answer(self.command, self.path, body)
                )
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            if standin.leads:
                self.send_header("Location", standin.leads)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._do)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    standin.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page_of(some: list[Any], query: Mapping[str, str]) -> list[Any]:
    """The page that is asked for."""
    size, number = int(query.get("per_page", 30)), int(query.get("page", 1))
    return some[(number - 1) * size : number * size]
