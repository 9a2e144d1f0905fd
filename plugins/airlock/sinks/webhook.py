"""Webhooks as CloudEvents, signed as https://www.standardwebhooks.com asks.

The secret says how: `whsec_` by HMAC (v1), which the receiver must know, too; `whsk_` by Ed25519
(v1a), which a receiver verifies by the public key alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from airlock.catalogs.outbox import Message
from airlock.core.content import canonical_json
from airlock.core.errors import SettingsError
from airlock.core.quoting import shown
from airlock.sinks.addresses import Address, refuse_status
from airlock.sinks.sink import Said, Sink

Sign = Callable[[bytes], str]
"""The signature over some bytes, with its version."""

_SHARED, _PRIVATE = "whsec_", "whsk_"
# What an entry's body says that others may act on; addresses and digests of ours are left out.
_SAID = (
    *("version", "outcome", "policy", "reasons", "approved", "by", "reason", "share", "step"),
    *("night", "training", "from_version", "decided", "decided_sequence", "because", "confirms"),
)


def open_webhook(said: Said) -> Sink:
    """A receiver of webhooks.

    Args:
        said: `url`; `private: true` if it may lie in a private network. The secret is `whsec_` and
            24 to 64 bytes in base64, or `whsk_` and the 32 bytes of an Ed25519 key.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    private = said.extra.get("private", False)
    address = Address.read(said.extra.get("url"), private=private, name=said.name)
    return Sink(name=said.name, send=partial(_send, address, signing(said.name, said.secret)))


def event(message: Message) -> bytes:
    """One message as a CloudEvent (v1.0, JSON); the same whenever it is sent."""
    entry = message.entry
    return canonical_json(
        {
            "specversion": "1.0",
            "id": message.id,
            "source": f"urn:airlock:{entry.model}",
            "type": f"airlock.{entry.kind}.v1",
            "subject": entry.model,
            "time": entry.at.astimezone(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": {
                "model": entry.model,
                "sequence": entry.sequence,
                "entry": entry.sha256,
                # Names and reasons are what people typed: nothing in them acts where it is shown.
                **shown(_facts(entry.body)),
            },
        }
    )


def signing(name: str, secret: str | None) -> Sign:
    """How a secret signs.

    Args:
        name: of the connection that holds it.

    Raises:
        SettingsError: it signs nothing.
    """
    text = secret or ""
    prefix = _PRIVATE if text.startswith(_PRIVATE) else _SHARED
    try:
        key = base64.b64decode(text.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if prefix == _PRIVATE and len(key) == 32:
        return partial(_by_ed25519, Ed25519PrivateKey.from_private_bytes(key))
    if prefix == _SHARED and 24 <= len(key) <= 64:
        return partial(_by_hmac, key)
    raise SettingsError(
        f"The connection {name} has no secret that webhooks can be signed with.",
        do="Write whsec_ and 24 to 64 random bytes in base64 into its password, or whsk_ and the "
        "32 bytes of an Ed25519 key.",
    )


def signed_bytes(message_id: str, timestamp: int, body: bytes) -> bytes:
    """What is signed: id, time and body."""
    return b"%b.%d.%b" % (message_id.encode(), timestamp, body)


def _by_hmac(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _by_ed25519(key: Ed25519PrivateKey, signed: bytes) -> str:
    return "v1a," + base64.b64encode(key.sign(signed)).decode()


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: body[name] for name in _SAID if name in body}
    champion = body.get("champion") or body.get("promotion", {}).get("champion") or {}
    if "version" not in said and "version" in champion:
        said["version"] = champion["version"]
    return said


def _send(address: Address, sign: Sign, message: Message, now: datetime) -> None:
    body, at = event(message), int(now.timestamp())
    status = address.post(
        body,
        {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": message.id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(signed_bytes(message.id, at, body)),
        },
    )
    refuse_status(status)
