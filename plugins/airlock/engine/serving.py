"""How predictions reach who reads them: the catalogue first, and the tables that follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airlock.catalogs import predictions

if TYPE_CHECKING:
    from airlock.catalogs.predictions import Partition
    from airlock.core.outputs import SqlOutput
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.stages.snapshot.record import Part


def serve(
    attempt: Attempt,
    partition: Partition,
    published: Published,
    *,
    parts: Sequence[Part],
    tables: Sequence[SqlOutput],
) -> Partition:
    """Enter a partition, and have tables hold it unless something newer serves. Idempotent.

    Args:
        partition: what is entered, without its number.
        published: the result that holds it.
        parts: its files, in that result's data.
        tables: of databases, that hold what serves.

    Returns:
        The partition with its number.
    """
    store = attempt.stores["store"]
    entered = predictions.publish(store, partition)
    if tables and predictions.serving(store, entered.model, entered.night) == entered:
        from airlock.catalogs.sql_delivery import deliver

        folder = attempt.fetch(published.result.data)
        files = [folder / part.path for part in parts]
        for one in tables:
            deliver(attempt.settings.database(one.connection), one.table, entered, files)
    return entered
