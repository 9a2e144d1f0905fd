"""How predictions reach who reads them: the catalogue first, and the tables that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.catalogs import predictions

if TYPE_CHECKING:
    from airlock.catalogs.predictions import Partition
    from airlock.config.settings import Settings
    from airlock.core.outputs import SqlOutput
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.stages.snapshot.record import Part


def databases(settings: Settings, tables: Sequence[SqlOutput]) -> list[Path]:
    """The local files that tables lie in: those of SQLite."""
    urls = [settings.database(one.connection) for one in tables]
    return [Path(url.database) for url in urls if url.drivername == "sqlite" and url.database]


def serve(
    attempt: Attempt,
    partition: Partition,
    published: Published,
    *,
    parts: Sequence[Part],
    tables: Sequence[SqlOutput],
    results: Mapping[str, Any],
    again: bool = False,
) -> Partition:
    """Enter a partition, signed, and have tables hold it unless something newer serves. Idempotent.

    Args:
        partition: what is entered, without its number.
        published: the result that holds it.
        parts: its files, in that result's data.
        tables: of databases, that hold what serves.
        results: what stands behind it, for its entry.
        again: whether it replaces what a withdrawn version said.

    Returns:
        The partition with its number.
    """
    ledger = attempt.ledger(partition.model, to_write=True)
    entered = predictions.publish(
        ledger,
        replace(partition, files=published.result.data.digest),
        at=attempt.now,
        again=again,
        results=results,
    )
    if tables and predictions.serving(ledger, entered.night) == entered:
        from airlock.catalogs.sql_delivery import deliver

        folder = attempt.fetch(published.result.data)
        files = [folder / part.path for part in parts]
        for one in tables:
            deliver(attempt.settings.database(one.connection), one.table, entered, files)
    return entered
