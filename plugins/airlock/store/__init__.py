"""The only code that touches storage: objects by key, in a folder or on S3."""

from __future__ import annotations

from airlock.store.base import Stat, Store, Zone
from airlock.store.open import Credentials, open_store

__all__ = ["Credentials", "Stat", "Store", "Zone", "open_store"]
