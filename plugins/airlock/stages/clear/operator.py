"""Runs `clear` in the name of the person who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.clear.record import Clearance


class ClearOperator(StageOperator):
    """Allow a bundle that was rolled back to be a candidate again; it still has to pass the gate.

    Args:
        model: the model's registered name (templated).
        withdrawn: the version that a rollback withdrew (templated).
        reason: why it may come back; the ledger keeps it (templated).

    Returns:
        The address of a `Clearance`.
    """

    stage: ClassVar[str] = "clear"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    template_fields: Sequence[str] = ("model", "withdrawn", "reason")

    def __init__(self, *, model: str, withdrawn: str | int, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.withdrawn = withdrawn
        self.reason = reason

    def run_stage(self, attempt: Attempt) -> Clearance:
        """Write who clears what, and why."""
        from airlock.stages.clear.stage import clear

        return clear(
            ledger=attempt.known_ledger(self.model),
            version=int(self.withdrawn),
            by=attempt.person(),
            reason=self.reason,
            origin=attempt.origin,
            now=attempt.now,
        )
