"""Finds the evidence pack that the task after promote left, as the ledger names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock.core.content import sha256
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.ledger import Chain
from airlock.stages.evidence.record import PACK, EvidencePack


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPack:
    """A pack in the store, under an entry of the ledger.

    Args:
        record: what it is.
        sequence: the entry that names it.
        key: where the zip lies in the zone `store`.
    """

    record: EvidencePack
    sequence: int
    key: str

    def read(self, stores: Stores) -> bytes:
        """The zip, verified.

        Raises:
            Unverified: it is not the one that the ledger names.
        """
        data = stores["store"].get(self.key)
        if sha256(data) != self.record.sha256:
            raise Unverified(
                f"{self.key} was altered after it was published.",
                do="Bring the original back from a backup, and find out who changed it; "
                "`airlock evidence` makes it anew.",
            )
        return data


def published_pack(chain: Chain, version: int) -> PublishedPack | None:
    """The last pack of a version that an entry of its ledger names; None if there is none.

    Raises:
        Unverified: what the entry names was altered.
    """
    return next((one for one in _published(chain) if one.record.version == version), None)


def _published(chain: Chain) -> Iterator[PublishedPack]:
    for entry in reversed(chain.entries()):
        if entry.kind != "recorded" or entry.body["stage"] != EvidencePack.stage:
            continue
        at, sha = entry.body["address"], entry.body["sha256"]
        result = publication.load(chain.store, at, expected=sha).result
        record = EvidencePack.from_json(result.record)
        if [(one.path, one.sha256) for one in result.data.files] != [(PACK, record.sha256)]:
            raise Unverified(
                f"{at} holds other files than its record says.", do="Find out who wrote it."
            )
        yield PublishedPack(
            record=record, sequence=entry.sequence, key=f"{result.data.prefix}/{PACK}"
        )
