"""What it costs to check that nothing was changed: every entry of a chain, and every model file.

`entries_per_s` is the chain by hash: each entry parsed, held against its canonical bytes, its place
and the digest of the entry before it. Its signature is measured beside it, and so is the way that
`airlock verify` goes: listing, reading, both checks. Rates are per second of one core's time, so
that another program on the machine does not count.
"""

from __future__ import annotations

import base64
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airlock.core.content import sha256, sha256_of_file
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.ledger import Entry, Ledger, Signer, TrustedKeys
from airlock.ledger.chain import linked
from airlock.ledger.entry import BEFORE_THE_FIRST
from airlock.store import open_store
from benchmarks.claim import Claim

# Ten years of a nightly model with a decision, an answer and a promotion each night.
ENTRIES = 10_000
MEGABYTES = 256
AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
MODEL = "churn"


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder:
        entries(Path(folder))
        files(Path(folder))


def entries(folder: Path) -> None:
    """A chain of decisions as the gate writes them."""
    signer = Signer.from_seed(base64.b64encode(secrets.token_bytes(32)).decode())
    trusted = TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()})
    chain = _chain(signer)
    place = folder / "store" / "ledger" / MODEL
    place.mkdir(parents=True)
    for number, data in enumerate(chain, start=1):
        (place / f"{number:08d}.json").write_bytes(data)
    store = open_store(str(folder / "store"))
    read = [Entry.from_stored(data) for data in chain]

    hashed = _rate(lambda: _by_hash(chain), ENTRIES)
    signed = _rate(
        lambda: all(
            trusted.signed(one.claim(), by=one.key_id, signature=one.signature) for one in read
        ),
        ENTRIES,
    )
    whole = _rate(lambda: Ledger(store, MODEL, trusted=trusted).entries(), ENTRIES)
    Claim(
        claim="ledger.entries_per_s",
        value=round(hashed),
        target=20_000,
        at_most=False,
        facts={
            "entries": ENTRIES,
            "bytes_each": len(chain[-1]),
            "signatures_per_s": round(signed),
            "read_and_both_per_s": round(whole),
        },
    ).report()


def files(folder: Path) -> None:
    """The files of a bundle as verify and every stage fetch them."""
    source = folder / "bundle"
    source.mkdir()
    for number in range(4):
        (source / f"{number}.safetensors").write_bytes(secrets.token_bytes(MEGABYTES << 18))
    stores: Stores = {
        "store": open_store(str(folder / "store")),
        "raw": open_store(str(folder / "raw")),
    }
    stored = publication.upload(source, stage="train", part="data", zone="store", stores=stores)
    rate = _rate(lambda: publication.fetch(stores, stored, folder / "in"), MEGABYTES)
    alone = _rate(lambda: [sha256_of_file(path) for path in source.iterdir()], MEGABYTES)
    Claim(
        claim="ledger.files_mb_per_s",
        value=round(rate),
        target=200,
        at_most=False,
        facts={"mb": MEGABYTES, "sha256_alone_mb_per_s": round(alone)},
    ).report()


def _chain(signer: Signer) -> list[bytes]:
    chain: list[bytes] = []
    previous = BEFORE_THE_FIRST
    for number in range(1, ENTRIES + 1):
        entry = Entry(
            model=MODEL,
            sequence=number,
            previous=previous,
            kind="decided",
            id=f"decided/churn_training/scheduled__{number}/{sha256(str(number).encode())}",
            at=AT + timedelta(hours=8 * number),
            body={
                "policy": "churn",
                "outcome": "passed",
                "version": number,
                "bundle": sha256(f"bundle {number}".encode()),
                "decision": sha256(f"decision {number}".encode()),
                "reasons": ["auroc is 0.81 [0.80, 0.82], must be at least 0.7."] * 3,
                "approval_required": False,
            },
            key_id=signer.key_id,
        )
        data = replace(entry, signature=signer.sign(entry.claim())).stored()
        chain.append(data)
        previous = sha256(data)
    return chain


def _by_hash(chain: list[bytes]) -> None:
    previous = BEFORE_THE_FIRST
    for number, data in enumerate(chain, start=1):
        linked(data, model=MODEL, sequence=number, previous=previous)
        previous = sha256(data)


def _rate(work: Callable[[], object], amount: int) -> float:
    """The best of three, per second of this process."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return amount / min(seconds)


if __name__ == "__main__":
    main()
