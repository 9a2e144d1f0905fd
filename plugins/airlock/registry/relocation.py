"""Rewrites the addresses in an embedded MLflow's database when its folder was moved.

MLflow writes absolute addresses of files into its database, and has no call that changes them. A
database of ours that was moved with its files is the one case in which they are certainly wrong.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airlock.config.mlflow_settings import MlflowSettings

log = logging.getLogger(__name__)

_SQLITE, _FILE = "sqlite:///", "file://"
# Every column of MLflow 3.17's tables that holds an address of files.
_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
# Seconds for other processes that write meanwhile.
_PATIENCE = 30


def follow_folder(settings: MlflowSettings, *, lost: bool = False) -> int:
    """Point the addresses of experiments at the folder where their files lie now.

    Only where the old folder is gone and the configured one has the files: a second place that is
    not mounted today keeps its addresses, and so does a folder that was copied and not moved.

    Args:
        settings: whose `artifacts` say where files lie; nothing is done without, or on a server.
        lost: also where the files are at neither place, so that they can be put back.

    Returns:
        How many experiments were moved.
    """
    uri, place = settings.tracking_uri, settings.artifacts
    database = Path(uri.removeprefix(_SQLITE))
    if not uri.startswith(_SQLITE) or not database.is_file() or _local(place) is None:
        return 0
    with contextlib.closing(sqlite3.connect(database, timeout=_PATIENCE)) as connection:
        if not _has(connection, "experiments"):
            return 0
        found = connection.execute("SELECT name, artifact_location FROM experiments").fetchall()
        moves = {old: new for name, old in found if (new := _new(name, old, str(place), lost=lost))}
        with connection:
            for old, new in moves.items():
                _rewrite(connection, old, new)
                log.warning(
                    "MLflow's files were moved from %s to %s: its addresses follow.", old, new
                )
    return len(moves)


def _new(name: str, old: str | None, place: str, *, lost: bool) -> str | None:
    """Where the files of an experiment lie by now; None if they are where they were."""
    folder, wanted = _local(old), f"{place}/{name}"
    if folder is None or old is None or not old.endswith(f"/{name}") or old == wanted:
        return None
    now = _local(wanted)
    if folder.exists() or now is None or now == folder:
        return None
    return wanted if now.is_dir() or lost else None


def _rewrite(connection: sqlite3.Connection, old: str, new: str) -> None:
    for table, column in _ADDRESSES:
        if _has(connection, table):
            # The names are ours, above; the addresses are bound.
            connection.execute(
                f"UPDATE {table} SET {column} = :new || substr({column}, length(:old) + 1) "
                f"WHERE {column} = :old OR substr({column}, 1, length(:old) + 1) = :old || '/'",
                {"old": old, "new": new},
            )


def _has(connection: sqlite3.Connection, table: str) -> bool:
    asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(asked, (table,)).fetchone() is not None


def _local(address: str | None) -> Path | None:
    """The folder behind an address on this machine's disk."""
    path = Path((address or "").removeprefix(_FILE))
    return path if path.is_absolute() else None
