"""DSSE v1: bytes of a named type, and signatures over both.

https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path

from airlock.core.content import canonical_json
from airlock.ledger.keys import Signer, TrustedKeys

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_SUFFIX = ".dsse.json"


def beside(bundle: Path) -> Path:
    """Where the envelope of a local bundle lies: next to its folder, as no file of it."""
    return bundle.with_name(bundle.name + _SUFFIX)


def seal(payload: bytes, signer: Signer) -> bytes:
    """Put a payload into an envelope with one signature; equal input gives equal bytes."""
    return canonical_json(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": signer.key_id, "sig": signer.sign(_signed(payload))}],
        }
    )


def unseal(envelope: bytes, trusted: TrustedKeys) -> bytes | None:
    """The payload, if a trusted key signed it; None for anything else.

    Nothing of the payload is looked at before a signature holds.
    """
    try:
        fields = json.loads(envelope)
        payload = base64.b64decode(fields["payload"], validate=True)
        given = [(str(one["keyid"]), str(one["sig"])) for one in fields["signatures"]]
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    if fields["payloadType"] != PAYLOAD_TYPE:
        return None
    # As `seal` writes it, and in no other way that reads alike.
    if canonical_json({**fields, "payload": base64.b64encode(payload).decode()}) != envelope:
        return None
    message = _signed(payload)
    holds = any(trusted.signed(message, by=key_id, signature=sig) for key_id, sig in given)
    return payload if holds else None


def _signed(payload: bytes) -> bytes:
    """The pre-authentication encoding: the type is signed too, and lengths leave no doubt."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
