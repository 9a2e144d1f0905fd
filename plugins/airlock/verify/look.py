"""The options and the findings of a verification."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.core.content import sha256_of_file
from airlock.core.errors import (
    AirlockError,
    ObjectMissing,
    RegistryUnavailable,
    StoreUnavailable,
    Unverified,
)
from airlock.ledger import Entry, Ledger
from airlock.store import Store, Zone

if TYPE_CHECKING:
    from airlock.engine.publication import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What does not hold. `sequence` is the first ledger entry that says otherwise."""

    sequence: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came out for one model.

    Args:
        entries: of the ledger that hold.
        bundles: of those who were ever champion or on trial, whose files are as they were.
        copies: MLflow's, of the same; with `deep` of every version that was judged.
        results: that an entry names, whose every file is as it was.
        gone: those whose rows were deleted past their retention, or erased.
        checkpoints: that the chain was compared with.
        problems: all that does not hold.
        warnings: what decides nothing, and is not as it should be.
        covered: every object of the stores that was held against an entry, by zone and key, and the
            first entry that it was held against.
        note: what could not be looked at.
    """

    model: str
    entries: int = 0
    bundles: int = 0
    copies: int = 0
    results: int = 0
    gone: int = 0
    checkpoints: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    covered: Mapping[tuple[Zone, str], int] = field(default_factory=dict, repr=False)
    note: str = ""

    @property
    def first(self) -> Problem | None:
        """The one with the lowest sequence number."""
        return min(self.problems, key=lambda one: one.sequence, default=None)

    @property
    def bad(self) -> int:
        """The first sequence number that does not hold; 0 if all do."""
        return self.first.sequence if self.first else 0

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        return self.first.text if self.first else ""


@dataclass(kw_only=True)
class Look:
    """One verification of one model, while it goes on.

    Args:
        ledger: of the model.
        stores: both zones.
        scratch: a local folder for downloads.
        now: UTC; ages count up to here.
        raw_days: how long rows before redaction must be kept; None if nobody asks.
        quarantine_days: the same of what validation set aside.
        entries: those that hold.
        cut: whether there were or are entries behind them.
    """

    ledger: Ledger
    stores: Stores
    scratch: Path
    now: datetime
    raw_days: float | None = None
    quarantine_days: float | None = None
    entries: Sequence[Entry] = ()
    cut: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    covered: dict[tuple[Zone, str], int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def store(self) -> Store:
        """The zone where the ledger lies."""
        return self.stores["store"]

    def bad(self, sequence: int, text: str) -> None:
        """Note what does not hold."""
        self.problems.append(Problem(sequence=sequence, text=text))

    def cover(self, key: str, sequence: int, zone: Zone = "store") -> None:
        """Note that an object was held against an entry."""
        self.covered[zone, key] = min(sequence, self.covered.get((zone, key), sequence))

    @contextmanager
    def holds(self, sequence: int) -> Iterator[None]:
        """Note what goes wrong in the block, and go on.

        Raises:
            StoreUnavailable: whether it holds cannot be said now.
            RegistryUnavailable: the same of MLflow.
        """
        try:
            yield
        except (StoreUnavailable, RegistryUnavailable):
            raise
        except ObjectMissing as error:
            self.bad(sequence, f"It is gone: {error.what}")
        except AirlockError as error:
            self.bad(sequence, str(error))

    def digest(self, zone: Zone, key: str) -> str:
        """SHA-256 of an object, in bounded memory; what was downloaded for it is removed."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            try:
                return sha256_of_file(self.stores[zone].local(key, Path(folder)))
            except ObjectMissing:
                raise Unverified(
                    f"{key} is gone.", do="Bring it back from a backup, and find out who took it."
                ) from None

    def finding(self) -> Verification:
        """What came out."""
        return Verification(
            model=self.ledger.model,
            problems=tuple(self.problems),
            warnings=tuple(self.warnings),
            covered=dict(self.covered),
            **self.counts,  # type: ignore[arg-type]  # the numbers alone
        )
