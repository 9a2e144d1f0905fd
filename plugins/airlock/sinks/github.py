"""GitHub: an issue for each retrain, or a draft release that is published with its evidence."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import github
from github.GithubException import GithubException
from github.GitRelease import GitRelease
from github.Issue import Issue
from github.Repository import Repository
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)

from airlock.catalogs.outbox import Message
from airlock.catalogs.tickets import Ticket
from airlock.sinks.addresses import Address
from airlock.sinks.guarded import guarded
from airlock.sinks.sink import SECONDS, NotTaken, Said, Sink
from airlock.sinks.ticket import MARKDOWN, body, marker, title

LABEL = "airlock"
_PUBLIC = "https://api.github.com"
_UPLOADS = {"api.github.com": frozenset({"uploads.github.com"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A repository, and who writes to it."""

    address: Address
    token: str
    repository: str
    airflow: str

    @classmethod
    def read(cls, said: Said) -> _Place:
        private = said.extra.get("private", False)
        url = said.extra.get("url", _PUBLIC)
        return cls(
            address=Address.read(url, private=private, name=said.name),
            token=said.token(),
            repository=said.text("repository", example="acme/models"),
            airflow=said.airflow,
        )

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        """The repository, for one attempt.

        Raises:
            NotTaken: GitHub refuses, or there is none.
        """
        host = urlsplit(self.address.url).hostname or ""
        session = guarded(self.address, also=_UPLOADS.get(host, frozenset()))
        try:
            with _only_by(session):
                client = github.Github(
                    base_url=self.address.url.rstrip("/"),
                    auth=github.Auth.Token(self.token),
                    timeout=int(SECONDS),
                    per_page=100,
                    retry=0,
                    seconds_between_requests=0,
                    seconds_between_writes=0,
                    lazy=True,
                )
                yield client.get_repo(self.repository)
        except GithubException as error:
            # What it answered is not read: whoever runs the receiver wrote it.
            raise NotTaken(f"it answered {error.status}") from None
        except (AssertionError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise NotTaken(f"its answer cannot be read ({type(error).__name__})") from None


def open_issues(said: Said) -> Sink:
    """A repository whose issues are the tickets.

    Args:
        said: `repository`; `url` of GitHub Enterprise's API; `tickets`; `private`.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    return Sink(
        name=said.name, send=partial(_send_issue, _Place.read(said)), tickets=said.tickets()
    )


def open_releases(said: Said) -> Sink:
    """A repository whose releases are the tickets: drafts until the evidence is packed.

    Args:
        said: as for issues.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    return Sink(
        name=said.name,
        send=partial(_send_release, _Place.read(said)),
        tickets=said.tickets(),
        pack=True,
    )


def _send_issue(place: _Place, message: Message, _: datetime) -> None:
    ticket = message.ticket
    assert ticket is not None
    with place.opened() as repository:
        text = body(ticket, MARKDOWN, airflow=place.airflow)
        issue = _issue(repository, ticket)
        if issue is None:
            issue = repository.create_issue(title(ticket), body=text, labels=[LABEL])
        done = _done(ticket)
        issue.edit(body=text, state="closed" if done else "open", **_why(done))


def _done(ticket: Ticket) -> str:
    if not ticket.closed:
        return ""
    return "completed" if ticket.state == "promoted" else "not_planned"


def _why(done: str) -> dict[str, Any]:
    return {"state_reason": done} if done else {}


def _issue(repository: Repository, ticket: Ticket) -> Issue | None:
    since = ticket.steps[0].at - timedelta(days=1)
    some = repository.get_issues(state="all", labels=[LABEL], since=since)
    found: Issue | None = _marked(some, ticket)
    return found


def _marked(some: Any, ticket: Ticket) -> Any:
    """The one that Airlock made for a ticket; of several the first, which all others see, too."""
    begins = MARKDOWN.marker.format(marker(ticket))
    found = [one for one in some if (one.body or "").startswith(begins)]
    return min(found, key=lambda one: one.id, default=None)


def _send_release(place: _Place, message: Message, _: datetime) -> None:
    ticket = message.ticket
    assert ticket is not None
    with place.opened() as repository:
        text = body(ticket, MARKDOWN, airflow=place.airflow)
        release: GitRelease | None = _marked(repository.get_releases(), ticket)
        if release is None:
            name = marker(ticket)
            release = repository.create_git_release(name, title(ticket), text, draft=True)
        if message.pack is None or ticket.version is None:
            # Nothing is published before its evidence is; what is published stays so.
            release.update_release(_named(ticket), text, draft=bool(release.draft))
            return
        _attach(release, f"evidence-{ticket.model}-{ticket.version}.zip", message.pack())
        release.update_release(
            _named(ticket), text, draft=False, tag_name=f"{ticket.model}-v{ticket.version}"
        )


def _named(ticket: Ticket) -> str:
    if ticket.state == "promoted" and ticket.pack is not None:
        return f"{ticket.model} version {ticket.version}"
    return f"{title(ticket)} ({ticket.state})" if ticket.closed else title(ticket)


def _attach(release: GitRelease, name: str, data: bytes) -> None:
    """Put a file there, unless it is: whoever was killed had perhaps done so."""
    for asset in release.get_assets():
        if asset.name == name:
            if asset.state == "uploaded" and asset.size == len(data):
                return
            asset.delete_asset()
    release.upload_asset_from_memory(
        io.BytesIO(data), len(data), name, content_type="application/zip"
    )


@contextmanager
def _only_by(session: Any) -> Iterator[None]:
    """Have PyGithub's connections use a session that has no other way out."""
    # No functions: as attributes of its class they would be methods.
    plain = partial(_by, session, HTTPRequestsConnectionClass)
    encrypted = partial(_by, session, HTTPSRequestsConnectionClass)
    kinds: tuple[Any, Any] = (plain, encrypted)
    Requester.injectConnectionClasses(*kinds)
    try:
        yield
    finally:
        Requester.resetConnectionClasses()


def _by(session: Any, kind: Any, *args: Any, **kwargs: Any) -> Any:
    connection = kind(*args, **kwargs)
    connection.session = session
    return connection
