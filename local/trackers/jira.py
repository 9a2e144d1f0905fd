"""A stand-in of Jira: the issues of one project, with a workflow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.trackers.serving import Answer, Standin, TrackerRequest

_STATUS = {
    "Open": {"name": "Open", "statusCategory": {"key": "new"}},
    "Done": {"name": "Done", "statusCategory": {"key": "done"}},
}
# What can be done where: a transition's id, and where it leads.
_WAYS = {"Open": ("31", "Done"), "Done": ("11", "Open")}
_JQL = re.compile(r'project = "(\w+)" AND labels = "([\w-]+)" ORDER BY created ASC')


@dataclass(kw_only=True)
class Jira(Standin):
    """One project.

    Args:
        key: of the project.
        deployment: `Server`, or `Cloud`, which is searched in another way.
        issues: the fields of each, oldest first.
        history: what every issue was after each change: key, status, text.
    """

    key: str = "ML"
    deployment: str = "Server"
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[tuple[str, str, str]] = field(default_factory=list)

    def routes(self) -> Mapping[str, Callable[[TrackerRequest], Answer]]:
        """As much of the REST API as tickets need."""
        api = "/rest/api/[23]"
        return {
            f"GET {api}/serverInfo": self._info,
            # Its client translates names of fields before it searches.
            f"GET {api}/field": lambda _: (200, [{"id": "status", "clauseNames": ["status"]}]),
            f"GET {api}/search": self._search,
            f"GET {api}/search/jql": self._search,
            f"POST {api}/issue": self._create,
            f"GET {api}/issue/([A-Z]+-[0-9]+)": lambda one: (200, self._shown(one.path[0])),
            f"PUT {api}/issue/([A-Z]+-[0-9]+)": self._edit,
            f"GET {api}/issue/([A-Z]+-[0-9]+)/transitions": self._ways,
            f"POST {api}/issue/([A-Z]+-[0-9]+)/transitions": self._go,
        }

    def _info(self, _: TrackerRequest) -> Answer:
        numbers = {"versionNumbers": [10, 3, 0], "deploymentType": self.deployment}
        return 200, {**numbers, "version": "10.3.0", "baseUrl": self.url}

    def _search(self, asked: TrackerRequest) -> Answer:
        if (found := _JQL.fullmatch(asked.query["jql"])) is None:
            return 400, {"errorMessages": ["no such query"]}
        label = found[2]
        keys = [key for key, one in self.issues.items() if label in one["labels"]]
        some = [self._shown(key) for key in keys]
        return 200, {"issues": some, "total": len(some), "startAt": 0, "isLast": True}

    def _create(self, asked: TrackerRequest) -> Answer:
        fields = asked.json()["fields"]
        key = f"{self.key}-{len(self.issues) + 1}"
        self.issues[key] = {**fields, "status": _STATUS["Open"]}
        self._note(key)
        return 201, {"id": str(1000 + len(self.issues)), "key": key, "self": self._self(key)}

    def _edit(self, asked: TrackerRequest) -> Answer:
        key = asked.path[0]
        self.issues[key] |= asked.json()["fields"]
        self._note(key)
        return 204, None

    def _ways(self, asked: TrackerRequest) -> Answer:
        way, to = _WAYS[self.issues[asked.path[0]]["status"]["name"]]
        return 200, {"transitions": [{"id": way, "name": to, "to": _STATUS[to]}]}

    def _go(self, asked: TrackerRequest) -> Answer:
        key = asked.path[0]
        way, to = _WAYS[self.issues[key]["status"]["name"]]
        if str(asked.json()["transition"]["id"]) != way:
            return 400, {"errorMessages": ["no such transition"]}
        self.issues[key]["status"] = _STATUS[to]
        self._note(key)
        return 204, None

    def _shown(self, key: str) -> dict[str, Any]:
        return {"id": key, "key": key, "self": self._self(key), "fields": self.issues[key]}

    def _self(self, key: str) -> str:
        return f"{self.url}/rest/api/2/issue/{key}"

    def _note(self, key: str) -> None:
        one = self.issues[key]
        self.history.append((key, one["status"]["name"], one["description"]))
