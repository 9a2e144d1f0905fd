"""A stand-in of GitLab: the issues of one project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.trackers.serving import Answer, Standin, TrackerRequest, page_of


@dataclass(kw_only=True)
class GitLab(Standin):
    """One project.

    Args:
        issues: as the API shows them, oldest first.
        history: what every issue was after each change: number, state, text.
    """

    issues: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[int, str, str]] = field(default_factory=list)

    def routes(self) -> Mapping[str, Callable[[TrackerRequest], Answer]]:
        """As much of the REST API as tickets need."""
        issues = "/api/v4/projects/([^/]+)/issues"
        return {
            f"GET {issues}": self._list,
            f"POST {issues}": self._create,
            rf"PUT {issues}/(\d+)": self._edit,
        }

    def _list(self, asked: TrackerRequest) -> Answer:
        label = asked.query.get("labels")
        some = [one for one in reversed(self.issues) if label in {None, *one["labels"]}]
        return 200, page_of(some, asked.query)

    def _create(self, asked: TrackerRequest) -> Answer:
        given, number = asked.json(), len(self.issues) + 1
        labels = given.get("labels", [])
        one = {
            "id": 1000 + number,
            "iid": number,
            "project_id": 1,
            "title": given["title"],
            "description": given.get("description"),
            "labels": labels.split(",") if isinstance(labels, str) else labels,
            "state": "opened",
        }
        self.issues.append(one)
        self.history.append((number, "opened", one["description"]))
        return 201, one

    def _edit(self, asked: TrackerRequest) -> Answer:
        one, given = self.issues[int(asked.path[1]) - 1], asked.json()
        one["description"] = given.get("description", one["description"])
        event = str(given.get("state_event"))
        one["state"] = {"close": "closed", "reopen": "opened"}.get(event, one["state"])
        self.history.append((one["iid"], one["state"], one["description"]))
        return 200, one
