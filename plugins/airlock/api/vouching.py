"""Checks that the ledger names a record by digest before the API shows the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from airlock.config.settings import Settings
from airlock.core.errors import Unverified
from airlock.engine.publication import Published
from airlock.engine.record import Record
from airlock.ledger import Entry, chains, entry_that_names, named
from airlock.stages.gate.record import Decision, claim_of

# What people act on: the stage signs it the moment it ends. The others are named by the gate, or by
# the scoring, that comes after them.
SIGNED = frozenset(
    "gate approve promote score shadow route drift labels live canary "
    "rescore rollback clear break_glass confirm".split()
)


_NOT_YET = "Not under a signature: no entry of a ledger names it yet. Gate or score does."
_UNSIGNED = {
    "search": "Under no signature of its own: the evaluation holds its digest, and the gate names "
    "the evaluation."
}


@dataclass(frozen=True, slots=True)
class Vouched:
    """What to say beside a record.

    Args:
        signed: whether an entry names this very record.
        sentence: for people; None where no ledger can say anything.
    """

    signed: bool
    sentence: str | None


@dataclass(frozen=True, slots=True)
class Vouching:
    """The ledgers of one request, each verified once.

    Args:
        entries: of a model's ledger, all of them verified.
    """

    settings: Settings
    entries: Callable[[str], tuple[Entry, ...]]
    _read: dict[str, tuple[Entry, ...]] = field(default_factory=dict)

    def of(self, made: Published, record: Record, *, first: str | None = None) -> Vouched:
        """Find the entry that names a published record.

        Args:
            first: the model whose ledger is the likeliest to, where the record names none.

        Raises:
            Unverified: an entry names another one at its address; or people act on such records,
                and no entry names this one.
            LedgerError: a chain does not verify.
        """
        model: str | None = getattr(record, "model", None)
        # Looked up rather than asked for: a name from a record must not become a path.
        names = [one for one in chains(self.settings.store()) if model in {None, one}]
        names.sort(key=lambda one: one != first)
        for name in names:
            entries = self._entries(name)
            if (entry := _entry(entries, made, record)) is not None:
                return Vouched(
                    True,
                    f"Entry {entry.sequence} of the ledger of {name} names this very record: "
                    f"{entry.kind.replace('_', ' ')}, {entry.at:%Y-%m-%d %H:%M} UTC.",
                )
        if made.result.stage in SIGNED or any(
            one.address == made.address
            for name in names
            for entry in self._entries(name)
            for one in named(entry)
        ):
            raise _refused(made.result.stage, model)
        return Vouched(False, _UNSIGNED.get(made.result.stage, _NOT_YET) if names else None)

    def _entries(self, name: str) -> tuple[Entry, ...]:
        if name not in self._read:
            self._read[name] = self.entries(name)
        return self._read[name]


def _refused(stage: str, model: str | None) -> Unverified:
    command = f"airlock verify {model} --deep" if model else "airlock verify --deep"
    return Unverified(
        f"What {stage} left is not shown: no entry of the ledger names this very record. It was "
        "changed after it was signed, or written before Airlock signed it, or is being signed.",
        do=f"Act on nothing of it. `{command}` says more; for records from before the upgrade see "
        "docs/ledger.md.",
    )


def _entry(entries: tuple[Entry, ...], made: Published, record: Record) -> Entry | None:
    if (found := entry_that_names(entries, made.address, made.sha256)) is not None:
        return found
    # Decisions of earlier versions: the entry holds the digest of what was said.
    if isinstance(record, Decision) and 0 < record.sequence <= len(entries):
        entry = entries[record.sequence - 1]
        said = entry.kind == "decided" and entry.body.get("decision") == claim_of(
            made.result.record
        )
        return entry if said and not entry.body.get("kept") else None
    return None
