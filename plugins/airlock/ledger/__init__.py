"""The ledger: append-only, hash-chained, signed decisions about each model."""

from __future__ import annotations

from airlock.ledger.canary import Canary
from airlock.ledger.chain import Ledger
from airlock.ledger.champion import Champion
from airlock.ledger.checkpoint import Checkpoint, checkpoint, read_checkpoints
from airlock.ledger.entry import NIGHTLY, Entry, Kind
from airlock.ledger.holds import Hold, hold, holds, release
from airlock.ledger.keys import Signer, TrustedKeys
from airlock.ledger.naming import NamedResult, entry_about, entry_that_names, named
from airlock.ledger.reading import Chain, Moment, chains, models
from airlock.ledger.rotation import KEYS, rotate_all
from airlock.ledger.state import State, Unconfirmed

__all__ = [
    "KEYS",
    "NIGHTLY",
    "Canary",
    "Chain",
    "Champion",
    "Checkpoint",
    "Entry",
    "Hold",
    "Kind",
    "Ledger",
    "Moment",
    "NamedResult",
    "Signer",
    "State",
    "TrustedKeys",
    "Unconfirmed",
    "chains",
    "checkpoint",
    "entry_about",
    "entry_that_names",
    "hold",
    "holds",
    "models",
    "named",
    "read_checkpoints",
    "release",
    "rotate_all",
]
