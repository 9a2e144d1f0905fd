"""A notifier: a line of JSON for whoever watches a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context


class Bell(BaseNotifier):
    """Appends subject and message, as they are: neither is a template here.

    Args:
        file: that is appended to.
        subject: one line.
        message: whole sentences.
    """

    def __init__(self, *, file: str, subject: str, message: str) -> None:
        super().__init__()
        self.file = file
        self.subject = subject
        self.message = message

    def notify(self, context: Context) -> None:
        """Ring."""
        line = json.dumps({"subject": self.subject, "message": self.message})
        with Path(self.file).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
