"""Verifies bundles where there is no ledger: in clients of MLflow, and in services.

    ~/.config/airlock/trusted.json      {"key id": "public key in base64"}

Whoever is in it counts; nobody is taken on trust because they came first. AIRLOCK_TRUSTED_KEYS
names another file. AIRLOCK_UNSIGNED=1 lets everybody's bundle in, and says so each time.
"""

from __future__ import annotations

import base64
import binascii
import logging
import tempfile
from pathlib import Path

from airlock.config.settings import client_keys, unsigned_allowed
from airlock.core.content import canonical_json
from airlock.core.errors import SettingsError, Unverified
from airlock.ledger.keys import TrustedKeys, key_id
from airlock.reading import Malformed, read_json
from airlock.signing.bundles import check
from airlock.signing.envelope import envelope_path

log = logging.getLogger(__name__)

_LENGTH = 32
_MOST = 1 << 20
_SET_UP = (
    "`airlock trust KEY` takes the platform's public key, or name a file of trusted keys in "
    "AIRLOCK_TRUSTED_KEYS; docs/serve.md. AIRLOCK_UNSIGNED=1 loads without a signature."
)
_OLD = (
    "Load nothing of it. If it is from before bundles were signed, or the key was changed since, "
    "`airlock keys sign MODEL` on the platform signs it and puts the envelope beside MLflow's "
    "copy: download it again then. Is the key that signed it on your list (`airlock trust`)?"
)


def trusted_here() -> TrustedKeys | None:
    """The keys that this client trusts; None if it has no list.

    Raises:
        SettingsError: AIRLOCK_TRUSTED_KEYS names a file that cannot be read, or the list is broken.
    """
    path, named = client_keys()
    return TrustedKeys.read(path) if named or path.exists() else None


def check_vouched(folder: Path, bundle: str, trusted: TrustedKeys | None) -> None:
    """Refuse a local bundle that nobody signed whom the client trusts.

    Args:
        folder: its files; the envelope lies beside it.
        bundle: its name, from its verified files.
        trusted: the keys that count; None asks the client's own list.

    Raises:
        SettingsError: nobody is trusted here, and that was not asked for.
        Unverified: none of them signed it.
    """
    keys = trusted_here() if trusted is None else trusted
    unsigned = trusted is None and unsigned_allowed()
    if keys is None and not unsigned:
        raise SettingsError(
            "Nobody's signature is trusted here, so no bundle is loaded.", do=_SET_UP
        )
    try:
        _check(folder, bundle, keys)
    except Unverified:
        if not unsigned:
            raise
        log.warning(
            "The bundle %s is loaded although nobody who is trusted here signed it: "
            "AIRLOCK_UNSIGNED is 1. Whoever may write its files chooses what it predicts.",
            bundle[:16],
        )


def _check(folder: Path, bundle: str, keys: TrustedKeys | None) -> None:
    envelope = envelope_path(folder)
    if keys is None or not envelope.is_file() or envelope.is_symlink():
        raise Unverified(
            f"The bundle {bundle[:16]} has no envelope {envelope.name} beside it, "
            "so nobody vouches for it.",
            do=_OLD,
        )
    if envelope.stat().st_size > _MOST:
        raise Unverified(f"{envelope.name} is larger than any envelope.", do=_OLD)
    try:
        check(envelope.read_bytes(), bundle=bundle, trusted=keys)
    except Unverified as error:
        raise Unverified(error.what, do=_OLD) from None


def trust(key: str) -> dict[str, str]:
    """Put a public key on the client's list.

    Args:
        key: in base64, or the path of a file that holds it, or of a list of trusted keys.

    Returns:
        What was added: keys by their ids.

    Raises:
        SettingsError: it is no Ed25519 public key, or the list cannot be written.
    """
    found = _read(key)
    _write({**_listed(), **found})
    return found


def forget(name: str) -> bool:
    """Take a key off the list, by its id; False if it was not on it."""
    listed = _listed()
    if name not in listed:
        return False
    del listed[name]
    _write(listed)
    return True


def _listed() -> dict[str, str]:
    path, _ = client_keys()
    return dict(TrustedKeys.read(path).keys) if path.exists() else {}


def _read(key: str) -> dict[str, str]:
    path = Path(key)
    try:
        text = path.read_text(encoding="utf-8").strip() if path.is_file() else key.strip()
    except (OSError, UnicodeError):
        text = ""
    try:
        listed = read_json(text, size=_MOST) if text.startswith("{") else None
        given = [text] if listed is None else list(listed.values())
        raw = [base64.b64decode(one, validate=True) for one in given]
    except (Malformed, AttributeError, TypeError, ValueError, binascii.Error):
        raw = []
    if not raw or any(len(one) != _LENGTH for one in raw):
        raise SettingsError(
            "That is no Ed25519 public key: 32 bytes in base64, a file that holds them, or a list "
            'of trusted keys {"key id": "public key in base64"}.',
            do="Ask whoever runs the platform for it: `[airlock] trusted_keys` names their list.",
        )
    return {key_id(one): base64.b64encode(one).decode() for one in raw}


def _write(keys: dict[str, str]) -> None:
    path, _ = client_keys()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            file.write(canonical_json(keys))
        Path(file.name).replace(path)
    except OSError as error:
        raise SettingsError(
            f"The list of trusted keys {path} cannot be written ({error.strerror}).",
            do="Name a file that you may write in AIRLOCK_TRUSTED_KEYS.",
        ) from None
