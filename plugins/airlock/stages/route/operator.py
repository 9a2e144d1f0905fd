"""Merges the predictions of champion and challenger by the challenger's share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.outputs import Output, delivered
from airlock.engine.attested import append_attestation, receipts_behind
from airlock.engine.operator import StageOperator
from airlock.engine.record import Record
from airlock.engine.serving import serve, written_by

if TYPE_CHECKING:
    from pathlib import Path

    from airlock.config.settings import Settings
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.stages.route.record import Routing


class RouteOperator(StageOperator):
    """Let the challenger answer its share of the keys, and compare the two on all rows.

    Without a challenger on trial nothing changes for consumers; where the champion before scored
    silently, the two are compared all the same.

    Args:
        redaction: address of the `Redaction` that both scored (templated).
        scoring: address of the champion's `Scoring` (templated).
        shadowing: address of the rival's `Shadowing` (templated).
        model: the model's registered name.
        slices: columns by whose values the two are compared.
        least_rows: of a slice.
        outputs: besides Parquet in the store; they get what is routed.

    Returns:
        The address of a `Routing`.
    """

    stage: ClassVar[str] = "route"
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    version: ClassVar[int] = 2
    reads: ClassVar[Mapping[str, str]] = {
        "redaction": "redact",
        "scoring": "score",
        "shadowing": "shadow",
    }
    vouched: ClassVar[frozenset[str]] = frozenset({"scoring", "shadowing"})
    template_fields: Sequence[str] = tuple(reads)

    def __init__(
        self,
        *,
        redaction: str,
        scoring: str,
        shadowing: str,
        model: str,
        slices: Sequence[str] = (),
        least_rows: int = 100,
        outputs: Sequence[Output] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.redaction = redaction
        self.scoring = scoring
        self.shadowing = shadowing
        self.model = model
        self.slices = tuple(slices)
        self.least_rows = least_rows
        self.outputs = tuple(outputs)

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """The share, and what is compared."""
        return {
            "share": self._share(attempt),
            "slices": self.slices,
            "least_rows": self.least_rows,
            "csv": "quoted" if "csv" in self.outputs else False,
        }

    def run_stage(self, attempt: Attempt) -> Routing:
        """Merge and compare."""
        from airlock.stages.redact.record import Redaction
        from airlock.stages.route.stage import route
        from airlock.stages.score.record import Scoring
        from airlock.stages.shadow.record import Shadowing

        scoring = attempt.read(Scoring, self.scoring)
        shadowing = attempt.read(Shadowing, self.shadowing)
        share, canary = self._share(attempt)
        return route(
            scoring.record,
            shadowing.record,
            share=share,
            canary=canary,
            slices=self.slices,
            least_rows=self.least_rows,
            table=attempt.fetch(attempt.read(Redaction, self.redaction).result.data),
            served=attempt.fetch(scoring.result.data),
            beside=attempt.fetch(shadowing.result.data),
            out=attempt.data,
            csv="csv" in self.outputs,
        )

    def local_files(self, settings: Settings) -> list[Path]:
        """What the outputs write on this machine, such as a database of SQLite."""
        return written_by(settings, delivered(self.outputs))

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Where the challenger answers rows, consumers read these instead of the champion's."""
        from airlock.catalogs.predictions import Partition
        from airlock.stages.redact.record import Redaction
        from airlock.stages.route.record import Routing
        from airlock.stages.score.record import Scoring

        assert isinstance(record, Routing)
        if not record.parts or record.rival_version is None:
            append_attestation(attempt, record.model, published)
            return
        bundle = attempt.read(Scoring, self.scoring).record.bundle
        serve(
            attempt,
            Partition(
                model=record.model,
                night=record.night,
                role="served",
                versions=(record.champion_version, record.rival_version),
                sequence=record.sequence,
                scoring=published.address,
                sha256=published.sha256,
                rows=record.rows,
                bundles=(bundle, record.rival_bundle or ""),
                data=attempt.read(Redaction, self.redaction).content,
                because=f"canary on {record.share:.0%} of the keys, ledger entry {record.canary}",
            ),
            published,
            parts=record.parts,
            outputs=delivered(self.outputs),
            results=receipts_behind(attempt, published),
        )

    def _share(self, attempt: Attempt) -> tuple[float, int]:
        """Share and entry of the canary, if it is the one that scored beside this champion."""
        from airlock.stages.score.record import Scoring
        from airlock.stages.shadow.record import Shadowing

        canary = attempt.ledger(self.model).state().canary
        scored = attempt.read(Shadowing, self.shadowing).record.scoring
        champion = attempt.read(Scoring, self.scoring).record
        if canary is None or scored is None:
            return 0.0, 0
        if (scored.sequence, champion.sequence) != (canary.sequence, canary.champion_sequence):
            return 0.0, 0
        return canary.share, canary.sequence
