"""Thin glue: what it reads, and who does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from leads_airlock.explain.record import Explanation


class ExplainOperator(StageOperator):
    """Say which columns a candidate listens to.

    Args:
        redaction: address of a `Redaction` (templated).
        training: address of a `Training` (templated).
        model: the model's registered name.

    Returns:
        The address of an `Explanation`.
    """

    stage: ClassVar[str] = "explain"
    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact", "training": "train"}
    template_fields: Sequence[str] = ("redaction", "training")

    def __init__(self, *, redaction: str, training: str, model: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.training = training
        self.model = model

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """Nothing but the inputs and the model's name decides."""
        return {"model": self.model}

    def run_stage(self, attempt: Attempt) -> Explanation:
        """Load the candidate, and shuffle."""
        from airlock.stages.redact.record import Redaction
        from airlock.stages.train.record import Training
        from leads_airlock.explain.stage import explain

        redaction = attempt.read(Redaction, self.redaction)
        training = attempt.read(Training, self.training)
        return explain(
            redaction.record,
            model=self.model,
            table=attempt.fetch(redaction.result.data),
            bundle=attempt.fetch(training.result.data),
            name=training.result.data.digest,
        )
