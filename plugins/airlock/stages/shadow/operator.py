"""Scores the night with a second model whose predictions nobody reads."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airlock.config.keys import SIGNING, KeyName
from airlock.core.errors import DataError, SpecError
from airlock.engine.attested import append_attestation, receipts_behind
from airlock.engine.record import Record
from airlock.stages.score.operator.score import ScoreOperator

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.ledger import Champion, Ledger
    from airlock.stages.shadow.record import RivalKind, Shadowing


class ShadowOperator(ScoreOperator):
    """Score the same rows with the challenger on trial; without one, with the champion before.

    Nothing it does can keep the champion from serving: it depends on the same redacted snapshot,
    and nothing depends on it but the canary.

    Args:
        redaction: address of a `Redaction` (templated).
        model: the model's registered name.

    Returns:
        The address of a `Shadowing`.
    """

    stage: ClassVar[str] = "shadow"
    seals: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        """Who stands beside whom."""
        ledger = attempt.ledger(self.model)
        found, champion = find_shadow_model(ledger), ledger.state().champion_sequence
        if found is None:
            return {"model": self.model, "night": attempt.night, "rival": None}
        return {**super().ingredients(attempt), "rival": found[0], "beside": champion}

    def run_stage(self, attempt: Attempt) -> Shadowing:  # type: ignore[override]  # another record
        """Load the rival by its digest, verified like a champion, and stamp every row."""
        from airlock.stages.shadow.record import Shadowing

        ledger = attempt.ledger(self.model)
        found, state = find_shadow_model(ledger), ledger.state()
        told: dict[str, Any] = {
            "model": self.model,
            "night": attempt.night,
            "champion_sequence": state.champion_sequence,
            "champion_version": state.champion.version if state.champion else 0,
        }
        if found is None:
            return Shadowing(**told, kind=None, scoring=None, problem=None)
        try:
            scoring = super().run_stage(attempt)
        except DataError as error:
            # A rival that cannot read tonight's rows is news, and no reason to stop anything.
            shutil.rmtree(attempt.data)
            return Shadowing(**told, kind=found[0], scoring=None, problem=error.what)
        return Shadowing(**told, kind=found[0], scoring=scoring, problem=None)

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Enter it in the catalog, where no consumer reads."""
        from airlock.catalogs import predictions
        from airlock.stages.shadow.record import Shadowing

        assert isinstance(record, Shadowing)
        if record.scoring is None:
            append_attestation(attempt, record.model, published)
            return
        predictions.publish(
            attempt.ledger(record.model, to_write=True),
            predictions.Partition(
                model=record.model,
                night=record.night,
                role="shadow",
                versions=(record.scoring.version,),
                sequence=record.scoring.sequence,
                scoring=published.address,
                sha256=published.sha256,
                rows=record.scoring.rows,
                files=published.result.data.digest,
                bundles=(record.scoring.bundle,),
                data=published.result.inputs.get("redaction", ""),
            ),
            at=attempt.now,
            results=receipts_behind(attempt, published),
        )

    def who(self, attempt: Attempt) -> Champion:
        """The rival."""
        found = find_shadow_model(attempt.ledger(self.model))
        return found[1] if found else super().who(attempt)


def find_shadow_model(ledger: Ledger) -> tuple[RivalKind, Champion] | None:
    """Who scores beside the champion; None if there was never anybody else."""
    from airlock.ledger.withdrawal import target

    state = ledger.state()
    if state.canary is not None:
        return "challenger", state.canary.challenger
    try:
        return "before", target(ledger.entries(), state, None)
    except SpecError:
        return None
