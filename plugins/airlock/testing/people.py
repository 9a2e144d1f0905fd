"""Answers what a pipeline asks people, in the name of whom a test says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Answer = str | tuple[str, str] | tuple[str, str, str]
"""Who; who and what they say (`approve`, `reject`); and why."""

_WHY = "said in a test"


@dataclass(frozen=True, slots=True)
class Answers:
    """Who answers which task. What is said goes into the sandbox's own ledger, and nowhere else.

    Args:
        given: by task id, such as `{"approve": "alice"}` or `{"approve": ("bob", "reject")}`.
    """

    given: Mapping[str, Answer] = field(default_factory=dict)

    def event(self, task: str) -> dict[str, Any] | None:
        """What Airflow's server would have recorded; None if nobody answers.

        Raises:
            ValueError: it says something else than yes or no.
        """
        if task not in self.given:
            return None
        said = self.given[task]
        who, what, why = _whole(said)
        if what not in {"approve", "reject"}:
            raise ValueError(f"{task}: an answer is approve or reject, not {what}")
        return {
            "chosen_options": [what.title()],
            "params_input": {"reason": why},
            "responded_by_user": {"id": who, "name": who},
            "responded_at": datetime.now(UTC),
        }


def _whole(said: Answer) -> tuple[str, str, str]:
    if isinstance(said, str):
        return said, "approve", _WHY
    return said if len(said) == 3 else (*said, _WHY)


class Server:
    """Takes what a task sends to Airflow's server, in its place."""

    def send(self, message: Any) -> Any:
        """Answer as the server does.

        Raises:
            NotImplementedError: nothing in a sandbox can.
        """
        from airlock.compat.airflow import CreateHITLDetailPayload, HITLDetailRequestResult

        if isinstance(message, CreateHITLDetailPayload):
            shown = {
                name: value
                for name, value in message.model_dump().items()
                if name in HITLDetailRequestResult.model_fields and name != "type"
            }
            return HITLDetailRequestResult(**shown)
        raise NotImplementedError(
            f"A task asks Airflow's server ({type(message).__name__}), and a sandbox has none."
        )
