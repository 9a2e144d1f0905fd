"""The keys of an installation: made once, and never replaced."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from airlock.config.keys import NAMES, SIGNING, path_of
from airlock.ledger.keys import Signer


def make_keys(folder: Path, *, trusted: Path, names: Iterable[str] = NAMES) -> list[str]:
    """Make whatever key is missing, and trust the signing key.

    Nothing that exists is replaced: another split key would mix holdout rows into training, and
    another pseudonym key would break every join.

    Args:
        folder: of the key files.
        trusted: the file of public keys whose signatures count; the key is added to it.
        names: of the keys.

    Returns:
        The names of those that were made.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    missing = [name for name in names if not path_of(folder, name).exists()]
    for name in missing:
        write_private(path_of(folder, name), new_secret(32))
    _trust(trusted, Signer.from_seed(path_of(folder, SIGNING).read_text().strip()))
    return missing


def new_secret(size: int) -> str:
    """So many random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(size)).decode()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, and that is never seen half-written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    unfinished.replace(path)


def _trust(path: Path, signer: Signer) -> None:
    listed: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if signer.key_id not in listed:
        listed[signer.key_id] = base64.b64encode(signer.public).decode()
        write_private(path, json.dumps(listed, indent=2))
