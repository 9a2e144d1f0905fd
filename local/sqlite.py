"""How Airflow opens its SQLite file on one machine, by `[database] sql_alchemy_connect_args`.

Airflow 3.3.2 turns write-ahead logging on by itself: whoever reads waits for nobody. What it leaves
as it was is that a writer gives up after five seconds, and syncs the disk with every commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

# Seconds until "database is locked". SQLite has one writer: behind a dozen of them a busy machine
# takes longer than the five that Python waits.
PATIENCE = 60


class Connection(sqlite3.Connection):
    """Syncs the log when it is written back, not with every commit.

    A power cut can cost the last moments of Airflow's own records, and never breaks the file; tasks
    are tried again. Decisions are in the ledger, which syncs each of them.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("PRAGMA synchronous = NORMAL").close()


CONNECT_ARGS: Mapping[str, Any] = {"timeout": PATIENCE, "factory": Connection}
