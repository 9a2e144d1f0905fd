"""A ledger, somebody who reads it for the first time, and a chain of five."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store

AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


@pytest.fixture
def ledger(store: Store, signer: Signer, trusted: TrustedKeys) -> Ledger:
    return Ledger(store, "churn", trusted=trusted, signer=signer)


@pytest.fixture
def reader(store: Store, trusted: TrustedKeys) -> Ledger:
    """Somebody who reads the chain for the first time."""
    return Ledger(store, "churn", trusted=trusted)


@pytest.fixture
def five_entries(ledger: Ledger) -> Ledger:
    for number in range(1, 6):
        ledger.append("incident", {"what": f"incident {number}"}, id=f"i{number}", at=AT)
    return ledger
