"""What is told comes out as it went in: no template, no markup, no link, no mention, no header."""

from __future__ import annotations

import json
import logging
import re
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any, cast

import pytest
from airflow.sdk import BaseNotifier
from hypothesis import HealthCheck, given, settings

from airlock.config.notify import notify, notify_failure
from airlock.config.settings import Settings
from airlock.core import quoting
from airlock.core.errors import SettingsError
from tests.payloads import ACTING, PAYLOADS, SECRET, texts
from tests.receivers import Postbox, Receiver, mail_server, webhook
from tests.unit.config.test_notify import context

__all__ = ["mail_server", "webhook"]

HTTP = "airflow.providers.http.notifications.HttpNotifier"
SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"
MAIL = {"smtp_conn_id": "mail", "to": "team@example.org"}

one_of_each = pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
composed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def a_secret_in_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "generic", "password": SECRET}
    monkeypatch.setenv("AIRFLOW_CONN_SECRET", json.dumps(connection))


def use(monkeypatch: pytest.MonkeyPatch, notifier: str, **kwargs: Any) -> None:
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER", notifier)
    monkeypatch.setenv("AIRFLOW__AIRLOCK__NOTIFIER_KWARGS", json.dumps(kwargs))


def hook(monkeypatch: pytest.MonkeyPatch, **kwargs: Any) -> None:
    use(monkeypatch, HTTP, http_conn_id="webhook", **kwargs)


def got() -> Any:
    (one,) = Receiver.got
    Receiver.got.clear()
    return one


def mailed() -> EmailMessage:
    (text,) = Postbox.got
    Postbox.got.clear()
    return cast("EmailMessage", message_from_string(text, policy=default))


class Read(HTMLParser):
    """What a reader of a mail sees, and which tags there are."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def nothing_acts(text: str) -> bool:
    return not set(text) & set(ACTING) and "1337" not in text.replace("{# 1337 #}", "")


@one_of_each
def test_a_service_that_shows_plain_text_gets_the_very_text(
    webhook: None, monkeypatch: pytest.MonkeyPatch, text: str
):
    hook(monkeypatch, json={"subject": "{subject:plain}", "text": "{message:plain}"})

    assert notify(context(), subject=text, message=text)

    said = got()
    assert said["text"] == quoting.visible(text.strip())
    assert said["subject"] == quoting.line(f"[Airlock] churn: {text}")
    assert nothing_acts(said["text"])


@one_of_each
def test_a_chat_gets_no_link_no_mention_and_no_markup(
    webhook: None, monkeypatch: pytest.MonkeyPatch, text: str
):
    hook(monkeypatch, json={"text": "{subject}: {message}"})

    assert notify(context(), subject=text, message=text)

    dead_in_a_chat(got()["text"])


@pytest.mark.usefixtures("webhook")
def test_whatever_is_put_together_is_dead_in_a_chat(monkeypatch: pytest.MonkeyPatch):
    hook(monkeypatch, json={"text": "{message}"}, headers={"X-About": "airlock"})

    @given(texts)
    @composed
    def check(text: str) -> None:
        Receiver.got.clear()
        assert notify(context(), subject="", message=text)
        said = got()["text"]
        dead_in_a_chat(said)
        told = text.strip() or "[Airlock] churn: "
        assert said == quoting.chat(quoting.cut(told, 2_500))

    check()


def dead_in_a_chat(said: str) -> None:
    assert nothing_acts(said)
    assert SECRET not in said
    assert "@" not in said
    assert not re.search(r"<\S", said)
    assert "](" not in said
    assert "][" not in said
    assert not re.search(r"(?i)\b(?!s3:)[a-z][a-z0-9+.-]*://|\bwww\.|javascript:", said)


@one_of_each
def test_slack_is_told_by_its_own_rules(webhook: None, monkeypatch: pytest.MonkeyPatch, text: str):
    hook(monkeypatch, json={"text": "{message:slack}"})

    assert notify(context(), subject="", message=text)

    said = got()["text"]
    assert not set(said) & set("<>@")
    assert not re.search(r"&(?!(amp|lt|gt);)", said)
    assert "://" not in said


@one_of_each
def test_a_body_that_was_written_as_text_stays_json(
    webhook: None, monkeypatch: pytest.MonkeyPatch, text: str
):
    hook(monkeypatch, data='{"text": "{message}", "kind": "airlock"}')

    assert notify(context(), subject="", message=text)

    assert got() == {"text": quoting.visible(text.strip()), "kind": "airlock"}


@one_of_each
def test_a_mail_shows_the_text_and_nothing_of_it_is_a_tag(
    mail_server: None, monkeypatch: pytest.MonkeyPatch, text: str
):
    use(monkeypatch, SMTP, **MAIL, subject="{subject}", html_content="<p>{message}</p>")

    assert notify(context(), subject=text, message=text)

    a_harmless_mail(mailed(), text)


@pytest.mark.usefixtures("mail_server")
def test_whatever_is_put_together_is_text_in_a_mail(monkeypatch: pytest.MonkeyPatch):
    # Nothing is said of subject and body: they are ours then, and not Airflow's template.
    use(monkeypatch, SMTP, **MAIL)

    @given(texts)
    @composed
    def check(text: str) -> None:
        Postbox.got.clear()
        assert notify(context(), subject=text, message=text)
        a_harmless_mail(mailed(), text)

    check()


def a_harmless_mail(mail: EmailMessage, text: str) -> None:
    assert mail["to"] == "team@example.org"
    assert {name.lower() for name in mail} <= {
        *("content-type", "mime-version", "subject", "from", "to", "date", "message-id"),
    }
    assert "".join(mail["subject"].split()) == "".join(
        quoting.line(quoting.line(f"[Airlock] churn: {text}", 200)).split()
    )
    html = next(mail.iter_parts()).get_content()
    read = Read(html)
    assert {tag for tag, _ in read.tags} <= {"p", "br"}
    assert SECRET not in html
    assert nothing_acts(html)
    told = text.strip() or f"[Airlock] churn: {text}"
    plain = "".join(quoting.visible(quoting.cut(told, 2_500)).split())
    shown = "".join(read.text.split()).replace("[:]", ":").replace("[.]", ".").replace("[at]", "@")
    assert shown == plain.replace("[:]", ":").replace("[.]", ".").replace("[at]", "@")


def test_where_to_go_on_is_the_one_link(
    mail_server: None, webhook: None, monkeypatch: pytest.MonkeyPatch
):
    here = "http://airflow.example/dags/churn/runs/a%20b/tasks/approve?try_number=1"
    use(monkeypatch, SMTP, **MAIL)
    assert notify(context(), subject="it waits", message="https://evil.example", link=here)
    (link,) = [attrs for tag, attrs in Read(next(mailed().iter_parts()).get_content()).tags]
    assert link == {"href": here}

    hook(monkeypatch, json={"slack": "{message:slack}", "text": "{message}"})
    assert notify(context(), subject="", message="Answer at", link=here)
    assert got() == {"slack": f"Answer at <{here}>", "text": f"Answer at {here}"}

    hook(monkeypatch, json={"text": "{message}", "url": "{link}"})
    assert notify(context(), subject="", message="Answer", link=f'{here}"><script>|x')
    assert got() == {"text": "Answer", "url": f"{here}%22%3E%3Cscript%3E%7Cx"}


@one_of_each
def test_the_text_of_an_error_and_the_ids_of_a_run_are_text_too(
    webhook: None, monkeypatch: pytest.MonkeyPatch, text: str
):
    hook(monkeypatch, json={"text": "{message:plain}"})
    run = context()
    run["ti"].run_id, run["ti"].task_id, run["exception"] = text, text, RuntimeError(text)

    notify_failure(run)

    assert got()["text"] == quoting.visible(f"{text} of run {text} failed. {text}".strip())


@one_of_each
def test_a_line_of_the_log_stays_one_line(caplog: pytest.LogCaptureFixture, text: str):
    with caplog.at_level(logging.WARNING):
        notify(context(), subject=text, message=text)

    (record,) = [one for one in caplog.records if one.name == "airlock.config.notify"]
    assert "\n" not in record.getMessage()
    assert nothing_acts(record.getMessage())


class Own(BaseNotifier):
    """One of a project's own, that renders by itself, and reads a template's file."""

    template_fields = ("text", "parts")
    template_ext = (".html", ".txt", ".sql")
    told: list[Any] = []  # noqa: RUF012 -- the test empties it

    def __init__(self, *, text: str, parts: Any = None) -> None:
        # Before the base class, which reads files for what stands in its fields.
        self.text, self.parts = text, parts
        super().__init__()

    def notify(self, context: Any) -> None:
        context["text"] = self.text
        self.told.append((self.render_template(self.text, context), self.parts))


@one_of_each
def test_a_notifier_of_ones_own_renders_nothing_and_reads_no_file(
    monkeypatch: pytest.MonkeyPatch, text: str, caplog: pytest.LogCaptureFixture
):
    Own.told.clear()
    own = f"{__name__}.Own" if "." in __name__ else "Own"
    monkeypatch.setattr("pkgutil.resolve_name", lambda _: Own)
    use(monkeypatch, own, text="{message:plain}", parts=[["{message:plain}"]])

    assert notify(context(), subject="", message=text)

    seen = quoting.visible(text.strip())
    assert Own.told == [(seen, [[seen]])]
    assert "Failed to resolve template" not in caplog.text


def test_a_context_stays_as_it_was_whatever_a_notifier_adds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pkgutil.resolve_name", lambda _: Own)
    use(monkeypatch, "Own", text="{message:plain}")
    run = context()

    assert notify(run, subject="", message="{{ 7 }}")

    assert set(run) == set(context())


@pytest.mark.parametrize(
    ("kwargs", "said"),
    [
        pytest.param({"to": "{message}"}, "who is told", id="whom"),
        pytest.param({"http_conn_id": "{subject}"}, "who is told", id="by which account"),
        pytest.param({"json": [{"a": "{message:html5}"}]}, "no such medium", id="medium"),
    ],
)
def test_words_may_not_stand_everywhere(
    monkeypatch: pytest.MonkeyPatch, kwargs: dict[str, Any], said: str
):
    use(monkeypatch, HTTP, **kwargs)

    with pytest.raises(SettingsError, match=said):
        Settings.read()


def test_what_is_no_notifier_is_not_called(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    use(monkeypatch, "os.system")

    assert not notify(context(), subject="x", message="x")
    assert "is no notifier of Airflow" in caplog.text
