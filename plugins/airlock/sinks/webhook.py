"""Webhooks, signed as https://www.standardwebhooks.com asks (HMAC, v1), as CloudEvents."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from airlock.catalogs.outbox import Message
from airlock.core.content import canonical_json
from airlock.core.errors import SettingsError
from airlock.core.quoting import shown
from airlock.sinks.addresses import Address
from airlock.sinks.sink import NotTaken, Sink

_PREFIX = "whsec_"
# What an entry's body says that others may act on; addresses and digests of ours are left out.
_SAID = (
    *("version", "outcome", "policy", "reasons", "approved", "by", "reason", "share", "step"),
    *("night", "training", "from_version", "decided", "decided_sequence", "because", "confirms"),
)


def open_webhook(name: str, *, extra: Mapping[str, Any], secret: str | None) -> Sink:
    """A receiver of webhooks.

    Args:
        extra: `url`; `private: true` if it may lie in a private network.
        secret: `whsec_` and 24 to 64 bytes in base64.

    Raises:
        SettingsError: something of it is missing or wrong.
    """
    address = Address.read(extra.get("url"), private=extra.get("private", False), name=name)
    return Sink(name=name, send=partial(_send, address, _key(name, secret)))


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


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature over id, time and body."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: body[name] for name in _SAID if name in body}
    champion = body.get("champion") or body.get("promotion", {}).get("champion") or {}
    if "version" not in said and "version" in champion:
        said["version"] = champion["version"]
    return said


def _send(address: Address, key: bytes, message: Message, now: datetime) -> None:
    body, at = event(message), int(now.timestamp())
    status = address.post(
        body,
        {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": message.id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(key, message.id, at, body),
        },
    )
    if not 200 <= status < 300:
        led = ", and no redirect is followed" if 300 <= status < 400 else ""
        raise NotTaken(f"it answered {status}{led}")


def _key(name: str, secret: str | None) -> bytes:
    try:
        key = base64.b64decode((secret or "").removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise SettingsError(
            f"The connection {name} has no secret that webhooks can be signed with.",
            do="Write whsec_ and 24 to 64 random bytes in base64 into its password.",
        )
    return key
