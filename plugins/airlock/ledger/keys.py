"""Ed25519 keys (RFC 8032): who may write decisions, and whose signatures count."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from airlock.core.content import sha256
from airlock.core.errors import SettingsError
from airlock.reading import read_json


def key_id(public: bytes) -> str:
    """Name a raw public key (32 bytes): the first 16 hexadecimal digits of its SHA-256."""
    return sha256(public)[:16]


@dataclass(frozen=True, slots=True)
class Signer:
    """The platform's own private key."""

    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed: str) -> Signer:
        """Read a key from its 32-byte seed in base64.

        Raises:
            SettingsError: not base64, or not 32 bytes.
        """
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True)))
        except (binascii.Error, ValueError):
            raise SettingsError(
                "The signing key airlock_signing is not 32 bytes in base64.",
                do="Write the seed of an Ed25519 key into airlock_signing.key; docs/keys.md.",
            ) from None

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """The name under which this key signs."""
        return key_id(self.public)

    def sign(self, data: bytes) -> str:
        """The signature over some bytes, in base64."""
        return base64.b64encode(self._private.sign(data)).decode()


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """The public keys whose signatures count, by key id, each in base64."""

    keys: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> TrustedKeys:
        """Read the file that lists them.

        Raises:
            SettingsError: there is none, it lists no key, or something else.
        """
        try:
            keys = read_json(path.read_bytes())
            listed = {str(name): str(key) for name, key in keys.items()}
        except (OSError, ValueError, AttributeError):
            listed = {}
        if not listed:
            raise SettingsError(
                f"The trusted keys cannot be read from {path}.",
                do='Name a JSON file {"key id": "public key in base64"}; docs/keys.md shows one.',
            )
        return cls(listed)

    def signed(self, data: bytes, *, by: str, signature: str) -> bool:
        """Whether a trusted key of that name made this signature over exactly these bytes."""
        if by not in self.keys:
            return False
        try:
            public = base64.b64decode(self.keys[by], validate=True)
            made = base64.b64decode(signature, validate=True)
            # Several texts stand for the same bytes; one of them is a signature.
            if base64.b64encode(made).decode() != signature:
                return False
            Ed25519PublicKey.from_public_bytes(public).verify(made, data)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        # A settings file that lists a key under another key's name must not lend it that name.
        return key_id(public) == by
