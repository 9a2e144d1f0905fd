"""What a stage is given: who runs it, for which night, and access to what it may read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from airlock import signing
from airlock.config.keys import SIGNING, KeyName
from airlock.config.settings import Settings
from airlock.core.content import sha256 as sha256_of
from airlock.core.errors import SpecError, Unverified
from airlock.engine import publication
from airlock.engine.past_nights import archive_of
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, Input, Origin, Receipt, Record, record_of
from airlock.engine.seals import Seals, give_sealed
from airlock.ledger import KEYS, Champion, Entry, Ledger, entry_about, models, named

if TYPE_CHECKING:
    from airlock.catalogs.archive import Archive

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of one task.

    Args:
        origin: which try of which task of which run.
        night: partition date of the run, ISO.
        params: the run's parameters.
        overrides: names of the parameters that a person set to something else than their default.
        usual: what those are by default.
        triggered_by: the person who triggered the run; None for the schedule.
        by_hand: whether they did it themselves: a run that a task triggers inherits the name of
            whoever triggered that task's own run.
        now: when the try began, UTC; the only clock that a stage sees.
        settings: how this deployment is configured.
        scratch: a local folder of this try alone.
        key: the stage key, known once the inputs are read; "" for stages that are not reusable.
        model: whose ledger may vouch for what this try reads; None if the stage is about none.
        ends: when the tasks ended whose results it has read, UTC.
    """

    origin: Origin
    night: str
    params: Mapping[str, Any]
    overrides: tuple[str, ...]
    triggered_by: str | None
    now: datetime
    settings: Settings
    scratch: Path
    key: str = ""
    by_hand: bool = True
    model: str | None = None
    usual: Mapping[str, Any] = field(default_factory=dict)
    ends: list[datetime] = field(default_factory=list, repr=False)
    _inputs: dict[str, Input[Any]] = field(default_factory=dict, repr=False)
    _ledgers: dict[str, Ledger] = field(default_factory=dict, repr=False)

    @cached_property
    def stores(self) -> Stores:
        """The two zones of the store, proven to deny a second create."""
        stores: Stores = {"store": self.settings.store("store"), "raw": self.settings.store("raw")}
        _prove_create_once(stores)
        return stores

    @property
    def data(self) -> Path:
        """Where the stage writes what later stages read."""
        return _make_folder(self.scratch / "out" / "data")

    @property
    def report(self) -> Path:
        """Where the stage writes what people read."""
        return _make_folder(self.scratch / "out" / "report")

    def read(self, kind: type[R], address: str) -> Input[R]:
        """Load the result of an earlier stage of this very run.

        Args:
            kind: the record's class.
            address: from XCom, which anybody with edit rights can change: hence the receipt.

        Raises:
            Unverified: this run never produced it, or it was altered.
        """
        if address not in self._inputs:
            receipt = self.receipt(kind.stage, address)
            self._inputs[address] = self.read_recorded(kind, address, sha256=receipt.sha256)
            self.ends.append(receipt.at)
        return self._inputs[address]

    def receipt(self, stage: str, address: str) -> Receipt:
        """Which task of this very run ended a stage with a result, and when.

        Raises:
            Unverified: this run never produced it, or nobody signed that it did.
        """
        receipt = publication.receipt_for(
            self.stores["store"],
            dag_id=self.origin.dag_id,
            run_id=self.origin.run_id,
            stage=stage,
            address=address,
        )
        if self.settings.sealed and not self.vouched(receipt):
            raise Unverified(
                f"The receipt of this run for {address} has no signature that counts.",
                do=f"Clear {stage} of this run. It began under an earlier version or another "
                "signing key, or somebody wrote the receipt past the stage: then find out who.",
            )
        return receipt

    @cached_property
    def seals(self) -> Seals:
        """By the keys of no one ledger: stages serve several models."""
        return Seals(store=self.stores["store"], trusted=self.ledger(KEYS).valid_keys())

    def vouched(self, receipt: Receipt) -> bool:
        """Whether it is sealed, or the ledger names it: that says when a retired key counted."""
        if self.seals.on_receipt(receipt):
            return True
        name = sha256_of(receipt.stored())
        entries = self.ledger(self.model).entries() if self.model else ()
        return any(one.receipt == name for entry in entries for one in named(entry))

    def give(self, published: Published, receipt: Receipt) -> None:
        """Note that this run ended a stage with a result, under the platform's signature."""
        if self.settings.sealed:
            signer = self.ledger(KEYS, to_write=True).key()
            give_sealed(self.stores["store"], signer, published, receipt)
        else:
            publication.give_receipt(self.stores["store"], receipt)

    def read_recorded(self, kind: type[R], address: str, *, sha256: str) -> Input[R]:
        """Load a result that a receipt or the ledger vouches for, of whatever run.

        Raises:
            Unverified: it is not the recorded one.
        """
        found = publication.load(self.stores["store"], address, expected=sha256)
        record = kind.from_json(found.result.record)
        return Input(address=address, sha256=sha256, result=found.result, record=record)

    def fetch(
        self, folder: Folder, *, only: Collection[str] | None = None, own: bool = False
    ) -> Path:
        """A local folder with exactly the files of a stored one, verified; to be read only.

        Args:
            only: the paths that are needed; all if None.
            own: whether it must be a copy of this try's own: what is run, or signed.
        """
        scratch = _make_folder(self.scratch / "in")
        return publication.fetch(self.stores, folder, scratch, only=only, own=own)

    def bundle(self, model: str, folder: Folder) -> Path:
        """A bundle that was decided about, fetched and verified, to be loaded.

        Raises:
            Unverified: it was altered, or no key that counts in the model's ledger signed it.
        """
        signing.stored(
            self.stores["store"],
            model=model,
            bundle=folder.digest,
            trusted=self.ledger(model).valid_keys(),
        )
        return self.fetch(folder, own=True)

    def verify_bundle(self, model: str, champion: Champion) -> None:
        """Fetch every file of a champion's bundle, signed, and as it was when it was promoted.

        Raises:
            Unverified: a file is missing, added or altered, or nobody who counts signed it.
        """
        made = self.read_recorded(
            record_of("train"), champion.training, sha256=champion.training_sha256
        )
        self.bundle(model, made.result.data)
        if made.result.data.digest != champion.bundle:
            raise Unverified(
                f"The bundle of version {champion.version} is not the one that the ledger names.",
                do=f"`airlock verify {model}` says more. Choose another version.",
            )

    def archive(self, model: str) -> Archive:
        """What was predicted by one model, and what turned out to be true."""
        return archive_of(self.ledger(model), self.fetch)

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        """The decisions about one model; what was verified once in this task is not read again."""
        known = self._ledgers.get(model)
        if known is None or (to_write and known.signer is None):
            known = self._ledgers[model] = self.settings.ledger(model, to_write=to_write)
        return known

    def demand_entry(self, model: str, one: Input[Any]) -> Entry:
        """The entry of a model's ledger that is about a result, for whoever acts on it.

        Raises:
            Unverified: there is none.
        """
        entry = entry_about(self.ledger(model).entries(), one.address, one.sha256)
        if entry is None:
            raise Unverified(
                f"No entry of the ledger of {model} is about {one.address}: it is not under a "
                "signature.",
                do=f"Clear {one.result.stage} of this run: it signs what it left. If that does not "
                "help, find out who wrote it.",
            )
        return entry

    def signed(self, model: str, found: Published) -> bool:
        """Whether an entry of a model's ledger is about exactly this result."""
        entries = self.ledger(model).entries()
        return entry_about(entries, found.address, found.sha256) is not None

    def may_reuse(self, found: Published, *, of: str | None, signs: bool, judged: bool) -> bool:
        """Whether a result that lies in a slot may stand for a stage's own work.

        Args:
            of: the model that the stage is about.
            signs: whether the stage signs what it leaves: then only an entry will do.
            judged: whether others go by it, who sign.
        """
        if not signs and (self.seals.on_result(found) if self.settings.sealed else not judged):
            return True
        return of is not None and self.signed(of, found)

    @property
    def to_seal(self) -> frozenset[KeyName]:
        """The key that seals what this try leaves."""
        return frozenset({SIGNING} if self.settings.sealed else ())

    def known_ledger(self, model: str) -> Ledger:
        """The decisions about a model that a person named, to be written to.

        Raises:
            SpecError: nothing was ever decided about a model of that name.
        """
        if model not in (known := list(models(self.stores["store"]))):
            raise SpecError(
                f"No model {model!r} has a ledger.",
                do=f"Name one of: {', '.join(known) or 'none was ever decided about'}.",
            )
        return self.ledger(model, to_write=True)

    def person(self) -> str:
        """Who answers for this run.

        Raises:
            SpecError: the schedule started it, or another program without a name; or a task did,
                whose code may be a model's, in the name of whoever started that task's run.
        """
        if self.triggered_by is None or not self.by_hand:
            raise SpecError(
                "Nobody answers for this: the run was not triggered by a person.",
                do="Trigger it in Airflow's UI or API, signed in.",
            )
        return self.triggered_by


_PROVEN: set[str] = set()


def _prove_create_once(stores: Stores) -> None:
    for store in stores.values():
        if store.uri not in _PROVEN:
            store.prove_create_once()
            _PROVEN.add(store.uri)


def _make_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
