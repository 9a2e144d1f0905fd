"""Runs `confirm` in the name of the second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.confirm.record import Confirmation


class ConfirmOperator(StageOperator):
    """Let a champion stay that somebody else made by break-glass.

    Args:
        model: the model's registered name (templated).
        reason: why it may stay; the ledger keeps it (templated).

    Returns:
        The address of a `Confirmation`.
    """

    stage: ClassVar[str] = "confirm"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    template_fields: Sequence[str] = ("model", "reason")

    def __init__(self, *, model: str, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.reason = reason

    def run_stage(self, attempt: Attempt) -> Confirmation:
        """Write who stands by it, and why."""
        from airlock.stages.confirm.stage import confirm

        return confirm(
            ledger=attempt.known_ledger(self.model),
            by=attempt.person(),
            reason=self.reason,
            roles=attempt.settings.roles,
            origin=attempt.origin,
            now=attempt.now,
        )
