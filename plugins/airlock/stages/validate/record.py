"""What validate leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record, Verdict
from airlock.stages.snapshot.record import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one expectation; counts only.

    Args:
        success: whether it holds of the rows that go on.
        unexpected: rows that broke it, set aside or not; 0 if it is about the whole table.
        sentence: what was expected, in words, without any value from the data.
        on_fail: `quarantine` if the rows that broke it were set aside.
    """

    expectation: str
    column: str | None
    severity: str
    success: bool
    unexpected: int
    sentence: str
    on_fail: str = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Whose histograms the rows were held against: a validation, as the ledger names it."""

    address: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far one column is from the reference, by one measure.

    Args:
        measure: psi, js, nulls or new_categories.
        value: the measure; None if too few rows could be compared.
        limit: the limit that was broken, or else the lowest one; None without any.
        severity: `critical` stops the chain, `warning` is carried to the gate, `info` is in order.
        sentence: all of this in words, with a full stop.
        counts: rows of the reference and rows of tonight, bin by bin, where `measure` is psi; a bin
            of fewer than ten rows counts none, so that none speaks of a person.
    """

    column: str
    measure: str
    value: float | None
    limit: float | None
    severity: str
    sentence: str
    counts: tuple[tuple[int, int], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it stays within its limits."""
        return self.severity == "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(Record):
    """What was checked, and which rows may go on.

    Args:
        suite: digest of the expectations file.
        rows: in the snapshot.
        quarantined: rows set aside.
        checks: one for each expectation, in the file's order.
        parts: the rows that passed, in row order.
        quarantine: the rows set aside, with the reasons in the column `_reasons`.
        reasons: why the chain stops here; empty if it goes on.
        shifts: how far the rows that passed are from the champion's data; empty without a champion.
        reference: what `shifts` compares with.
    """

    stage: ClassVar[str] = "validate"

    suite: str
    night: str | None
    rows: int
    quarantined: int
    checks: tuple[Check, ...]
    parts: tuple[Part, ...]
    quarantine: tuple[Part, ...]
    reasons: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    reference: Reference | None = None

    @property
    def verdict(self) -> Verdict:
        """A critical failure turns the task red: somebody must repair the data or the file."""
        return Verdict(passed=not self.reasons, reasons=self.reasons, repair=True)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the gate and the people behind it should know."""
        broken = (
            f"{check.sentence}: "
            + (f"{check.unexpected:,} rows broke it." if check.unexpected else "it does not hold.")
            for check in self.checks
            if check.severity == "warning" and not check.success
        )
        shifted = {
            (shift.column, shift.measure): shift.sentence
            for shift in self.shifts
            if shift.severity == "warning"
        }
        return (
            *broken,
            # Both measure the shape of a column: one of them is enough to say that it changed.
            *(
                said
                for (column, measure), said in shifted.items()
                if measure != "js" or (column, "psi") not in shifted
            ),
        )

    def facts(self) -> tuple[str, ...]:
        """How many held, how many rows were set aside."""
        held = sum(check.success for check in self.checks)
        return (
            f"{held} of {len(self.checks)} expectations hold.",
            f"{self.quarantined:,} of {self.rows:,} rows are in quarantine.",
            *self.warnings,
            *self.reasons,
        )
