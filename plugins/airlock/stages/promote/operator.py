"""Promotes an approved candidate to champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.promote.record import Promotion


class PromoteOperator(StageOperator):
    """Write the ledger entry that makes the candidate champion; MLflow's alias follows it.

    Args:
        decision: address of a `Decision` (templated).
        approval: address of an `Approval` (templated).
        training: address of the candidate's `Training` (templated).
        validation: address of the `Validation` of its data (templated).
        model: the model's registered name.

    Returns:
        The address of a `Promotion`.
    """

    stage: ClassVar[str] = "promote"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {
        "decision": "gate",
        "approval": "approve",
        "training": "train",
        "validation": "validate",
    }
    template_fields: Sequence[str] = tuple(reads)

    def __init__(
        self,
        *,
        decision: str,
        approval: str,
        training: str,
        validation: str,
        model: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.decision = decision
        self.approval = approval
        self.training = training
        self.validation = validation
        self.model = model

    def run_stage(self, attempt: Attempt) -> Promotion:
        """Check the decision and the answer against the ledger, then promote."""
        from airlock.stages.approve.record import Approval
        from airlock.stages.gate.record import Decision
        from airlock.stages.promote.stage import promote
        from airlock.stages.train.record import Training
        from airlock.stages.validate.record import Validation

        return promote(
            attempt.read(Decision, self.decision),
            attempt.read(Approval, self.approval),
            training=attempt.read(Training, self.training),
            validation=attempt.read(Validation, self.validation),
            ledger=attempt.ledger(self.model, to_write=True),
            mlflow=attempt.settings.mlflow(),
            now=attempt.now,
        )
