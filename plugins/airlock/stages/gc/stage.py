"""Plans what is past its retention time, and deletes it.

Rows before redaction go by their age alone: no decision needs them again. A champion is verified,
compared with and gone back to by what lies in the zone `store` (bundles, redacted tables, records,
reports), and there only files are deleted that no slot names. Whether a slot is missing is asked of
the ledgers first: a deleted slot would make a champion's bundle look like a dead attempt's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airlock.core.errors import AirlockError, StoreUnavailable, Unverified
from airlock.engine import publication
from airlock.engine.failure_notes import FOLDER as FAILURES
from airlock.engine.legal_holds import held_folders
from airlock.engine.publication import Published, Stores
from airlock.ledger import Canary, Champion, Entry, Hold, Ledger, holds
from airlock.stages.gc.record import KINDS, Collection, Deleted, Kind
from airlock.stages.gc.spec import GcSpec
from airlock.store import Stat, Store, Zone

# Whose data lies in the zone raw. Asked for by name: a deployment may keep both zones in one place.
_RAW = ("snapshot", "prepare", "validate", "redact_share", "score_share")
_QUARANTINE = "quarantine/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """One object past its time. `age` counts from its writing."""

    zone: Zone
    key: str
    kind: Kind
    bytes: int
    age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPlan:
    """What would be deleted, by zone and key; and why dead attempts are not among it.

    Args:
        kept: what a legal hold keeps.
        holds: those that keep it.
    """

    doomed: tuple[Doomed, ...]
    held: tuple[str, ...] = ()
    kept: tuple[Doomed, ...] = ()
    holds: tuple[Hold, ...] = ()

    def collection(self, *, dry_run: bool) -> Collection:
        """The counts."""
        by_kind = {kind: [one for one in self.doomed if one.kind == kind] for kind in KINDS}
        return Collection(
            dry_run=dry_run,
            deleted=tuple(
                Deleted(kind=kind, objects=len(some), bytes=sum(one.bytes for one in some))
                for kind, some in by_kind.items()
            ),
            held=self.held,
            kept=len(self.kept),
            holds=tuple(one.sentence() for one in self.holds),
        )


def plan(stores: Stores, ledgers: Iterable[Ledger], spec: GcSpec, *, now: datetime) -> DeletionPlan:
    """Find what is past its time. Nothing is deleted.

    Args:
        stores: both zones.
        ledgers: of all models.
        now: UTC; the ages are up to here.

    Raises:
        StoreUnavailable: a store does not answer.
    """
    found, held = _slots(stores["store"])
    chains = [*ledgers]
    held += _missing(found, chains)
    standing, unread = _holds(chains)
    if not found and (some := next(iter(stores["raw"].list("attempts/")), None)) is not None:
        # A store that is not the one that the rows belong to would call all of them dead.
        held.append(
            f"No result at all lies in {stores['store'].uri}, and rows do in {stores['raw'].uri} "
            f"({_split(some.key)[0]}): they go when their own time is over, and not as dead ones."
        )
    named = {
        folder.prefix
        for slot in found.values()
        for folder in (slot.result.data, slot.result.report)
    }
    doomed = [*_rows(stores["raw"], named, spec, now, sure=not held)]
    doomed += _given_up(stores["store"], spec, now)
    if not held:
        doomed += _dead(stores["store"], named, spec, now)
    # Who cannot read a ledger does not know what it holds.
    blind = unread or (standing and held)
    kept = doomed if blind else [*_kept(doomed, found, standing)]
    return DeletionPlan(
        doomed=tuple(one for one in doomed if one not in set(kept)),
        held=tuple(held),
        kept=tuple(kept),
        holds=standing,
    )


def sweep(planned: DeletionPlan, stores: Stores) -> None:
    """Delete what was planned. Doing it twice, or two at once, changes nothing.

    Raises:
        StoreError: an object cannot be deleted; those before it are gone.
    """
    for one in planned.doomed:
        stores[one.zone].delete(one.key)


def _slots(store: Store) -> tuple[dict[str, Published], list[str]]:
    """Every slot by its address, and what kept some from being read."""
    found, held = {}, []
    for stat in store.list("stages/"):
        try:
            found[stat.key] = publication.load(store, stat.key)
        except StoreUnavailable:
            raise
        except AirlockError as error:
            held.append(str(error))
    return found, held


def _holds(ledgers: Iterable[Ledger]) -> tuple[tuple[Hold, ...], bool]:
    """The legal holds of all ledgers, and whether one of these could not be read."""
    standing: list[Hold] = []
    unread = False
    for ledger in ledgers:
        try:
            standing += holds(ledger.model, ledger.entries())
        except StoreUnavailable:
            raise
        except AirlockError:
            unread = True
    return tuple(standing), unread


def _kept(
    doomed: Iterable[Doomed], found: Mapping[str, Published], standing: Sequence[Hold]
) -> Iterator[Doomed]:
    """What a hold keeps of what is past its time."""
    folders = held_folders({at: one.result for at, one in found.items()}, standing)
    return (one for one in doomed if _split(one.key)[0] in folders)


def _missing(found: Mapping[str, Published], ledgers: Iterable[Ledger]) -> list[str]:
    """Why what the ledgers name is not what the slots hold; nothing if it is."""
    try:
        for ledger in ledgers:
            for entry in ledger.entries():
                for address, sha256 in _results(entry):
                    if address not in found or found[address].sha256 != sha256:
                        raise Unverified(
                            f"Entry {entry.sequence} of the ledger of {ledger.model} names "
                            f"{address}, which is gone or altered: no dead attempt is deleted, "
                            "because one of them may be its file.",
                            do=f"See airlock verify {ledger.model}, and restore it from a backup.",
                        )
    except StoreUnavailable:
        raise
    except AirlockError as error:
        return [str(error)]
    return []


def _results(entry: Entry) -> Iterator[tuple[str, str]]:
    """Address and SHA-256 of every result that an entry names."""
    if entry.kind == "run":
        for told in entry.body["results"].values():
            yield told["address"], told["sha256"]
    if entry.kind in {"promoted", "rolled_back"}:
        champion = Champion.from_entry(entry)
        yield champion.training, champion.training_sha256
        yield champion.validation, champion.validation_sha256
    if entry.kind == "canary":
        challenger = Canary.from_entry(entry).challenger
        yield challenger.training, challenger.training_sha256


def _rows(
    raw: Store, named: set[str], spec: GcSpec, now: datetime, *, sure: bool
) -> Iterator[Doomed]:
    # Only if every slot could be read is what none of them names dead.
    for stat in (stat for stage in _RAW for stat in raw.list(f"attempts/{stage}/")):
        prefix, path = _split(stat.key)
        if not prefix.endswith("/data"):
            continue
        kind: Kind = "raw rows"
        days = spec.raw_days
        if path.startswith(_QUARANTINE):
            kind, days = "quarantined rows", spec.quarantine_days
        if prefix not in named and sure:
            kind, days = "dead attempts", spec.dead_days
        if (one := _doomed("raw", stat, kind, days, now)) is not None:
            yield one


def _dead(store: Store, named: set[str], spec: GcSpec, now: datetime) -> Iterator[Doomed]:
    for stat in store.list("attempts/"):
        if _split(stat.key)[0] not in named:
            one = _doomed("store", stat, "dead attempts", spec.dead_days, now)
            if one is not None:
                yield one


def _given_up(store: Store, spec: GcSpec, now: datetime) -> Iterator[Doomed]:
    """Checkpoints that no training goes on with (one that ends removes its own), and old notes."""
    for folder, days in (
        ("checkpoints/", spec.dead_days),
        (f"{FAILURES}/", spec.raw_days),
        ("requests/", spec.raw_days),
    ):
        for stat in store.list(folder):
            one = _doomed("store", stat, "dead attempts", days, now)
            if one is not None:
                yield one


def _doomed(zone: Zone, stat: Stat, kind: Kind, days: float, now: datetime) -> Doomed | None:
    age = now - stat.modified
    if age <= timedelta(days=days):
        return None
    return Doomed(zone=zone, key=stat.key, kind=kind, bytes=stat.bytes, age=age)


def _split(key: str) -> tuple[str, str]:
    """The folder of an attempt's part, such as attempts/train/<id>/data, and the path in it."""
    parts = key.split("/")
    return "/".join(parts[:4]), "/".join(parts[4:])
