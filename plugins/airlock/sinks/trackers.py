"""Opens trackers, whose client libraries come with the extra `airflow-airlock[trackers]`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import cast

from airlock.core.errors import SettingsError
from airlock.hooks import registry
from airlock.sinks.sink import Said, Sink


def open_github(said: Said) -> Sink:
    """Issues of GitHub."""
    return _open(said, "github", "airlock.sinks.github:open_issues")


def open_github_release(said: Said) -> Sink:
    """Releases of GitHub."""
    return _open(said, "github", "airlock.sinks.github:open_releases")


def open_gitlab(said: Said) -> Sink:
    """Issues of GitLab."""
    return _open(said, "gitlab", "airlock.sinks.gitlab:open_issues")


def open_jira(said: Said) -> Sink:
    """Issues of Jira."""
    return _open(said, "jira", "airlock.sinks.jira:open_issues")


def _open(said: Said, library: str, opens: str) -> Sink:
    if find_spec(library) is None:
        raise SettingsError(
            f"The connection {said.name} is a tracker, whose client library is not installed.",
            do="Run pip install 'airflow-airlock[trackers]' where tasks run.",
        )
    return cast("Sink", registry.load(opens)(said))
