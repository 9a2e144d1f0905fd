"""The second pair of eyes, after the fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.errors import SpecError
from airlock.stages.base import StageOperator
from airlock.stages.confirm.record import Confirmation
from airlock.stages.record import Record

if TYPE_CHECKING:
    from airlock.stages.attempt import Attempt


class ConfirmOperator(StageOperator):
    """Let a champion stay that somebody else made by break-glass.

    Args:
        model: the model's registered name (templated).
        reason: why it may stay; the ledger keeps it (templated).

    Returns:
        The address of a `Confirmation`.
    """

    stage: ClassVar[str] = "confirm"
    reusable: ClassVar[bool] = False
    template_fields: Sequence[str] = ("model", "reason")

    def __init__(self, *, model: str, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.reason = reason

    def run_stage(self, attempt: Attempt) -> Confirmation:
        """Write who stands by it, and why."""
        from airlock.ledger import models
        from airlock.stages.confirm.stage import confirm

        if self.model not in (known := list(models(attempt.stores["store"]))):
            raise SpecError(
                f"No model {self.model!r} has a ledger.",
                do=f"Name one of: {', '.join(known) or 'none was ever decided about'}.",
            )
        if attempt.triggered_by is None:
            raise SpecError(
                "Nobody answers for this: the run was not triggered by a person.",
                do="Trigger it in Airflow's UI or API, signed in.",
            )
        return confirm(
            ledger=attempt.ledger(self.model, to_write=True),
            by=attempt.triggered_by,
            reason=self.reason,
            roles=attempt.settings.roles,
            origin=attempt.origin,
            now=attempt.now,
        )

    @classmethod
    def record_class(cls) -> type[Record]:
        """`Confirmation`."""
        return Confirmation
