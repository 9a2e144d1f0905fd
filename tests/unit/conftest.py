"""Small real things: stores, keys and settings in a temporary folder."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from airlock.engine.publication import Stores
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store, open_store
from tests.sealing import SIGNER


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def stores(store: Store, tmp_path: Path) -> Stores:
    return {"store": store, "raw": open_store(str(tmp_path / "raw"))}


@pytest.fixture
def signer() -> Signer:
    return SIGNER


@pytest.fixture
def trusted(signer: Signer) -> TrustedKeys:
    return TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()})


@pytest.fixture
def ledger(store: Store, signer: Signer, trusted: TrustedKeys) -> Ledger:
    return Ledger(store, "churn", trusted=trusted, signer=signer)
