"""Scores a night with the champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.content import digest
from airlock.core.cores import cores
from airlock.core.errors import ModelError
from airlock.core.shards import whole
from airlock.engine.attested import receipts_behind
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record
from airlock.engine.serving import check_outputs, serve, written_by
from airlock.stages.score.spec import ScoreSpec

if TYPE_CHECKING:
    from pathlib import Path

    from airlock.catalogs.predictions import Partition
    from airlock.config.settings import Settings
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.ledger import Champion
    from airlock.stages.redact.record import Redaction
    from airlock.stages.score.record import Scoring
    from airlock.stages.score.stage.score import NightToScore, Workspace
    from airlock.stages.score.stage.share import Share


class ScoringOperator(StageOperator):
    """What decides a row's score, for the whole night and for a share of it alike."""

    reads: ClassVar[Mapping[str, str]] = {"redaction": "redact"}
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
        return self._decisive(attempt, self.who(attempt))

    def who(self, attempt: Attempt) -> Champion:
        """Whose bundle scores."""
        return champion_of(attempt, self.model)

    def _decisive(self, attempt: Attempt, champion: Champion) -> Mapping[str, Any]:
        return {
            "model": self.model,
            "champion": [champion.sequence, champion.bundle],
            "night": attempt.night,
            "score": self.score.decisive(),
            # A CSV of earlier versions may hold formulas, and is not taken for one of these.
            **({"csv": "quoted"} if self.score.csv else {}),
        }

    def _recipe(self, attempt: Attempt, champion: Champion) -> str:
        from airlock.stages.redact.record import Redaction

        table = attempt.read(Redaction, self.redaction).content
        return digest([ScoreOperator.version, table, self._decisive(attempt, champion)])

    def _job(self, attempt: Attempt, champion: Champion, redaction: Redaction) -> NightToScore:
        """What the stage is told, whether it scores all rows or a share of them."""
        from airlock.stages.evaluate.record import Evaluation
        from airlock.stages.score.stage.margin import margin
        from airlock.stages.score.stage.score import NightToScore

        return NightToScore(
            redaction=redaction,
            champion=champion,
            model=self.model,
            night=attempt.night,
            spec=self.score,
            margin=margin(
                champion,
                attempt.ledger(self.model).entries(),
                lambda address, sha256: (
                    attempt.read_recorded(Evaluation, address, sha256=sha256).record
                ),
                coverage=self.score.coverage,
            ),
        )

    def _check_outputs(self, attempt: Attempt, champion: Champion) -> None:
        """Before any row is scored: can the night be delivered at all?"""
        from airlock.stages.train.record import Training

        if not self.score.delivered:
            return
        training = attempt.read_recorded(
            Training, champion.training, sha256=champion.training_sha256
        )
        check_outputs(attempt.settings, self.score.delivered, training.record.classes)

    def _workspace(self, attempt: Attempt, champion: Champion, table: Path) -> Workspace:
        """Where the stage works: beside the champion's bundle, on the cores of this task."""
        from airlock.stages.score.stage.score import Workspace
        from airlock.stages.train.record import Training

        training = attempt.read_recorded(
            Training, champion.training, sha256=champion.training_sha256
        )
        return Workspace(
            table=table,
            bundle=attempt.bundle(self.model, training.result.data),
            out=attempt.data,
            processes=self.score.processes or cores(),
        )


class ScoreOperator(ScoringOperator):
    """Score a redacted snapshot with the champion that the ledger names.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.
        score: bands, what counts as unsure, and outputs besides the store.
        shares: addresses of all `ScoredShare`s of the night (templated), if other tasks have scored
            its rows; then this one proves that they are the whole and puts them together.

    Returns:
        The address of a `Scoring`; it is the same with and without shares.
    """

    stage: ClassVar[str] = "score"
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    version: ClassVar[int] = 4
    template_fields: Sequence[str] = ("redaction", "shares")

    def __init__(self, *, shares: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shares = shares

    def run_stage(self, attempt: Attempt) -> Scoring:
        """Load the champion by its digest and stamp every row, or put together what was scored."""
        from airlock.reports.models import write_scoring
        from airlock.stages.score.stage.histogram import leave_histogram

        record = self._scored(attempt)
        leave_histogram(attempt.data, record.parts, attempt.report)
        write_scoring(record, attempt.report)
        return record

    def _scored(self, attempt: Attempt) -> Scoring:
        from airlock.stages.redact.record import Redaction
        from airlock.stages.score.stage.score import score, together

        redaction = attempt.read(Redaction, self.redaction)
        # Asked once: a promotion in this moment is the next night's.
        champion = self.who(attempt)
        job = self._job(attempt, champion, redaction.record)
        source = (redaction.address, redaction.sha256)
        if shares := self._whole(attempt, champion):
            return together(job, shares=shares, out=attempt.data, source=source)
        self._check_outputs(attempt, champion)
        table = attempt.fetch(redaction.result.data)
        return score(job, self._workspace(attempt, champion, table), source=source)

    def _whole(self, attempt: Attempt, champion: Champion) -> tuple[Share, ...]:
        """All shares in order; none where this task scores the night itself."""
        from airlock.stages.score.record import ScoredShare

        found = [attempt.read(ScoredShare, address) for address in self.shares or ()]
        if any(one.record.sequence != champion.sequence for one in found):
            self.log.warning(
                "Somebody else became champion while the shares were scored. Version %s scores the "
                "whole night here.",
                champion.version,
            )
            return ()
        return whole(
            [(one.record, attempt.fetch(one.result.data)) for one in found],
            recipe=self._recipe(attempt, champion),
        )

    def local_files(self, settings: Settings) -> list[Path]:
        """The tables' databases of SQLite."""
        return written_by(settings, self.score.delivered)

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter the night in the catalog, where consumers look, and fill their tables from it."""
        from airlock.stages.score.record import Scoring

        assert isinstance(record, Scoring)
        serve(
            attempt,
            served(record, published),
            published,
            parts=record.parts,
            outputs=self.score.delivered,
            results=receipts_behind(attempt, published),
            shares=self._named_shares(attempt),
        )

    def _named_shares(self, attempt: Attempt) -> dict[str, str]:
        """The shares that the night was put together from: once signed, they may be used again."""
        from airlock.stages.score.record import ScoredShare

        found = (attempt.read(ScoredShare, address) for address in self.shares or ())
        return {one.address: one.sha256 for one in found}


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
    """What the catalog says of a scoring.

    Args:
        because: why the night was scored again.
    """
    from airlock.catalogs.predictions import Partition

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
        bundles=(record.bundle,),
        data=published.result.inputs.get("redaction", ""),
    )
