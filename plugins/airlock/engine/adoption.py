"""Signs, in a named person's name, what was written before Airlock signed it.

Once, after the upgrade: whoever does it says that they believe what lies there. Nothing looks at
what it was when it was written, because nobody knows that any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airlock.catalogs import base as catalog
from airlock.catalogs.drifts import Judged
from airlock.catalogs.labels import NightLabels
from airlock.catalogs.predictions import Partition
from airlock.catalogs.retrains import Retrain
from airlock.core.content import digest, sha256
from airlock.core.errors import SpecError
from airlock.engine import publication
from airlock.ledger import Entry, Ledger

_RESULTS = {Partition: "scoring", NightLabels: "labelling", Judged: "drift", Retrain: "drift"}


def strangers(ledger: Ledger) -> list[catalog.NumberedEntry]:
    """Everything in the catalogs of a model that no entry names.

    Raises:
        Unverified: something is not written as such things are.
    """
    found: list[catalog.NumberedEntry] = []
    for kind in _RESULTS:
        found += catalog.Catalog(kind).unsigned(ledger)
    return found


def adopt(ledger: Ledger, *, by: str, reason: str, at: datetime) -> Entry | None:
    """Name all of it in one entry; None if there is nothing.

    Args:
        ledger: to be written to.
        by: who answers for it.
        at: when, UTC.

    Raises:
        SpecError: nobody answers for it, or nobody says why.
        Unverified: a result is not what its catalog says.
    """
    if not by.strip() or not reason.strip():
        raise SpecError("Nobody answers for it.", do="Say who you are, and why you believe it.")
    found = strangers(ledger)
    if not found:
        return None
    views, results = {}, {}
    for one in found:
        views[one.key] = sha256(ledger.store.get(one.key))
        address = getattr(one, _RESULTS[type(one)])
        name = one.sha256  # type: ignore[attr-defined]  # each of the four has one
        made = publication.load(ledger.store, address, expected=name)
        results[one.key] = {
            "address": address,
            "sha256": name,
            "content": made.result.content,
        }
    body: dict[str, Any] = {
        "what": f"{by} puts {len(found)} object(s) from before the upgrade under a signature: "
        f"{reason}",
        "by": by,
        "reason": reason,
        "views": views,
        "results": results,
    }
    return ledger.append("adopted", body, id=f"adopted/{digest(views)}", at=at)
