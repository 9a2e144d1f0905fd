"""DSSE v1 envelopes: typed bytes, and the signatures over them.

https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from airlock.core.content import canonical_json
from airlock.ledger.keys import Signer, TrustedKeys
from airlock.reading import read_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_SUFFIX = ".dsse.json"


def envelope_path(bundle: Path) -> Path:
    """Where the envelope of a local bundle lies: next to its folder, as no file of it."""
    return bundle.with_name(bundle.name + _SUFFIX)


def seal(payload: bytes, signer: Signer, *, kind: str = PAYLOAD_TYPE) -> bytes:
    """Put a payload into an envelope with one signature; equal input gives equal bytes.

    Args:
        kind: the payload's type; a signature over one type is none over another.
    """
    return canonical_json(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": kind,
            "signatures": [
                {"keyid": signer.key_id, "sig": signer.sign(signed_bytes(payload, kind))}
            ],
        }
    )


def unseal(envelope: bytes, trusted: TrustedKeys, *, kind: str = PAYLOAD_TYPE) -> bytes | None:
    """The payload, if a trusted key signed it; None for anything else.

    Nothing of the payload is looked at before a signature holds.
    """
    opened = opened_by(envelope, trusted, kind=kind)
    return opened[0] if opened else None


def opened_by(
    envelope: bytes, trusted: TrustedKeys, *, kind: str = PAYLOAD_TYPE
) -> tuple[bytes, str] | None:
    """The payload and the id of the trusted key that signed it; None for anything else."""
    try:
        fields = read_json(envelope)
        payload = base64.b64decode(fields["payload"], validate=True)
        given = [(str(one["keyid"]), str(one["sig"])) for one in fields["signatures"]]
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    if fields.get("payloadType") != kind:
        return None
    # As `seal` writes it, and in no other way that reads alike.
    if canonical_json({**fields, "payload": base64.b64encode(payload).decode()}) != envelope:
        return None
    message = signed_bytes(payload, kind)
    holds = (by for by, sig in given if trusted.signed(message, by=by, signature=sig))
    by = next(holds, None)
    return (payload, by) if by is not None else None


def signed_bytes(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """The pre-authentication encoding: the type is signed too, and lengths leave no doubt."""
    of = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(of), of, len(payload), payload)
