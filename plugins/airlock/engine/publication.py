"""Publishes each result once: a slot per stage key, one create-once write, receipts for runs.

    stages/<stage>/<key>/<generation>.json      a slot: the result, written once
    attempts/<stage>/<id>/data|report/…         files of one attempt; only a slot makes them count
    runs/<dag>/<run>/<stage>-<address>.json     a receipt: how this run ended that stage

Two attempts of one task can be alive at once: each uploads into its own folder, and the first to
create the slot wins. The other returns what is there. A result that no longer verifies is never
repaired in place: the next generation of the slot replaces it.

A slot is a name that anybody can work out, and code of a model can write to the store. So whoever
signs what it leaves says what it accepts: what is under a signature already, or is byte for byte
what it computed itself. Everything else gets a generation beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from airlock.core.content import sha256
from airlock.core.errors import AirlockError, ObjectMissing, StoreUnavailable, Unverified
from airlock.core.names import level
from airlock.core.quoting import line
from airlock.engine.folders import Stores, described, fetch, upload, upload_described
from airlock.engine.record import Origin, Receipt, Result
from airlock.store import Store

# Whoever publishes uploads first, and whoever reads a result fetches its folders.
__all__ = [
    "Accepts",
    "Published",
    "Stores",
    "anything",
    "described",
    "fetch",
    "find",
    "give_receipt",
    "is_same",
    "key_of",
    "load",
    "may_lie_at",
    "publish",
    "receipt_for",
    "receipts",
    "recent",
    "standing_receipt",
    "upload",
    "upload_described",
]
# No slot ever has so many that a number is longer.
_GENERATION = re.compile(r"([0-9]{4,7})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A result in its slot. `sha256` is over the slot's bytes."""

    address: str
    sha256: str
    result: Result


Accepts = Callable[[Published], bool]


def anything(_: Published) -> bool:
    """Accept whatever verifies: what nobody signs before somebody else has looked at it."""
    return True


def publish(
    stores: Stores, key: str, result: Result, scratch: Path, *, accept: Accepts = anything
) -> Published:
    """Fill the slot, or return the result that another attempt put there first.

    Args:
        accept: what may stand there instead of the result; its own equal always may.
    """
    data = result.stored()
    while True:
        # Counted before looking: whoever publishes in between takes this very generation.
        taken = _generations(stores["store"], result.stage, key)
        found = find(
            stores,
            result.stage,
            key,
            scratch,
            accept=lambda one: is_same(one.result, result) or accept(one),
        )
        if found is not None:
            return found
        address = _slot(result.stage, key, max(taken, default=-1) + 1)
        if stores["store"].create(address, data):
            return Published(address=address, sha256=sha256(data), result=result)


def find(
    stores: Stores, stage: str, key: str, scratch: Path, *, accept: Accepts = anything
) -> Published | None:
    """The newest result in the slot that is accepted, if every byte of it verifies.

    Args:
        accept: asked before any file of it is read.

    Raises:
        StoreUnavailable: whether it verifies cannot be said now.
    """
    for generation in sorted(_generations(stores["store"], stage, key), reverse=True):
        try:
            published = load(stores["store"], _slot(stage, key, generation))
            if not accept(published):
                continue
            for folder in (published.result.data, published.result.report):
                fetch(stores, folder, scratch)
        except StoreUnavailable:
            raise
        except AirlockError:
            continue
        return published
    return None


def is_same(one: Result, other: Result) -> bool:
    """Whether two attempts left the same, byte for byte: record, data and pages."""
    return _of_nobody(one) == _of_nobody(other) and all(
        folder.prefix.startswith(f"attempts/{other.stage}/") for folder in (one.data, one.report)
    )


def _of_nobody(result: Result) -> bytes:
    return replace(
        result,
        made_by=Origin(dag_id="", run_id="", task_id="", try_number=0),
        data=replace(result.data, prefix=""),
        report=replace(result.report, prefix=""),
    ).stored()


def load(store: Store, address: str, *, expected: str | None = None) -> Published:
    """Read a result by its address.

    Args:
        expected: its SHA-256 as a receipt or the ledger gives it.

    Raises:
        Unverified: the bytes are not the expected ones, or no result.
    """
    data = store.get(address)
    name = sha256(data)
    if expected is not None and name != expected:
        raise Unverified(
            f"{address} is not what was recorded: its SHA-256 differs.",
            do="It was altered after it was published. Recompute the run, and find out by whom.",
        )
    result = Result.from_stored(data, address=address)
    return Published(address=address, sha256=name, result=result)


def give_receipt(store: Store, receipt: Receipt) -> None:
    """Note that a run ended a stage with a result; a second receipt for it changes nothing.

    What says something else at its place is no receipt of ours, and is written over.
    """
    taken = not store.create(key_of(receipt), receipt.stored())
    if taken and standing_receipt(store, receipt) is receipt:
        store.put(key_of(receipt), receipt.stored())


def standing_receipt(store: Store, receipt: Receipt) -> Receipt:
    """What an earlier try noted of the same end, or the receipt itself."""
    with suppress(ObjectMissing, ValueError):
        there = Receipt.from_stored(store.get(key_of(receipt)))
        if _end(there) == _end(receipt):
            return there
    return receipt


def _end(receipt: Receipt) -> tuple[str, ...]:
    """What a receipt is about; the rest says who came to it, and how long it took."""
    run = (receipt.dag_id, receipt.run_id, str(receipt.night))
    return (*run, receipt.stage, receipt.address, receipt.sha256)


def key_of(receipt: Receipt) -> str:
    """Where a receipt lies."""
    name = _receipt_name(receipt.stage, receipt.address)
    return f"runs/{level(receipt.dag_id)}/{level(receipt.run_id)}/{name}"


def may_lie_at(key: str, receipt: Receipt) -> bool:
    """Whether a receipt is of the run in whose folder it lies, as this version or one before."""
    name = _receipt_name(receipt.stage, receipt.address)
    before = f"{_folder_of_before(receipt.dag_id, receipt.run_id)}{name}"
    return key in {key_of(receipt), before}


def receipt_for(store: Store, *, dag_id: str, run_id: str, stage: str, address: str) -> Receipt:
    """The receipt that lets a later stage of the same run trust an address from XCom.

    Raises:
        Unverified: this run never ended that stage with that result.
    """
    for folder in _folders_of(store, dag_id, run_id):
        with suppress(ObjectMissing):
            return Receipt.from_stored(store.get(f"{folder}{_receipt_name(stage, address)}"))
    raise Unverified(
        f"Run {run_id} of {dag_id} never produced {line(address, 120)!r}.",
        do=f"Somebody changed an XCom, or {stage} must run first: clear {stage} of this run.",
    )


def receipts(store: Store, *, dag_id: str, run_id: str) -> Iterator[Receipt]:
    """Everything that one run produced, oldest first."""
    found = [
        Receipt.from_stored(store.get(stat.key))
        for folder in _folders_of(store, dag_id, run_id)
        for stat in store.list(folder)
    ]
    yield from sorted(found, key=lambda receipt: receipt.at)


def recent(store: Store, *, dag_id: str, stage: str, last: int) -> list[tuple[Receipt, Result]]:
    """How one stage ended in a DAG's latest runs, oldest first, for whoever wants to see a trend.

    Nothing may be decided by it: what cannot be read any more is left out, not missed.

    Args:
        last: how many receipts to look at, the newest by the store's time.
    """
    prefix = f"runs/{level(dag_id)}/"
    given = (stat for stat in store.list(prefix) if _is_of(stage, stat.key))
    newest = sorted(given, key=lambda stat: (stat.modified, stat.key))[-last:]
    return [found for stat in newest if (found := _read_receipt(store, stat.key)) is not None]


def _is_of(stage: str, key: str) -> bool:
    return key.rpartition("/")[2].startswith(f"{stage}-")


def _read_receipt(store: Store, key: str) -> tuple[Receipt, Result] | None:
    try:
        receipt = Receipt.from_stored(store.get(key))
        return receipt, load(store, receipt.address, expected=receipt.sha256).result
    except (AirlockError, ValueError):
        return None


def _slot(stage: str, key: str, generation: int) -> str:
    return f"stages/{stage}/{key}/{generation:04d}.json"


def _generations(store: Store, stage: str, key: str) -> set[int]:
    """The numbers that are taken; a gap, which somebody else left, changes nothing."""
    names = (stat.key.rpartition("/")[2] for stat in store.list(f"stages/{stage}/{key}/"))
    return {int(found[1]) for name in names if (found := _GENERATION.fullmatch(name))}


def _receipt_name(stage: str, address: str) -> str:
    return f"{stage}-{sha256(address.encode())[:16]}.json"


def _folders_of(store: Store, dag_id: str, run_id: str) -> list[str]:
    """Where a run's receipts lie; those of long ids lay elsewhere on S3 before they were cut."""
    now = f"runs/{level(dag_id)}/{level(run_id)}/"
    before = _folder_of_before(dag_id, run_id)
    return [now, before] if before != now and store.uri.startswith("s3:") else [now]


def _folder_of_before(dag_id: str, run_id: str) -> str:
    return f"runs/{quote(dag_id, safe='')}/{quote(run_id, safe='')}/"
