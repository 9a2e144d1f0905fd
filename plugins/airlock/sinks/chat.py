"""Slack and Teams, by an incoming webhook each: one message for every entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from airlock.catalogs.outbox import Message
from airlock.catalogs.telling import line_of
from airlock.core.content import canonical_json
from airlock.core.quoting import address as quoted_address
from airlock.core.quoting import cut, markdown, visible
from airlock.sinks.addresses import Address, refuse_status
from airlock.sinks.sink import Said, Sink

_MOST = 2_500
"""Characters of a message: Slack takes 3,000 in a block."""

Payload = Callable[[Message, str], dict[str, Any]]


def open_slack(said: Said) -> Sink:
    """An incoming webhook of Slack.

    Args:
        said: its password is the address, which is the secret.

    Raises:
        SettingsError: it is no address.
    """
    return _open(said, _slack)


def open_teams(said: Said) -> Sink:
    """A workflow of Teams that takes an Adaptive Card.

    Args:
        said: its password is the address, which is the secret.

    Raises:
        SettingsError: it is no address.
    """
    return _open(said, _teams)


def subject(message: Message) -> str:
    """One line of ours: model and kind are names that Airlock checks."""
    return f"Airlock: {message.entry.model}, {message.entry.kind.replace('_', ' ')}"


def page(message: Message, airflow: str) -> str:
    """Where to read on."""
    return quoted_address(f"{airflow}/plugin/airlock/{message.entry.model}")


def _open(said: Said, payload: Payload) -> Sink:
    private = said.extra.get("private", False)
    address = Address.read(said.token(), private=private, name=said.name)
    return Sink(name=said.name, send=partial(_send, address, payload, said.airflow))


def _send(
    address: Address,
    payload: Payload,
    airflow: str,
    message: Message,
    _: datetime,
) -> None:
    body = canonical_json(payload(message, page(message, airflow)))
    refuse_status(address.post(body, {"Content-Type": "application/json"}))


def _slack(message: Message, link: str) -> dict[str, Any]:
    # In a text that is plain Slack looks for no markup, link, mention or emoji at all.
    said = cut(line_of(message.entry).shown(visible), _MOST)
    plain = {"type": "plain_text", "emoji": False, "text": f"{subject(message)}\n{said}"}
    return {
        "text": subject(message),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "section", "text": plain},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{link}|{_OPEN}>"}]},
        ],
    }


def _teams(message: Message, link: str) -> dict[str, Any]:
    said = cut(line_of(message.entry).shown(markdown), _MOST)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "wrap": True, "weight": "Bolder", "text": subject(message)},
            {"type": "TextBlock", "wrap": True, "text": said},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": _OPEN, "url": link}],
    }
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attached]}


_OPEN = "Open in Airflow"
