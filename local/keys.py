"""The secrets of one machine: made once, kept in files that only their owner can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from airlock.config.keys import NAMES, path_of
from airlock.ledger.keys import Signer
from local.home import Home

USERS = ("admin", "op", "user", "viewer")

_AIRFLOW = ("fernet", "api", "jwt")


def make_keys(home: Home) -> None:
    """Make whatever key or password is missing, and trust the signing key.

    Nothing that exists is replaced: another split key would mix holdout rows into training, and
    another pseudonym key would break every join.
    """
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (*_AIRFLOW, *NAMES):
        if not path_of(home.keys, name).exists():
            # A signature with SHA-512 wants a key of its own length.
            write_private(path_of(home.keys, name), _new_secret(64 if name == "jwt" else 32))
    _trust(home, Signer.from_seed(secret(home, "airlock_signing")))
    if not home.passwords.exists():
        passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        write_private(home.passwords, json.dumps(passwords, indent=2))


def secret(home: Home, name: str) -> str:
    """One of this machine's secrets, in (URL-safe, for Airflow's own) base64."""
    text = path_of(home.keys, name).read_text().strip()
    # Fernet takes the URL-safe alphabet only; keys of ours are read with the standard one.
    return text.translate(str.maketrans("+/", "-_")) if name in _AIRFLOW else text


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, and that is never seen half-written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    unfinished.replace(path)


def _trust(home: Home, signer: Signer) -> None:
    path = home.trusted_keys
    trusted: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if signer.key_id not in trusted:
        trusted[signer.key_id] = base64.b64encode(signer.public).decode()
        write_private(path, json.dumps(trusted, indent=2))


def _new_secret(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()
