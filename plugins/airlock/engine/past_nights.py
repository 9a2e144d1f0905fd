"""Gives the nights of a model, from the store where its ledger lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.engine import publication
from airlock.ledger import Ledger, Moment

if TYPE_CHECKING:
    from airlock.catalogs.archive import Archive, Fetch


def archive_of(ledger: Ledger, fetch: Fetch) -> Archive:
    """The nights of a ledger's model, in the store where the ledger lies.

    Args:
        fetch: gives the files of a result.

    Raises:
        BrokenChain: the ledger does not verify.
    """
    from airlock.catalogs.archive import Archive, erased

    store, chain = ledger.store, Moment.of(ledger)
    return Archive(
        chain=chain,
        load=lambda address, sha256: publication.load(store, address, expected=sha256).result,
        fetch=fetch,
        erased=erased(chain.entries()),
    )
