"""Canonical JSON, and the SHA-256 by which Airlock names everything."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


def canonical_json(value: Any) -> bytes:
    """Encode a JSON-ready value so that equal values give equal bytes.

    docs/audit.md specifies it, version 1: like RFC 8785, but for how numbers are written and how
    keys beyond U+FFFF are sorted. It is frozen: everything that was ever signed is in it.

    Raises:
        ValueError: a NaN or an infinity, which JSON cannot say.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def sha256(data: bytes) -> str:
    """Name some bytes: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """Name a JSON-ready value by its canonical content."""
    return sha256(canonical_json(value))


def sha256_of_file(path: Path) -> str:
    """Name a file by its bytes, read in bounded memory."""
    name = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            name.update(chunk)
    return name.hexdigest()
