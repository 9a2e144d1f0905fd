"""Says by a ledger which versions of a model MLflow must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from airlock.ledger import Champion, Entry, Ledger
from airlock.ledger.questions import run_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVersion:
    """A version as the ledger knows it.

    Args:
        training: address of the training result, whose data folder is the bundle.
        sha256: of that result, as stored.
        data: digest of the table that it was trained on; "" if nothing says so.
    """

    number: int
    bundle: str
    training: str
    sha256: str
    data: str


def known_versions(ledger: Ledger) -> dict[int, KnownVersion]:
    """Every version that was judged or made champion, by its number."""
    entries, found = ledger.entries(), dict[int, KnownVersion]()
    for entry in entries:
        one: KnownVersion | None = None
        if entry.kind == "decided":
            one = _judged(entry, entries)
        elif entry.kind in {"promoted", "rolled_back"}:
            champion = Champion.from_entry(entry)
            one = KnownVersion(
                number=champion.version,
                bundle=champion.bundle,
                training=champion.training,
                sha256=champion.training_sha256,
                data="",
            )
        if one is not None:
            before = found.setdefault(one.number, one)
            found[one.number] = replace(one, data=one.data or before.data)
    return found


def _judged(decided: Entry, entries: tuple[Entry, ...]) -> KnownVersion | None:
    """By the `run` entry that the gate wrote with its decision."""
    run = run_entry(entries, decided)
    results: Mapping[str, Mapping[str, str]] = run.body["results"] if run is not None else {}
    if "train" not in results:
        return None
    return KnownVersion(
        number=decided.body["version"],
        bundle=decided.body["bundle"],
        training=results["train"]["address"],
        sha256=results["train"]["sha256"],
        data=results.get("redact", {}).get("content", ""),
    )
