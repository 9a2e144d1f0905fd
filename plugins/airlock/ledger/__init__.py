"""The append-only, hash-chained, signed decisions about one model."""

from __future__ import annotations

from airlock.ledger.canary import Canary
from airlock.ledger.chain import Ledger, chains, models
from airlock.ledger.champion import Champion
from airlock.ledger.checkpoint import Checkpoint, checkpoint, read_checkpoints
from airlock.ledger.entry import Entry, Kind
from airlock.ledger.keys import Signer, TrustedKeys
from airlock.ledger.rotation import KEYS, rotate_all
from airlock.ledger.state import State, Unconfirmed

__all__ = [
    "KEYS",
    "Canary",
    "Champion",
    "Checkpoint",
    "Entry",
    "Kind",
    "Ledger",
    "Signer",
    "State",
    "TrustedKeys",
    "Unconfirmed",
    "chains",
    "checkpoint",
    "models",
    "read_checkpoints",
    "rotate_all",
]
