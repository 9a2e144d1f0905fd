"""A ledger to decide in."""

from __future__ import annotations

import pytest

from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store


@pytest.fixture
def ledger(store: Store, signer: Signer, trusted: TrustedKeys) -> Ledger:
    return Ledger(store, "churn", trusted=trusted, signer=signer)
