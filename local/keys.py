"""The secrets of one machine: made once, kept in files that only their owner can read."""

from __future__ import annotations

import json
import secrets

from airlock.config import installation
from airlock.config.installation import new_secret, write_private
from airlock.config.keys import path_of
from local.home import Home

USERS = ("admin", "op", "user", "viewer")

_AIRFLOW = ("fernet", "api", "jwt")


def make_keys(home: Home) -> None:
    """Make whatever key or password is missing; nothing that exists is replaced."""
    installation.make_keys(home.keys, trusted=home.trusted_keys)
    for name in _AIRFLOW:
        if not path_of(home.keys, name).exists():
            # A signature with SHA-512 wants a key of its own length.
            write_private(path_of(home.keys, name), new_secret(64 if name == "jwt" else 32))
    if not home.passwords.exists():
        passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        write_private(home.passwords, json.dumps(passwords, indent=2))


def secret(home: Home, name: str) -> str:
    """One of this machine's secrets, in (URL-safe, for Airflow's own) base64."""
    text = path_of(home.keys, name).read_text().strip()
    # Fernet takes the URL-safe alphabet only; keys of ours are read with the standard one.
    return text.translate(str.maketrans("+/", "-_")) if name in _AIRFLOW else text
