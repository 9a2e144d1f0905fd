"""Promotes past the gate, time-limited and audited, and notifies everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.config.notify import notify
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.attempt import Attempt
    from airlock.stages.break_glass.record import BreakGlass


class BreakGlassOperator(StageOperator):
    """Make a version champion though the gate or the approvers did not let it through.

    Only for the people that its policy names, for at most as long as the policy allows. Unless
    another person confirms it in time, `airlock_reconcile` brings the champion before back.

    Args:
        model: the model's registered name (templated).
        candidate: the version (templated).
        reason: why; the ledger keeps it (templated).
        hours: until it falls back (templated).

    Returns:
        The address of a `BreakGlass`.
    """

    stage: ClassVar[str] = "break_glass"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    template_fields: Sequence[str] = ("model", "candidate", "reason", "hours")

    def __init__(
        self, *, model: str, candidate: str | int, reason: str, hours: str | float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.candidate = candidate
        self.reason = reason
        self.hours = hours

    def execute(self, context: Context) -> str:
        """Do it, and tell everybody."""
        return self.pass_through(context, partial(self._break, context))

    def _break(self, context: Context, attempt: Attempt) -> BreakGlass:
        from airlock.stages.break_glass.stage import break_glass
        from airlock.stages.train.record import Training

        def split(address: str, sha256: str) -> str:
            return attempt.read_recorded(Training, address, sha256=sha256).record.split

        record = break_glass(
            ledger=attempt.known_ledger(self.model),
            version=int(self.candidate),
            hours=float(self.hours),
            by=attempt.person(),
            reason=self.reason,
            origin=attempt.origin,
            split=split,
            verify=partial(attempt.verify_bundle, self.model),
            mlflow=attempt.settings.mlflow(),
            now=attempt.now,
        )
        notify(
            context,
            subject=f"BREAK-GLASS: {self.model} version {record.version} is champion",
            message=" ".join(record.facts()),
            escalate=True,
        )
        return record
