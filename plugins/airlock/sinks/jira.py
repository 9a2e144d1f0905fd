"""Jira: an issue for each retrain, found by a label of its own."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import jira
from jira.exceptions import JIRAError

from airlock.catalogs.outbox import Message
from airlock.compat.jira import session_of
from airlock.sinks.addresses import Address
from airlock.sinks.guarded import Guarded
from airlock.sinks.sink import SECONDS, NotTaken, Said, Sink
from airlock.sinks.ticket import JIRA, body, marker, title

LABEL = "airlock"
_DONE = "done"


def open_issues(said: Said) -> Sink:
    """A project whose issues are the tickets.

    Args:
        said: `url`; `project`, its key; `type` of its issues, `Task` if left out; `tickets`;
            `private`. With a login, login and password are those of Jira Cloud (an address and an
            API token); without one, the password is a personal access token.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    private = said.extra.get("private", False)
    address = Address.read(said.extra.get("url"), private=private, name=said.name)
    send = partial(
        _send,
        address,
        (said.login, said.token()),
        said.text("project", example="ML"),
        str(said.extra.get("type", "Task")),
        said.airflow,
    )
    return Sink(name=said.name, send=send, tickets=said.tickets())


def _send(
    address: Address,
    who: tuple[str | None, str],
    project: str,
    kind: str,
    airflow: str,
    message: Message,
    _: datetime,
) -> None:
    ticket = message.ticket
    assert ticket is not None
    text = body(ticket, JIRA, airflow=airflow)
    try:
        client = _client(address, who)
        own = marker(ticket)
        # Both are of ours: a key of letters and digits, and a label.
        asked = f'project = "{_key(project)}" AND labels = "{own}" ORDER BY created ASC'
        found = client.search_issues(asked, maxResults=1, fields="description,status")
        issue: Any = found[0] if found else None
        if issue is None:
            fields = {
                "project": {"key": project},
                "issuetype": {"name": kind},
                "summary": title(ticket),
                "description": text,
                "labels": [LABEL, own],
            }
            issue = client.create_issue(fields=fields, prefetch=False)
            issue = client.issue(issue.key, fields="description,status")
        elif issue.fields.description != text:
            issue.update(fields={"description": text})
        _move(client, issue, closed=ticket.closed)
    except JIRAError as error:
        raise NotTaken(f"it answered {error.status_code}") from None
    except (AttributeError, ValueError, TypeError, KeyError, IndexError) as error:
        raise NotTaken(f"its answer cannot be read ({type(error).__name__})") from None


def _move(client: Any, issue: Any, *, closed: bool) -> None:
    """Take the transition that ends an issue, or opens it again; every workflow has its own."""
    if (issue.fields.status.statusCategory.key == _DONE) is closed:
        return
    for one in client.transitions(issue.key):
        if (one["to"]["statusCategory"]["key"] == _DONE) is closed:
            client.transition_issue(issue.key, one["id"])
            return
    raise NotTaken(f"its workflow has no way to {'done' if closed else 'open it again'}")


def _client(address: Address, who: tuple[str | None, str]) -> Any:
    login, secret = who
    signed: dict[str, Any] = (
        {"basic_auth": (login, secret)} if login is not None else {"token_auth": secret}
    )
    client = jira.JIRA(
        server=address.url.rstrip("/"),
        options={"check_update": False},
        # It would ask before there is a way for it to ask by.
        get_server_info=False,
        max_retries=0,
        timeout=SECONDS,
        **signed,
    )
    session = session_of(client)
    session.trust_env = False
    session.adapters.clear()
    session.mount(f"{urlsplit(address.url).scheme}://", Guarded(address))
    # Cloud and Server are searched in different ways.
    client.deploymentType = client.server_info().get("deploymentType")
    return client


def _key(project: str) -> str:
    if not project.isascii() or not project.replace("_", "").isalnum():
        raise ValueError
    return project
