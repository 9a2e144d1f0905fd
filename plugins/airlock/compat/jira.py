"""What is taken from the inside of the client of Jira (jira 3.10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jira import JIRA
    from requests import Session


def session_of(client: JIRA) -> Session:
    """The session that all requests of a client go through; it can be handed none."""
    inside: Any = client
    return cast("Session", inside._session)
