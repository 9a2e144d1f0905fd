"""The champion at work."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.errors import ModelError
from airlock.stages.base import StageOperator
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.record import Record
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Scoring
from airlock.stages.score.spec import ScoreSpec, SqlOutput
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
        score: bands, who is asked, and outputs besides the store.

    Returns:
        The address of a `Scoring`.
    """

    stage: ClassVar[str] = "score"
    version: ClassVar[int] = 2
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
        champion = self._champion(attempt)
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
        champion = self._champion(attempt)
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

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter the night in the catalogue, where consumers look, and fill their tables from it."""
        assert isinstance(record, Scoring)
        enter(attempt, record, published, self.score.tables)

    def _champion(self, attempt: Attempt) -> Champion:
        champion = attempt.ledger(self.model).state().champion
        if champion is None:
            raise ModelError(
                f"{self.model} has no champion yet.",
                do=f"Run its training DAG first; `airlock history {self.model}` shows decisions.",
            )
        return champion

    @classmethod
    def record_class(cls) -> type[Record]:
        """`Scoring`."""
        return Scoring


def enter(
    attempt: Attempt,
    record: Scoring,
    published: Published,
    tables: Sequence[SqlOutput],
    *,
    because: str = "",
) -> Partition:
    """Enter a scoring in the catalogue, and have tables hold it unless something newer serves.

    Args:
        because: why the night was scored again.
    """
    from airlock import predictions

    store = attempt.stores["store"]
    entered = predictions.publish(
        store,
        predictions.Partition(
            model=record.model,
            night=record.night,
            role="served",
            versions=(record.version,),
            sequence=record.sequence,
            scoring=published.address,
            sha256=published.sha256,
            rows=record.rows,
            because=because,
        ),
    )
    if tables and predictions.serving(store, record.model, record.night) == entered:
        from airlock.stages.score.stage.deliver import deliver

        folder = attempt.fetch(published.result.data)
        parts = [folder / part.path for part in record.parts]
        for one in tables:
            deliver(attempt.settings.database(one.connection), one.table, entered, parts)
    return entered
