"""Mail, as plain text, by a server that takes it: one message for every entry."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from airlock.catalogs.outbox import Message
from airlock.catalogs.telling import line_of
from airlock.compat.smtplib import AtAddress
from airlock.core.errors import SettingsError
from airlock.core.quoting import chat
from airlock.sinks.addresses import resolved
from airlock.sinks.chat import page, subject
from airlock.sinks.sink import SECONDS, NotTaken, Said, Sink

_SCHEMES = {"smtps": 465, "smtp": 587}


def open_mail(said: Said) -> Sink:
    """Readers of mail.

    Args:
        said: `url` of the server, `smtps://host:465`, or `smtp://host:587` for STARTTLS; `from`;
            `to`, a list; `private: true` for a server in a private network, which then may take
            mail without encryption. Login and password sign in.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    parts = urlsplit(said.text("url", example="smtps://mail.example.com:465"))
    to: Any = said.extra.get("to")
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username:
        raise SettingsError(
            f"The connection {said.name} has no server that mail may be given to.",
            do='Write "url": "smtps://mail.example.com:465" into its extra.',
        )
    if not isinstance(to, list) or not to or not all(_is_address(one) for one in to):
        raise SettingsError(
            f"The connection {said.name} does not say whom mail is for.",
            do='Write "to": ["ml-team@example.com"] into its extra.',
        )
    sender = said.text("from", example="airlock@example.com")
    if not _is_address(sender):
        raise SettingsError(
            f"The connection {said.name} does not say whom mail is from.",
            do='Write "from": "airlock@example.com" into its extra.',
        )
    server = _Server(
        host=parts.hostname,
        port=parts.port or _SCHEMES[parts.scheme],
        at_once=parts.scheme == "smtps",
        private=said.extra.get("private", False) is True,
        login=said.login,
        password=said.secret,
    )
    return Sink(name=said.name, send=partial(_send, server, sender, tuple(to), said.airflow))


def written(
    message: Message, *, sender: str, to: Sequence[str], airflow: str, now: datetime
) -> EmailMessage:
    """The mail. What people said is text, in which no reader finds a link or an address."""
    mail = EmailMessage()
    mail["Subject"] = subject(message)
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Date"] = format_datetime(now)
    # Whoever gets it twice has one: most readers know a mail by its id.
    mail["Message-ID"] = f"<{message.id}.{message.entry.sha256[:16]}@airlock>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{line_of(message.entry).shown(chat)}\n\n{page(message, airflow)}\n")
    return mail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """Where mail is given."""

    host: str
    port: int
    at_once: bool
    private: bool
    login: str | None
    password: str | None

    def take(self, mail: EmailMessage) -> None:
        """Give it a mail.

        Raises:
            NotTaken: it lies where it may not, or does not encrypt.
            SMTPException: it does not take it.
        """
        at = resolved(self.host, self.port, private=self.private)
        context = ssl.create_default_context()
        with AtAddress(
            self.host, at, self.port, at_once=self.at_once, context=context, seconds=SECONDS
        ) as server:
            server.ehlo()
            if not self.at_once and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif not self.at_once and not self.private:
                raise NotTaken("its server does not encrypt")
            if self.login and self.password:
                server.login(self.login, self.password)
            server.send_message(mail)


def _send(
    server: _Server,
    sender: str,
    to: tuple[str, ...],
    airflow: str,
    message: Message,
    now: datetime,
) -> None:
    mail = written(message, sender=sender, to=to, airflow=airflow, now=now)
    try:
        server.take(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(f"its server did not take it ({type(error).__name__})") from None


def _is_address(value: object) -> bool:
    plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return plain and str(value).count("@") == 1 and not set(str(value)) & set(' ,;<>()"\\')
