"""Scores again, after a rollback, the nights that a withdrawn version scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.errors import DataError, SpecError
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record
from airlock.engine.serving import serve
from airlock.stages.score.operator.score import ScoreOperator, champion_of, served
from airlock.stages.score.spec import ScoreSpec

if TYPE_CHECKING:
    from airlock.catalogs.predictions import Partition
    from airlock.engine.attempt import Attempt
    from airlock.stages.score.record import Rescoring


class RescoreOperator(StageOperator):
    """Score again, with today's champion, exactly the nights that a withdrawn version stamped.

    Each night's own redacted table is scored, in the way that the night was scored the first time.
    What is replaced stays in the store, and in the catalog as superseded.

    Args:
        model: the model's registered name (templated).
        withdrawn: the version whose predictions are replaced (templated).
        reason: why; the catalog keeps it, and your name (templated).

    Returns:
        The address of a `Rescoring`; red if a night is left, after all others were done.
    """

    stage: ClassVar[str] = "rescore"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    reusable: ClassVar[bool] = False
    attested: ClassVar[bool] = True
    template_fields: Sequence[str] = ("model", "withdrawn", "reason")

    def __init__(self, *, model: str, withdrawn: str | int, reason: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.withdrawn = withdrawn
        self.reason = reason

    def run_stage(self, attempt: Attempt) -> Rescoring:
        """Night by night; a retry goes on where the attempt before it ended."""
        from airlock.stages.score.stage.rescore import rescore

        return rescore(
            attempt.ledger(self.model),
            champion_of(attempt, self.model),
            model=self.model,
            withdrawn=self._version(),
            by=attempt.person(),
            reason=self.reason,
            run_id=attempt.origin.run_id,
            again=partial(self._again, attempt),
        )

    def _again(self, attempt: Attempt, old: Partition, because: str) -> Callable[[], Partition]:
        from airlock.stages.redact.record import Redaction
        from airlock.stages.score.record import Scoring

        alone = old if len(old.versions) == 1 else self._alone(attempt, old)
        scoring = attempt.read_recorded(Scoring, alone.scoring, sha256=alone.sha256).record
        if not scoring.table:
            raise DataError(
                f"{old.night} was scored before scorings named their table.",
                do="Trigger the scoring DAG for that night.",
            )
        # A scratch of its own, and the redaction as if this run had made it: the catalog and the
        # scoring that it names vouch for it, as a receipt would.
        night = replace(
            attempt, night=old.night, scratch=attempt.scratch / old.night, params={}, _inputs={}
        )
        table = night.read_recorded(Redaction, scoring.table, sha256=scoring.table_sha256)
        night._inputs[table.address] = table
        # The usual operator, so that a usual run finds this very result.
        usual = ScoreOperator(
            task_id="score",
            redaction=table.address,
            model=self.model,
            score=ScoreSpec.model_validate(scoring.score),
        )
        record, published, _ = usual._obtain(night, usual.run_stage)
        assert isinstance(record, Scoring)
        assert published is not None  # a scoring is always kept
        return partial(
            serve,
            attempt,
            served(record, published, because=because),
            published,
            parts=record.parts,
            outputs=usual.score.delivered,
            results={
                "score": {
                    "address": published.address,
                    "sha256": published.sha256,
                    "content": published.result.content,
                },
                "redact": {
                    "address": table.address,
                    "sha256": table.sha256,
                    "content": table.content,
                },
            },
            again=True,
        )

    def _alone(self, attempt: Attempt, mixed: Partition) -> Partition:
        """What one model said of a night that a challenger then answered a share of."""
        from airlock.catalogs.predictions import partitions

        every = partitions(attempt.ledger(self.model), mixed.night)
        found = [one for one in every if one.role == "served" and len(one.versions) == 1]
        if not found:
            raise DataError(
                f"{mixed.night} was never scored by one version alone.",
                do="Trigger the scoring DAG for that night.",
            )
        return found[-1]

    def _version(self) -> int:
        try:
            return int(self.withdrawn)
        except ValueError:
            raise SpecError(
                "The parameter version is not a version number.", do="Write a whole number."
            ) from None

    @classmethod
    def record_class(cls) -> type[Record]:
        """`Rescoring`."""
        from airlock.stages.score.record import Rescoring

        return Rescoring
