"""The champion at work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.errors import DataError, ModelError, SpecError
from airlock.stages.base import StageOperator
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.record import Record
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Rescoring, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.serving import serve
from airlock.stages.train.record import Training

if TYPE_CHECKING:
    from airlock.ledger import Champion
    from airlock.predictions import Partition
    from airlock.stages.attempt import Attempt
    from airlock.stages.publication import Published


class ScoreOperator(StageOperator):
    """Score a redacted snapshot with the champion that the ledger names.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.
        score: bands, what counts as unsure, and outputs besides the store.

    Returns:
        The address of a `Scoring`.
    """

    stage: ClassVar[str] = "score"
    version: ClassVar[int] = 3
    reads: ClassVar[Mapping[str, type[Record]]] = {"redaction": Redaction}
    template_fields: Sequence[str] = ("redaction",)

    def __init__(
        self, *, redaction: str, model: str, score: ScoreSpec | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.model = model
        self.score = score or ScoreSpec()

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """Who is champion, for which night, and what each row is told besides."""
        champion = self.who(attempt)
        return {
            "model": self.model,
            "champion": [champion.sequence, champion.bundle],
            "night": attempt.night,
            "score": self.score.decisive(),
        }

    def run_stage(self, attempt: Attempt) -> Scoring:
        """Load the champion by its digest and stamp every row."""
        from airlock.stages.score.stage import score
        from airlock.stages.score.stage.margin import margin

        redaction = attempt.read(Redaction, self.redaction)
        champion = self.who(attempt)
        training = attempt.read_recorded(
            Training, champion.training, sha256=champion.training_sha256
        )
        return score(
            redaction.record,
            champion,
            model=self.model,
            night=attempt.night,
            table=attempt.fetch(redaction.result.data),
            bundle=attempt.bundle(self.model, training.result.data),
            out=attempt.data,
            spec=self.score,
            margin=margin(
                champion,
                attempt.ledger(self.model).entries(),
                lambda address, sha256: (
                    attempt.read_recorded(Evaluation, address, sha256=sha256).record
                ),
                coverage=self.score.coverage,
            ),
            source=(redaction.address, redaction.sha256),
            processes=self.score.processes or len(os.sched_getaffinity(0)),
        )

    def who(self, attempt: Attempt) -> Champion:
        """Whose bundle scores."""
        return champion_of(attempt, self.model)

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter the night in the catalogue, where consumers look, and fill their tables from it."""
        assert isinstance(record, Scoring)
        serve(
            attempt,
            served(record, published),
            published,
            parts=record.parts,
            tables=self.score.tables,
        )

    @classmethod
    def record_class(cls) -> type[Record]:
        """`Scoring`."""
        return Scoring


class RescoreOperator(StageOperator):
    """Score again, with today's champion, exactly the nights that a withdrawn version stamped.

    Each night's own redacted table is scored, in the way that the night was scored the first time.
    What is replaced stays in the store, and in the catalogue as superseded.

    Args:
        model: the model's registered name (templated).
        withdrawn: the version whose predictions are replaced (templated).
        reason: why; the catalogue keeps it, and your name (templated).

    Returns:
        The address of a `Rescoring`; red if a night is left, after all others were done.
    """

    stage: ClassVar[str] = "rescore"
    reusable: ClassVar[bool] = False
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
            attempt.stores["store"],
            champion_of(attempt, self.model),
            model=self.model,
            withdrawn=self._version(),
            by=attempt.person(),
            reason=self.reason,
            run_id=attempt.origin.run_id,
            again=partial(self._again, attempt),
        )

    def _again(self, attempt: Attempt, old: Partition, because: str) -> Partition:
        alone = old if len(old.versions) == 1 else self._alone(attempt, old)
        scoring = attempt.read_recorded(Scoring, alone.scoring, sha256=alone.sha256).record
        if not scoring.table:
            raise DataError(
                f"{old.night} was scored before scorings named their table.",
                do="Trigger the scoring DAG for that night.",
            )
        # A scratch of its own, and the redaction as if this run had made it: the catalogue and the
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
        published, _ = usual._obtain(night, usual.run_stage)
        record = Scoring.from_json(published.result.record)
        return serve(
            attempt,
            served(record, published, because=because),
            published,
            parts=record.parts,
            tables=usual.score.tables,
        )

    def _alone(self, attempt: Attempt, mixed: Partition) -> Partition:
        """What one model said of a night that a challenger then answered a share of."""
        from airlock.predictions import partitions

        every = partitions(attempt.stores["store"], self.model, mixed.night)
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
        return Rescoring


def champion_of(attempt: Attempt, model: str) -> Champion:
    """Who scores.

    Raises:
        ModelError: nobody yet.
    """
    champion = attempt.ledger(model).state().champion
    if champion is None:
        raise ModelError(
            f"{model} has no champion yet.",
            do=f"Run its training DAG first; `airlock history {model}` shows decisions.",
        )
    return champion


def served(record: Scoring, published: Published, *, because: str = "") -> Partition:
    """What the catalogue says of a scoring.

    Args:
        because: why the night was scored again.
    """
    from airlock.predictions import Partition

    return Partition(
        model=record.model,
        night=record.night,
        role="served",
        versions=(record.version,),
        sequence=record.sequence,
        scoring=published.address,
        sha256=published.sha256,
        rows=record.rows,
        because=because,
    )
