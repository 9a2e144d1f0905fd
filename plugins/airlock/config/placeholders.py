"""Fills a notification's words into a notifier's arguments, quoted for each medium."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from airlock.core import quoting
from airlock.core.errors import SettingsError

# Enough for a sentence of every rule; a block of Slack takes 3,000.
_LONGEST_SUBJECT, _LONGEST_MESSAGE = 200, 2_500

_PLACEHOLDER = re.compile(r"\{(subject|message|link)(?::(\w*))?\}")

# Who is told, and by which account, never depends on a text.
_ADDRESSES = frozenset(
    {"to", "cc", "bcc", "from_email", "files", "method", "template", "auth_type"}
)
# What arguments of notifiers that everybody has are shown as; any other one is a chat's.
_MEDIA: Mapping[str, str] = {
    "html_content": "mail",
    "endpoint": "url",
    "headers": "line",
    "custom_headers": "line",
}


def check(option: str, arguments: Mapping[str, Any]) -> None:
    """Refuse placeholders where none may stand, and media that nobody knows.

    Args:
        option: the setting's name, for the message.

    Raises:
        SettingsError: there is one.
    """
    for name, value in arguments.items():
        for found in _placeholders(value):
            if name in _ADDRESSES or name.endswith("conn_id"):
                raise SettingsError(
                    f"[airlock] {option} has {found[0]} in {name}: who is told must not depend on "
                    "what is told.",
                    do="Write the address itself.",
                )
            if found[2] is not None and found[2] not in quoting.MEDIA:
                raise SettingsError(
                    f"[airlock] {option} asks for {found[0]}, and there is no such medium.",
                    do=f"Write one of: {', '.join(quoting.MEDIA)}; docs/notifications.md.",
                )


def filled(
    arguments: Mapping[str, Any],
    *,
    subject: str,
    message: str,
    link: str | None,
    usual: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The arguments with their words filled in, once: a word is never looked through again.

    Args:
        link: an address of this Airflow. It follows the message where no argument places it.
        usual: the medium of an argument whose placeholders name none, where it is no chat.
    """
    placed = any(found[1] == "link" for found in _placeholders(arguments))
    words = {
        "subject": quoting.line(subject, _LONGEST_SUBJECT),
        "message": quoting.cut(message, _LONGEST_MESSAGE),
        "link": quoting.address(link) if link else "",
    }

    def fill(value: Any, unsaid: str) -> Any:
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: word(found[1], found[2] or unsaid), value)
        if isinstance(value, Mapping):
            return {key: fill(item, unsaid) for key, item in value.items()}
        return [fill(item, unsaid) for item in value] if isinstance(value, list) else value

    def word(name: str, medium: str) -> str:
        if name == "link":
            return _linked(words["link"], medium)
        said = quoting.MEDIA[medium](words[name])
        if name == "message" and words["link"] and not placed:
            return f"{said} {_linked(words['link'], medium)}"
        return said

    return {
        name: fill(value, usual.get(name) or _usual(name, value))
        for name, value in arguments.items()
    }


def _usual(name: str, value: Any) -> str:
    if name == "data" and isinstance(value, str):
        # A body that somebody wrote as text: a quote would end its string.
        return "json"
    return _MEDIA.get(name, "chat")


def _linked(link: str, medium: str) -> str:
    if not link:
        return ""
    if medium in {"html", "mail"}:
        shown = quoting.html(link)
        return f'<a href="{shown}">{shown}</a>'
    if medium in {"markdown", "slack"}:
        return f"<{link}>"
    return quoting.MEDIA[medium](link) if medium in {"json", "url"} else link


def _placeholders(value: Any) -> Iterator[re.Match[str]]:
    if isinstance(value, str):
        yield from _PLACEHOLDER.finditer(value)
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _placeholders(item)
