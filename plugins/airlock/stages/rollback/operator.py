"""Rolls back to an earlier champion, in the name of the person who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.errors import SpecError
from airlock.engine.operator import StageOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.rollback.record import Rollback


class RollbackOperator(StageOperator):
    """Make an earlier champion champion again. MLflow need not be up for it.

    Args:
        model: the model's registered name (templated).
        reason: why; the ledger keeps it (templated).
        to_version: which one; empty for the champion before the present one (templated).

    Returns:
        The address of a `Rollback`. The gate refuses the withdrawn bundle from then on.
    """

    stage: ClassVar[str] = "rollback"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    template_fields: Sequence[str] = ("model", "reason", "to_version")

    def __init__(
        self, *, model: str, reason: str, to_version: str | int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.reason = reason
        self.to_version = to_version

    def run_stage(self, attempt: Attempt) -> Rollback:
        """Verify the older bundle's files, then write who is champion."""
        from airlock.stages.rollback.stage import rollback, scored_nights

        return rollback(
            ledger=attempt.known_ledger(self.model),
            to_version=self._version(),
            by=attempt.person(),
            reason=self.reason,
            origin=attempt.origin,
            verify=partial(attempt.verify_bundle, self.model),
            scored=lambda bad: scored_nights(attempt.stores["store"], self.model, bad.bundle),
            mlflow=attempt.settings.mlflow(),
            now=attempt.now,
        )

    def _version(self) -> int | None:
        # A templated None arrives as text.
        if self.to_version in (None, "", "None"):
            return None
        try:
            return int(self.to_version)
        except ValueError:
            raise SpecError(
                "The parameter to_version is not a version number.",
                do="Write a whole number, or leave it empty for the champion before.",
            ) from None
