"""Checks a snapshot against the expectations, and quarantines bad rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airlock.engine.operator import StageOperator
from airlock.engine.record import Input, record_of
from airlock.reading import read_json

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.validate.record import Reference, Validation
    from airlock.stages.validate.spec import Expectations
    from airlock.store import Zone

# With tonight's a month of nights: enough to see a trend, few enough to read.
_EARLIER = 29


class ValidateOperator(StageOperator):
    """Check a snapshot with Great Expectations; set failing rows aside where the file says so.

    Args:
        snapshot: address of a `Snapshot`, or of a `Preparation` (templated).
        expectations: the expectations, known when the DAG is written.
        model: whose champion's data the rows are held against; None compares with nothing.
        table: the stage that leaves what `snapshot` names.

    Returns:
        The address of a `Validation`. A critical failure publishes its report and turns red.
    """

    stage: ClassVar[str] = "validate"
    # 3: `$` is the end of a text, and a pattern always means what it means to Python.
    # 5: no bin of a histogram is about one row, and a large constant has one; patterns, sets and
    # uniqueness are judged of every type.
    version: ClassVar[int] = 5
    zone: ClassVar[Zone] = "raw"
    reads: ClassVar[Mapping[str, str]] = {"snapshot": "snapshot"}
    template_fields: Sequence[str] = ("snapshot",)

    def __init__(
        self,
        *,
        snapshot: str,
        expectations: Expectations,
        model: str | None = None,
        table: Literal["snapshot", "prepare"] = "snapshot",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.snapshot = snapshot
        self.expectations = expectations
        self.model = model
        self._reference: Reference | None = None

    def read_inputs(self, attempt: Attempt) -> dict[str, Input[Any]]:
        """The table, of the stage that was named when the DAG was written."""
        return {"snapshot": attempt.read(record_of(self.table), self.snapshot)}

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The expectations, and whose histograms the rows are held against."""
        # Looked up once: a promotion in between must not put its champion under this one's key.
        self._reference = self._looked_up(attempt)
        return {
            "expectations": self.expectations.to_json(),
            "reference": asdict(self._reference) if self._reference else None,
        }

    def run_stage(self, attempt: Attempt) -> Validation:
        """Check every row, and say how it went in the last runs."""
        from airlock.engine.publication import recent
        from airlock.reports.validation import write_validation
        from airlock.stages.snapshot.record import Snapshot
        from airlock.stages.validate.stage.validate import validate

        snapshot = self.read_inputs(attempt)["snapshot"]
        assert isinstance(snapshot.record, Snapshot)
        record = validate(
            snapshot.record,
            self.expectations,
            table=attempt.fetch(snapshot.result.data),
            out=attempt.data,
            report=attempt.report,
            reference=self._histograms(attempt),
        )
        record = replace(record, reference=self._reference)
        origin = attempt.origin
        ended = recent(
            attempt.stores["store"], dag_id=origin.dag_id, stage=self.stage, last=_EARLIER
        )
        # A run that was cleared has ended before, and is tonight's.
        earlier = [result for receipt, result in ended if receipt.run_id != origin.run_id]
        write_validation(record, earlier, attempt.report)
        return record

    def _looked_up(self, attempt: Attempt) -> Reference | None:
        from airlock.stages.validate.record import Reference, Validation

        champion = attempt.ledger(self.model).state().champion if self.model else None
        if champion is None:
            return None
        reference = Reference(address=champion.validation, sha256=champion.validation_sha256)
        made = attempt.read_recorded(Validation, reference.address, sha256=reference.sha256)
        if made.result.inputs["snapshot"] == self.read_inputs(attempt)["snapshot"].content:
            # The champion's own night again: what it was compared with then, so that it is reused.
            return made.record.reference
        return reference

    def _histograms(self, attempt: Attempt) -> Mapping[str, Any] | None:
        from airlock.stages.validate.record import Validation

        if self._reference is None:
            return None
        made = attempt.read_recorded(
            Validation, self._reference.address, sha256=self._reference.sha256
        )
        path = attempt.fetch(made.result.report) / "histograms.json"
        histograms: Mapping[str, Any] = read_json(path.read_bytes())
        return histograms
