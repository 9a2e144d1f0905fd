"""Deletes the objects, and appends the tombstones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airlock.catalogs.suppression import suppress
from airlock.core.content import digest
from airlock.core.errors import Held
from airlock.erasure.reach import Reach, Subject
from airlock.ledger import models

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

    Raises:
        Held: a table with them is under a legal hold.
    """
    new = [
        suppress(stores["store"], domain=somebody.domain, digest=one, key_id=somebody.key_id)
        for one in sorted(somebody.digests)
    ]
    reached = how_far()
    if reached.held:
        raise Held(
            "Nothing was deleted: " + "; ".join(one.sentence() for one in reached.held) + ". "
            "The person is on the suppression list, and no new table will hold them.",
            do="Erase again when whoever holds it has lifted the hold: airlock hold MODEL "
            "--release ENTRY.",
        )
    told = []
    # Where no model's rows are concerned, all ledgers say that somebody is left out from here on.
    for model in reached.models or [*models(stores["store"])]:
        ledger = ledger_of(model)
        if not reached.tables and _is_said(ledger, somebody):
            continue
        body = _tombstone(somebody, reached, model)
        name = f"erased/{somebody.domain}/{digest(body)}"
        ledger.append("tombstone", body, id=name, at=at)
        told.append(model)
    objects = 0
    # Weights that learnt from those rows, and that nobody decided about: a search makes many.
    # First: whoever is killed here finds them again by the tables.
    for prefix in reached.trials:
        for stat in list(stores["store"].list(f"{prefix}/")):
            stores["store"].delete(stat.key)
            objects += 1
    for key in reached.checkpoints:
        stores["store"].delete(key)
        objects += 1
    for table in reached.tables:
        for stat in list(stores[table.zone].list(f"{table.prefix}/")):
            stores[table.zone].delete(stat.key)
            objects += 1
    return Erased(
        suppressed=any(new),
        objects=objects,
        ledgers=tuple(told),
    )


def _is_said(ledger: Ledger, somebody: Subject) -> bool:
    """Whether a tombstone names all of their digests already, under the same key."""
    stones = (entry.body for entry in ledger.entries() if entry.kind == "tombstone")
    return any(
        (one.get("domain"), one.get("key")) == (somebody.domain, somebody.key_id)
        and somebody.digests <= {*one.get("digests", ())}
        for one in stones
    )


def _tombstone(somebody: Subject, reached: Reach, model: str) -> dict[str, Any]:
    versions = [one.version for one in reached.versions if one.model == model and one.sure]
    count = len(reached.tables)
    what = f"Rows about one {somebody.domain} were erased from {count} table(s)."
    if not count:
        what = f"One {somebody.domain} is left out of tables to come; no table held their rows."
    return {
        "what": what,
        "domain": somebody.domain,
        "digests": sorted(somebody.digests),
        "key": somebody.key_id,
        "tables": sorted(table.prefix for table in reached.tables),
        "results": sorted(one for table in reached.tables for one in table.results),
        "versions": versions,
    }
