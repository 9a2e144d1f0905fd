"""Registers one MLflow version for one bundle, however many attempts there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.names import checked_model
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.register.record import Registration


class RegisterOperator(StageOperator):
    """Register the bundle in MLflow once, and load it once in a fresh process.

    Args:
        training: address of a `Training` (templated).
        evaluation: address of its `Evaluation` (templated), whose figures go onto the MLflow run.
        model: the model's registered name.

    Returns:
        The address of a `Registration`.
    """

    stage: ClassVar[str] = "register"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    reads: ClassVar[Mapping[str, str]] = {"training": "train", "evaluation": "evaluate"}
    reusable: ClassVar[bool] = False
    template_fields: Sequence[str] = tuple(reads)

    def __init__(self, *, training: str, evaluation: str, model: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.training = training
        self.evaluation = evaluation
        self.model = checked_model(model)

    def run_stage(self, attempt: Attempt) -> Registration:
        """Find or create the version."""
        from airlock.stages.evaluate.record import Evaluation
        from airlock.stages.register.stage import register
        from airlock.stages.train.record import Training

        training = attempt.read(Training, self.training)
        return register(
            training.record,
            attempt.read(Evaluation, self.evaluation).record,
            model=self.model,
            bundle=attempt.fetch(training.result.data, own=True),
            bundle_digest=training.result.data.digest,
            data_digest=training.result.inputs.get("redaction", ""),
            ledger=attempt.ledger(self.model, to_write=True),
            mlflow=attempt.settings.mlflow(),
            scratch=attempt.scratch,
            smoke_timeout=attempt.settings.smoke_timeout,
        )
