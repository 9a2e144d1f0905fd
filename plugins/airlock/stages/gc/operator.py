"""Deletes expired raw rows and dead attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.engine.operator import StageOperator
from airlock.stages.gc.spec import GcSpec

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.gc.record import Collection


class GcOperator(StageOperator):
    """Delete rows before redaction and the files of dead attempts, once they are past their time.

    Args:
        retention: how long each kind is kept.
        count_only: whether nothing is deleted (templated).

    Returns:
        The address of a `Collection`. Red if something does not verify: dead attempts are then left
        where they are.
    """

    stage: ClassVar[str] = "gc"
    reusable: ClassVar[bool] = False
    template_fields: Sequence[str] = ("count_only",)

    def __init__(
        self, *, retention: GcSpec | None = None, count_only: bool | str = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.retention = retention or GcSpec()
        self.count_only = count_only

    def run_stage(self, attempt: Attempt) -> Collection:
        """Plan, tell, delete."""
        from airlock.ledger import models
        from airlock.stages.gc.stage import plan, sweep

        # A template becomes text.
        dry_run = str(self.count_only) == "True"
        stores = attempt.stores
        ledgers = (attempt.ledger(model) for model in models(stores["store"]))
        planned = plan(stores, ledgers, self.retention, now=attempt.now)
        if not dry_run:
            sweep(planned, stores)
        return planned.collection(dry_run=dry_run)
