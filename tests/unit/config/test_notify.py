"""Somebody is told, through whatever notifier the settings name, and a run never fails of it."""

from __future__ import annotations

import json
import logging
from email import message_from_string
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest

from airlock.config.notify import notify, notify_failure
from tests.receivers import Postbox, Receiver, mail_server, webhook

__all__ = ["mail_server", "webhook"]


def context() -> Any:
    return {
        "dag_run": SimpleNamespace(dag_id="churn"),
        "ti": SimpleNamespace(task_id="train", run_id="manual__1"),
        "exception": "The source is empty.",
    }


def test_by_default_a_warning_is_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        notify_failure(context())

    assert "[Airlock] churn: train failed" in caplog.text
    assert "The source is empty." in caplog.text


def test_a_webhook_is_called_with_subject_and_message(
    webhook: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(
        "AIRFLOW__AIRLOCK__NOTIFIER", "airflow.providers.http.notifications.HttpNotifier"
    )
    kwargs = {"http_conn_id": "webhook", "json": {"text": "{subject}: {message}"}}
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", json.dumps(kwargs))

    notify(context(), subject="gate: not passed on", message="auc is 0.75.")

    assert Receiver.got == [{"text": "[Airlock] churn: gate: not passed on: auc is 0.75."}]


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


def test_what_still_waits_is_told_to_somebody_else(webhook: None, monkeypatch: pytest.MonkeyPatch):
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
    webhook: None, monkeypatch: pytest.MonkeyPatch
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
