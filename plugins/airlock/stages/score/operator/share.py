"""Scores one shard of a night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.core.shards import parts_of
from airlock.engine.record import Record
from airlock.stages.score.operator.score import ScoringOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.stages.score.record import ScoredShare
    from airlock.store import Zone


class ScoreShareOperator(ScoringOperator):
    """Score some parts of a night: one of several tasks, mapped over `share`.

    What it leaves lies in the zone `raw`, which `gc` empties: the whole holds the same rows, and no
    consumer reads a share.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.
        score: as for `ScoreOperator`.
        share: which one, from 0.
        shares: how many there are.

    Returns:
        The address of a `ScoredShare`.
    """

    stage: ClassVar[str] = "score_share"
    judged: ClassVar[bool] = True
    zone: ClassVar[Zone] = "raw"

    def __init__(self, *, share: int, shares: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share = share
        self.shares = shares

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """What decides every row, and which rows."""
        return {
            "recipe": self._recipe(attempt, self.who(attempt)),
            "share": self.share,
            "shares": self.shares,
        }

    def run_stage(self, attempt: Attempt) -> ScoredShare:
        """Score this share's parts; no other is fetched."""
        from airlock.stages.redact.record import Redaction
        from airlock.stages.score.stage.score import score_share

        redaction = attempt.read(Redaction, self.redaction)
        # Asked once, so that the recipe names who really scored.
        champion = self.who(attempt)
        self._check_outputs(attempt, champion)
        mine = parts_of(redaction.record.parts, share=self.share, shares=self.shares)
        table = attempt.fetch(redaction.result.data, only={part.path for part in mine})
        return score_share(
            self._job(attempt, champion, redaction.record),
            self._workspace(attempt, champion, table),
            share=self.share,
            shares=self.shares,
            recipe=self._recipe(attempt, champion),
        )

    @classmethod
    def record_class(cls) -> type[Record]:
        """`ScoredShare`."""
        from airlock.stages.score.record import ScoredShare

        return ScoredShare
