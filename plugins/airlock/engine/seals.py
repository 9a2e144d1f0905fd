"""Puts the platform's signature on results and receipts, beside them in the store.

    seals/<sha256>/<key id>.json      that this installation wrote the object with these bytes there

Code of a model can write to the store: a slot and a receipt are only files. A seal is a DSSE
envelope over the object's address and its SHA-256, made by the process that holds the key, when the
one that did the work has ended. Who reads a receipt demands one; who reuses a result does, too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from airlock.core.content import canonical_json, sha256
from airlock.core.errors import ObjectMissing
from airlock.engine import publication
from airlock.engine.publication import Published
from airlock.engine.record import Receipt
from airlock.ledger import Signer, TrustedKeys
from airlock.reading import read_json
from airlock.signing.envelope import opened_by, seal, unseal
from airlock.store import Store

PAYLOAD_TYPE = "application/vnd.airlock.seal+json"
_ENVELOPE, _SIGNATURE = {"payload", "payloadType", "signatures"}, {"keyid", "sig"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """The seals of one store.

    Args:
        store: where they lie, and what they are about.
        trusted: the keys that count for results of all models.
    """

    store: Store
    trusted: TrustedKeys

    def on_result(self, found: Published) -> bool:
        """Whether this installation signed that it left exactly this result in its slot."""
        return self._vouch_for(found.address, found.sha256)

    def on_receipt(self, receipt: Receipt) -> bool:
        """Whether it signed that a run ended a stage so."""
        return self._vouch_for(publication.key_of(receipt), sha256(receipt.stored()))

    def _vouch_for(self, address: str, digest: str) -> bool:
        claim = _claim(address, digest)
        return any(
            unseal(envelope, self.trusted, kind=PAYLOAD_TYPE) == claim
            for envelope in _found(self.store, digest, self.trusted).values()
        )


def give_sealed(store: Store, signer: Signer, published: Published, receipt: Receipt) -> None:
    """Give a run's receipt for a result, after the seals of both.

    An earlier try may have given one that says the same: then that is sealed, and stays.
    """
    _put(store, signer, address=published.address, digest=published.sha256)
    standing = publication.standing_receipt(store, receipt)
    digest = sha256(standing.stored())
    _put(store, signer, address=publication.key_of(standing), digest=digest)
    publication.give_receipt(store, standing)


def is_seal(envelope: bytes, key: str, *, address: str, trusted: TrustedKeys) -> bool:
    """Whether it is, byte for byte, what `give_sealed` puts there for an object at an address.

    Args:
        key: where it lies: the digest of what it is about, and the key's id.
        trusted: all keys that ever counted.
    """
    digest = key.split("/")[1]
    opened = opened_by(envelope, trusted, kind=PAYLOAD_TYPE)
    if opened is None or opened[0] != _claim(address, digest) or key != _key(digest, opened[1]):
        return False
    fields = read_json(envelope)
    kinds = [one.keys() for one in fields["signatures"]]
    return fields.keys() == _ENVELOPE and kinds == [_SIGNATURE]


def _found(store: Store, digest: str, trusted: TrustedKeys) -> dict[str, bytes]:
    """What lies where a key would have sealed bytes of this digest, by its place."""
    found = {}
    for name in sorted(trusted.keys):
        with suppress(ObjectMissing):
            found[_key(digest, name)] = store.get(_key(digest, name))
    return found


def _put(store: Store, signer: Signer, *, address: str, digest: str) -> None:
    envelope = seal(_claim(address, digest), signer, kind=PAYLOAD_TYPE)
    key = _key(digest, signer.key_id)
    # Ed25519 is deterministic: whoever was there first wrote these bytes, or they are worthless.
    if not store.create(key, envelope) and store.get(key) != envelope:
        store.put(key, envelope)


def _claim(address: str, digest: str) -> bytes:
    return canonical_json({"address": address, "sha256": digest})


def _key(digest: str, key_id: str) -> str:
    return f"seals/{digest}/{key_id}.json"
