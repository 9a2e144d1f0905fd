"""A receiver of webhooks that keeps state, verified by the library of the standard."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """What came in, by whom, and how it answers.

    Args:
        answer: the status of the next answers; a redirect leads to `elsewhere`.
        events: every verified event, as it came, repeats included.
    """

    url: str = ""
    answer: int = 204
    elsewhere: str = ""
    asked: int = 0
    paths: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    @property
    def distinct(self) -> list[str]:
        """The ids in the order in which each first came."""
        return list(dict.fromkeys(one["id"] for one in self.events))


@contextmanager
def receiving(*, check_time: bool = False) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    state = Receiver()
    verifier = Webhook(SECRET)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.asked += 1
            state.paths.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.before()
            if 200 <= state.answer < 300:
                signed = headers if check_time else {**headers, **_now(headers, verifier, body)}
                verifier.verify(body, signed)
                state.events.append(json.loads(body))
            self.send_response(state.answer)
            if state.elsewhere:
                self.send_header("Location", state.elsewhere)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hook?team=ml"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _now(headers: dict[str, str], verifier: Webhook, body: bytes) -> dict[str, str]:
    """The signature holds at the time that was signed, which a test makes up; then as of now."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = verifier.sign(headers["webhook-id"], at, body.decode())
    assert signed == headers["webhook-signature"]
    now = datetime.now(UTC)
    return {
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": verifier.sign(headers["webhook-id"], now, body.decode()),
    }
