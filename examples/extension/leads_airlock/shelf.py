"""A store: `shelf:///folder`, a folder that nobody else on the machine may read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

from airlock.store import Credentials, Store
from airlock.store.folder import FolderStore


def open_shelf(uri: str, _: Credentials) -> Store:
    """Open it; create-once writes are the folder's own."""
    return FolderStore(Path(unquote(urlparse(uri).path)), private=True)
