"""GitLab: an issue for each retrain."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import gitlab
from gitlab.exceptions import GitlabError

from airlock.catalogs.outbox import Message
from airlock.sinks.addresses import Address
from airlock.sinks.guarded import guarded
from airlock.sinks.sink import SECONDS, NotTaken, Said, Sink
from airlock.sinks.ticket import MARKDOWN, body, marker, title

LABEL = "airlock"
_PUBLIC = "https://gitlab.com"


def open_issues(said: Said) -> Sink:
    """A project whose issues are the tickets.

    Args:
        said: `project`, a path or a number; `url` of another GitLab; `tickets`; `private`.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    private = said.extra.get("private", False)
    address = Address.read(said.extra.get("url", _PUBLIC), private=private, name=said.name)
    project = said.text("project", example="acme/models")
    send = partial(_send, address, said.token(), project, said.airflow)
    return Sink(name=said.name, send=send, tickets=said.tickets())


def _send(
    address: Address,
    token: str,
    project: str,
    airflow: str,
    message: Message,
    _: datetime,
) -> None:
    ticket = message.ticket
    assert ticket is not None
    text = body(ticket, MARKDOWN, airflow=airflow)
    try:
        client = gitlab.Gitlab(
            address.url,
            private_token=token,
            session=guarded(address),
            timeout=SECONDS,
            per_page=100,
            # Pages are asked for where the connection says, not where an answer says.
            keep_base_url=True,
        )
        issues = client.projects.get(project, lazy=True).issues
        begins = MARKDOWN.marker.format(marker(ticket))
        since = (ticket.steps[0].at - timedelta(days=1)).isoformat()
        some = issues.list(labels=[LABEL], state="all", updated_after=since, iterator=True)
        found = [one for one in some if (one.description or "").startswith(begins)]
        issue: Any = min(found, key=lambda one: one.iid, default=None)
        if issue is None:
            made = {"title": title(ticket), "description": text, "labels": [LABEL]}
            issue = issues.create(made)
        issue.description = text
        if (issue.state == "closed") != ticket.closed:
            issue.state_event = "close" if ticket.closed else "reopen"
        issue.save()
    except GitlabError as error:
        raise NotTaken(f"it answered {error.response_code or 'nothing to be read'}") from None
    except (AttributeError, ValueError, TypeError, KeyError) as error:
        raise NotTaken(f"its answer cannot be read ({type(error).__name__})") from None
