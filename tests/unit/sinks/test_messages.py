"""Chats, mail, and webhooks whose receiver verifies by a public key alone."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from airlock.catalogs.outbox import begin, messages
from airlock.catalogs.telling import line_of
from airlock.core.errors import SettingsError
from airlock.engine.outbox import deliver
from airlock.ledger import Ledger
from airlock.sinks.sink import Sink, open_sink
from tests.history import History

NOW = datetime(2026, 1, 6, 3, tzinfo=UTC)
HOSTILE = "<!channel> *bold* [x](https://evil.example) @here ada@example.org"


class Taken:
    """What came in."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []


@contextmanager
def taking() -> Iterator[Taken]:
    taken = Taken()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            taken.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    taken.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def approved(ledger: Ledger, stores: Any, tmp_path: Path) -> Ledger:
    """A candidate that somebody approved, with a reason that means no good."""
    history = History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch")
    begin(ledger, "told")
    decided = history.decide(1, 0.81, asks=True)
    history.promote(decided, history.answer(decided, by="ada", reason=HOSTILE))
    return ledger


def told(kind: str, secret: str | None, **extra: Any) -> Sink:
    said = {"kind": kind, "private": True, **extra}
    return open_sink("told", extra=said, secret=secret, airflow="https://airflow.example.com")


def test_a_webhook_may_be_signed_so_that_the_public_key_verifies_it(approved: Ledger):
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    secret = "whsk_" + base64.b64encode(bytes(range(32))).decode()
    with taking() as taken:
        deliver(approved, told("webhook", secret, url=taken.url), now=NOW)

    assert len(taken.bodies) == 3
    for body, headers in zip(taken.bodies, taken.headers, strict=True):
        version, _, signature = headers["webhook-signature"].partition(",")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        assert version == "v1a"
        key.public_key().verify(base64.b64decode(signature), signed)
        with pytest.raises(InvalidSignature):
            key.public_key().verify(base64.b64decode(signature), signed + b" ")


def test_the_signature_is_the_one_of_the_standard(approved: Ledger):
    """The library of the standard knows v1 alone: RFC 8032's own key, over the standard's bytes."""
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    secret = "whsk_" + base64.b64encode(bytes.fromhex(seed)).decode()
    with taking() as taken:
        deliver(approved, told("webhook", secret, url=taken.url), now=NOW)

    headers, body = taken.headers[0], taken.bodies[0]
    signed = f"{headers['webhook-id']}.{int(NOW.timestamp())}.".encode() + body
    signature = base64.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, signed)


@pytest.mark.parametrize("secret", ["whsk_", "whsk_c2hvcnQ=", "whsk_!!"])
def test_a_key_that_signs_nothing_is_refused(secret: str):
    with pytest.raises(SettingsError, match="has no secret"):
        told("webhook", secret, url="https://hooks.example.com")


def test_slack_is_told_in_text_in_which_it_looks_for_nothing(approved: Ledger):
    with taking() as taken:
        deliver(approved, told("slack", taken.url), now=NOW)

    said = json.loads(taken.bodies[1])
    assert said["text"] == "Airlock: churn, approved"
    text = said["blocks"][0]["text"]
    assert (text["type"], text["emoji"]) == ("plain_text", False)
    assert text["text"].endswith(f"ada approved version 1: {HOSTILE}")
    # Slack reads markup in the rest: nothing of anybody else's stands in it.
    assert "evil" not in json.dumps([said["text"], said["blocks"][1:]])


def test_teams_is_told_in_a_card_in_which_nothing_acts(approved: Ledger):
    with taking() as taken:
        deliver(approved, told("teams", taken.url), now=NOW)

    card = json.loads(taken.bodies[1])["attachments"][0]["content"]
    said = card["body"][1]["text"]
    assert said.startswith("ada approved version 1: ")
    assert "https:" not in said
    assert "@" not in said
    assert r"\*bold\*" in said
    assert card["actions"][0]["url"] == "https://airflow.example.com/plugin/airlock/churn"


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """As much of SMTP as one mail needs."""
    taken: list[str] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    taken.append(self._data())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

        def _data(self) -> str:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(lines).decode()

    ThreadingTCPServer.allow_reuse_address = True
    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], taken
        server.shutdown()


def mail(port: int, **extra: Any) -> Sink:
    said = {"url": f"smtp://127.0.0.1:{port}", "from": "airlock@example.com", "to": ["ml@x.org"]}
    return told("mail", None, **said, **extra)


def test_a_mail_is_text_that_is_known_by_its_id(approved: Ledger):
    with mail_server() as (port, taken):
        deliver(approved, mail(port), now=NOW)

    assert len(taken) == 3
    assert "Subject: Airlock: churn, approved" in taken[1]
    assert "Content-Type: text/plain" in taken[1]
    assert "Message-ID: <airlock.churn." in taken[1]
    assert "https[:]//evil.example" in taken[1].replace("=\r\n", "")
    assert "ada@example.org" not in taken[1]


def test_a_server_in_the_open_that_does_not_encrypt_is_given_no_mail(
    approved: Ledger, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("airlock.sinks.mail.resolved", lambda *_, **__: "127.0.0.1")
    with mail_server() as (port, taken):
        deliver(approved, mail(port, private=False), now=NOW)

    assert taken == []
    assert messages(approved, "told")[0].told[-1].why == "its server does not encrypt"


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"to": []}, id="nobody"),
        pytest.param({"to": ["a@b.c\r\nBcc: d@e.f"]}, id="a header in it"),
        pytest.param({"from": "nobody"}, id="from nobody"),
        pytest.param({"url": "http://x.example"}, id="no server of mail"),
    ],
)
def test_a_connection_that_describes_no_mail_is_refused(extra: dict[str, Any]):
    said = {"url": "smtps://m.example", "from": "a@b.c", "to": ["d@e.f"], **extra}
    with pytest.raises(SettingsError, match="told"):
        told("mail", None, **said)


def test_every_kind_of_entry_that_others_are_told_of_has_a_sentence(approved: Ledger):
    from airlock.catalogs.outbox import TOLD
    from airlock.catalogs.telling import _SAYS

    assert set(_SAYS) == TOLD
    assert all(line_of(one).text for one in approved.entries() if one.kind in TOLD)
