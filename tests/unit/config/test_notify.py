"""Somebody is told, through whatever notifier the settings name, and a run never fails of it."""

from __future__ import annotations

import json
import logging
import socketserver
from collections.abc import Iterator
from email import message_from_string
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from airlock.config.notify import failed, notify


def context() -> Any:
    return {
        "dag_run": SimpleNamespace(dag_id="churn"),
        "ti": SimpleNamespace(task_id="train", run_id="manual__1"),
        "exception": "The source is empty.",
    }


def test_by_default_a_warning_is_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        failed(context())

    assert "[Airlock] churn: train failed" in caplog.text
    assert "The source is empty." in caplog.text


class Receiver(BaseHTTPRequestHandler):
    got: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    Receiver.got.clear()
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv(
        "AIRFLOW_CONN_WEBHOOK",
        json.dumps({"conn_type": "http", "host": f"http://127.0.0.1:{server.server_port}"}),
    )
    yield server
    server.shutdown()
    server.server_close()


def test_a_webhook_is_called_with_subject_and_message(
    webhook: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(
        "AIRFLOW__AIRLOCK__NOTIFIER", "airflow.providers.http.notifications.HttpNotifier"
    )
    kwargs = {"http_conn_id": "webhook", "json": {"text": "{subject}: {message}"}}
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", json.dumps(kwargs))

    notify(context(), subject="gate: not passed on", message="auc is 0.75.")

    assert Receiver.got == [{"text": "[Airlock] churn: gate: not passed on: auc is 0.75."}]


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
    Thread(target=server.serve_forever, daemon=True).start()
    extra = {"disable_tls": True, "disable_ssl": True, "from_email": "airlock@example.org"}
    port = server.server_address[1]
    monkeypatch.setenv(
        "AIRFLOW_CONN_MAIL",
        json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}),
    )
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("mail_server")
def test_a_mail_is_sent_with_subject_and_message(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(
        "AIRFLOW__AIRLOCK__NOTIFIER", "airflow.providers.smtp.notifications.smtp.SmtpNotifier"
    )
    kwargs = {
        "smtp_conn_id": "mail",
        "to": "team@example.org",
        "subject": "{subject}",
        "html_content": "{message}",
    }
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", json.dumps(kwargs))

    notify(context(), subject="approve: waiting", message="Version 3 waits for an answer.")

    (mail,) = [message_from_string(text, policy=default) for text in Postbox.got]
    assert mail["to"] == "team@example.org"
    assert mail["subject"] == "[Airlock] churn: approve: waiting"
    assert "Version 3 waits" in next(mail.iter_parts()).get_content()


def test_what_still_waits_is_told_to_somebody_else(
    webhook: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(
        "AIRFLOW__AIRLOCK__ESCALATION_NOTIFIER", "airflow.providers.http.notifications.HttpNotifier"
    )
    kwargs = {"http_conn_id": "webhook", "json": {"text": "{subject}"}}
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ESCALATION_KWARGS", json.dumps(kwargs))

    told = [
        notify(context(), subject="it waits", message="", escalate=escalate)
        for escalate in (False, True)
    ]

    assert told == [True, True]
    assert Receiver.got == [{"text": "[Airlock] churn: it waits"}]


def test_without_anybody_else_it_is_told_to_whoever_is_told_of_all(
    webhook: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(
        "AIRFLOW__AIRLOCK__NOTIFIER", "airflow.providers.http.notifications.HttpNotifier"
    )
    kwargs = {"http_conn_id": "webhook", "json": {"text": "{subject}"}}
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", json.dumps(kwargs))

    notify(context(), subject="it waits", message="", escalate=True)

    assert len(Receiver.got) == 1


def test_a_notifier_that_does_not_exist_never_breaks_the_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER", "nobody.at.Home")

    told = notify(context(), subject="gate: not passed on", message="auc is 0.75.")

    assert not told
    assert "Nobody could be told" in caplog.text
