"""Everything about one version, once it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from airlock.catalogs.usage import Usage
from airlock.engine.publication import Published
from airlock.engine.record import Record, record_of
from airlock.evidence.version import JudgedVersion
from airlock.reading import read_json
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.record import Decision
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Everything about one version, verified.

    Args:
        of: what the ledger says of it.
        results: of the stages that led to it, by stage, of several sources by task; and the gate's.
        table: the stage that left the table: `snapshot`, or `prepare` of several sources.
        policy: the text that the gate judged by, as it is stored.
        decision: what the gate said, as it is stored.
        pages: the files of the stages' reports, by stage and path.
        bundled: files of the bundle about itself, by path.
        envelope: by which the platform vouches for the bundle.
        environment: what was installed where it was trained; None in trainings from before.
        usage: what the attempts took that ended before the decision.
        governance: what people said; None if they were not asked.
        left_out: what is not packed, and why.
    """

    of: JudgedVersion
    results: Mapping[str, Published]
    table: str
    policy: bytes
    decision: bytes
    pages: Mapping[str, Mapping[str, bytes]]
    bundled: Mapping[str, bytes]
    envelope: bytes
    environment: Mapping[str, Any] | None
    usage: tuple[Usage, ...] = ()
    governance: Governance | None = None
    left_out: tuple[str, ...] = field(default=())

    def record(self, kind: type[R]) -> R:
        """The record of one stage."""
        return kind.from_json(self.results[kind.stage].result.record)

    @cached_property
    def snapshot(self) -> Snapshot:
        """What was read; of several sources, what was made of them."""
        return cast("Snapshot", self.record(record_of(self.table)))

    @cached_property
    def validation(self) -> Validation:
        """What held of it."""
        return self.record(Validation)

    @cached_property
    def redaction(self) -> Redaction:
        """What was taken out."""
        return self.record(Redaction)

    @cached_property
    def training(self) -> Training:
        """What was learnt."""
        return self.record(Training)

    @cached_property
    def evaluation(self) -> Evaluation:
        """What it was measured at."""
        return self.record(Evaluation)

    @cached_property
    def registration(self) -> Registration:
        """Which version it became."""
        return self.record(Registration)

    @cached_property
    def judged(self) -> Decision:
        """What the gate said."""
        fields = read_json(self.decision)
        return Decision.from_json({**fields, "sequence": self.of.decided.sequence})

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """The policy as JSON."""
        return cast("Mapping[str, Any]", read_json(self.policy))

    def said(self, key: str) -> str | None:
        """What a person said under `section.key`; None if nobody did."""
        return self.governance.said(key) if self.governance is not None else None
