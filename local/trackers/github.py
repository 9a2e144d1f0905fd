"""A stand-in of GitHub: issues and releases of one repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.trackers.serving import Answer, Standin, TrackerRequest, page_of


@dataclass(kw_only=True)
class GitHub(Standin):
    """One repository.

    Args:
        repository: its name.
        issues: as the API shows them, oldest first.
        releases: likewise, drafts too.
        history: what every issue and release was after each change: kind, number, state, text.
        files: what was attached to releases, by the id of the asset.
    """

    repository: str = "acme/models"
    issues: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[str, int, str, str]] = field(default_factory=list)
    files: dict[int, bytes] = field(default_factory=dict)

    def routes(self) -> Mapping[str, Callable[[TrackerRequest], Answer]]:
        """As much of the REST API as tickets need."""
        repo = f"/repos/{re.escape(self.repository)}"
        return {
            f"GET {repo}/issues": self._list_issues,
            f"POST {repo}/issues": self._create_issue,
            rf"PATCH {repo}/issues/(\d+)": self._edit_issue,
            f"GET {repo}/releases": lambda one: (200, page_of(self.releases[::-1], one.query)),
            f"POST {repo}/releases": self._create_release,
            rf"PATCH {repo}/releases/(\d+)": self._edit_release,
            rf"GET {repo}/releases/(\d+)/assets": lambda one: (200, self._of(one)["assets"]),
            rf"POST {repo}/releases/(\d+)/assets": self._attach,
            rf"DELETE {repo}/releases/assets/(\d+)": self._detach,
        }

    def _list_issues(self, asked: TrackerRequest) -> Answer:
        label = asked.query.get("labels")
        some = [
            one
            for one in reversed(self.issues)
            if label is None or label in {known["name"] for known in one["labels"]}
        ]
        return 200, page_of(some, asked.query)

    def _create_issue(self, asked: TrackerRequest) -> Answer:
        given, number = asked.json(), len(self.issues) + 1
        one = {
            "id": 1000 + number,
            "number": number,
            "url": f"{self.url}/repos/{self.repository}/issues/{number}",
            "html_url": f"{self.url}/{self.repository}/issues/{number}",
            "title": given["title"],
            "body": given.get("body"),
            "state": "open",
            "state_reason": None,
            "labels": [{"name": name} for name in given.get("labels", ())],
        }
        self.issues.append(one)
        self._note("issue", one)
        return 201, one

    def _edit_issue(self, asked: TrackerRequest) -> Answer:
        one, given = self.issues[int(asked.path[0]) - 1], asked.json()
        known = ("title", "body", "state", "state_reason")
        one |= {name: given[name] for name in known if name in given}
        self._note("issue", one)
        return 200, one

    def _create_release(self, asked: TrackerRequest) -> Answer:
        given, number = asked.json(), len(self.releases) + 1
        url = f"{self.url}/repos/{self.repository}/releases/{number}"
        one = {
            "id": number,
            "url": url,
            # The real one writes to a host of its own for uploads.
            "upload_url": f"{url}/assets{{?name,label}}",
            "assets_url": f"{url}/assets",
            "tag_name": given["tag_name"],
            "name": given.get("name"),
            "body": given.get("body"),
            "draft": given.get("draft", False),
            "prerelease": False,
            "assets": [],
        }
        self.releases.append(one)
        self._note("release", one)
        return 201, one

    def _edit_release(self, asked: TrackerRequest) -> Answer:
        one, given = self._of(asked), asked.json()
        known = ("tag_name", "name", "body", "draft")
        one |= {name: given[name] for name in known if name in given}
        self._note("release", one)
        return 200, one

    def _attach(self, asked: TrackerRequest) -> Answer:
        release, number = self._of(asked), len(self.files) + 1
        self.files[number] = asked.body
        asset = {
            "id": number,
            "url": f"{self.url}/repos/{self.repository}/releases/assets/{number}",
            "name": asked.query["name"],
            "state": "uploaded",
            "size": len(asked.body),
        }
        release["assets"].append(asset)
        return 201, asset

    def _detach(self, asked: TrackerRequest) -> Answer:
        for release in self.releases:
            release["assets"] = [
                one for one in release["assets"] if one["id"] != int(asked.path[0])
            ]
        return 204, None

    def _of(self, asked: TrackerRequest) -> dict[str, Any]:
        return self.releases[int(asked.path[0]) - 1]

    def _note(self, kind: str, one: Mapping[str, Any]) -> None:
        state = one.get("state") or ("draft" if one["draft"] else "published")
        self.history.append((kind, one.get("number") or one["id"], state, one["body"] or ""))
