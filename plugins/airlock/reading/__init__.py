"""Reads bytes that somebody else may have written; every reader is bounded before it allocates.

One reader a format. Each says in its first lines what it refuses; docs/security.md lists them all,
with the bound and the test. What a reader refuses is `Malformed`, a ValueError, which its caller
turns into an error about the file, the entry or the request that it came from.
"""

from __future__ import annotations

from airlock.reading.archive import check_stored, read_archive
from airlock.reading.document import Malformed, read_json
from airlock.reading.tensors import checked_safetensors
from airlock.reading.written import Twice, places, read_yaml

__all__ = [
    "Malformed",
    "Twice",
    "check_stored",
    "checked_safetensors",
    "places",
    "read_archive",
    "read_json",
    "read_yaml",
]
