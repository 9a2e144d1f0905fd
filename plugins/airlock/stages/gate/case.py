"""Gathers everything that a gate decision is based on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from airlock.engine.record import Input
from airlock.stages.evaluate.record import Evaluation, Speed
from airlock.stages.gate.record import Change
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a decision stands on.

    Args:
        snapshot: the table; a `Preparation` where it was joined of several sources.
        sources: the snapshots that it was joined of, by name.
        overrides: parameters that a person set to something else than usual.
        changes: the same, with the usual and the given value.
        triggered_by: the person who triggered the run; None for the schedule.
        today: the day of the decision, UTC; None if nobody says, and then no age can be told.
        speed: of the candidate, from the evaluation's sidecar; None if it was not timed.
        cost: of the training; None if nothing says what a device costs.
    """

    snapshot: Input[Snapshot]
    validation: Input[Validation]
    redaction: Input[Redaction]
    training: Input[Training]
    evaluation: Input[Evaluation]
    registration: Input[Registration]
    sources: Mapping[str, Input[Snapshot]] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    triggered_by: str | None = None
    today: date | None = None
    speed: Speed | None = None
    cost: float | None = None

    @property
    def bundle(self) -> str:
        """The candidate's name."""
        return self.training.result.data.digest

    @property
    def results(self) -> dict[str, Input[Any]]:
        """The results in the order of the chain, by what they are."""
        return {
            "snapshot": self.snapshot,
            "validation": self.validation,
            "redaction": self.redaction,
            "training": self.training,
            "evaluation": self.evaluation,
            "registration": self.registration,
        }
