"""Deletes the objects, and appends the tombstones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airlock.catalogs.suppression import suppress
from airlock.core.content import digest
from airlock.erasure.reach import Reach, Subject

if TYPE_CHECKING:
    from airlock.engine.publication import Stores
    from airlock.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was done.

    Args:
        suppressed: whether the person was not on the suppression list before.
        objects: that were deleted.
        ledgers: that say so.
    """

    suppressed: bool
    objects: int
    ledgers: tuple[str, ...]


def erase(
    stores: Stores,
    somebody: Subject,
    how_far: Callable[[], Reach],
    *,
    ledger_of: Callable[[str], Ledger],
    at: datetime,
) -> Erased:
    """Erase somebody; killed and run again, it finishes what it began.

    Args:
        how_far: looks where they are; it is asked after they are on the list, because until then a
            run could still publish a table with them.
        ledger_of: a model's ledger that can be written.
        at: the time that the entries carry, UTC.
    """
    new = [
        suppress(stores["store"], domain=somebody.domain, digest=one, key_id=somebody.key_id)
        for one in sorted(somebody.digests)
    ]
    reached = how_far()
    for model in reached.models if reached.tables else ():
        body = _tombstone(somebody, reached, model)
        name = f"erased/{somebody.domain}/{digest(body)}"
        ledger_of(model).append("tombstone", body, id=name, at=at)
    objects = 0
    for table in reached.tables:
        for stat in list(stores[table.zone].list(f"{table.prefix}/")):
            stores[table.zone].delete(stat.key)
            objects += 1
    return Erased(
        suppressed=any(new),
        objects=objects,
        ledgers=reached.models if reached.tables else (),
    )


def _tombstone(somebody: Subject, reached: Reach, model: str) -> dict[str, Any]:
    versions = [one.version for one in reached.versions if one.model == model and one.sure]
    count = len(reached.tables)
    return {
        "what": f"Rows about one {somebody.domain} were erased from {count} table(s).",
        "domain": somebody.domain,
        "digests": sorted(somebody.digests),
        "key": somebody.key_id,
        "tables": sorted(table.prefix for table in reached.tables),
        "results": sorted(one for table in reached.tables for one in table.results),
        "versions": versions,
    }
