"""Judges a candidate by the policy; after a rejection the following tasks are skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airlock.config.keys import SIGNING, KeyName
from airlock.engine.operator import StageOperator
from airlock.engine.record import Input, Record, record_of

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.stages.gate.case import Case
    from airlock.stages.gate.record import Decision
    from airlock.stages.gate.spec import Policy


class GateOperator(StageOperator):
    """Let a candidate through only if every rule of its policy holds.

    Args:
        snapshot, validation, redaction, training, evaluation, registration: addresses of the
            run's earlier results (templated).
        sources: addresses of the snapshots that `snapshot` was joined of, by name (templated);
            empty where it is a snapshot itself.
        model: the model's registered name.
        policy: the rules, known when the DAG is written.

    Returns:
        The address of a `Decision`. After anything but `passed`, what follows is skipped.
    """

    stage: ClassVar[str] = "gate"
    keys: ClassVar[frozenset[KeyName]] = frozenset({SIGNING})
    attested: ClassVar[bool] = True
    reusable: ClassVar[bool] = False
    reads: ClassVar[Mapping[str, str]] = {
        "snapshot": "snapshot",
        "validation": "validate",
        "redaction": "redact",
        "training": "train",
        "evaluation": "evaluate",
        "registration": "register",
    }
    template_fields: Sequence[str] = (*reads, "sources")

    def __init__(
        self,
        *,
        snapshot: str,
        validation: str,
        redaction: str,
        training: str,
        evaluation: str,
        registration: str,
        model: str,
        policy: Policy,
        sources: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sources = dict(sources or {})
        self.snapshot = snapshot
        self.validation = validation
        self.redaction = redaction
        self.training = training
        self.evaluation = evaluation
        self.registration = registration
        self.model = model
        self.policy = policy

    def read_inputs(self, attempt: Attempt) -> dict[str, Input[Any]]:
        """The results of the run; the table is that of prepare where there are sources."""
        table = record_of("prepare" if self.sources else "snapshot")
        kinds = {name: record_of(stage) for name, stage in self.reads.items()}
        kinds["snapshot"] = table
        return {
            **{name: attempt.read(kind, getattr(self, name)) for name, kind in kinds.items()},
            **{
                f"source {name}": attempt.read(record_of("snapshot"), address)
                for name, address in self.sources.items()
            },
        }

    def run_stage(self, attempt: Attempt) -> Decision:
        """Judge, and write the judgement into the ledger."""
        from airlock.stages.evaluate.record import Evaluation, read_speed
        from airlock.stages.gate.case import Case
        from airlock.stages.gate.cost import cost_of
        from airlock.stages.gate.record import Change
        from airlock.stages.gate.stage import gate
        from airlock.stages.redact.record import Redaction
        from airlock.stages.register.record import Registration
        from airlock.stages.train.record import RAN, Training
        from airlock.stages.validate.record import Validation

        read = self.read_inputs(attempt)
        training = attempt.read(Training, self.training)
        evaluation = attempt.read(Evaluation, self.evaluation)
        case = Case(
            snapshot=read["snapshot"],
            sources={name: read[f"source {name}"] for name in self.sources},
            validation=attempt.read(Validation, self.validation),
            redaction=attempt.read(Redaction, self.redaction),
            training=training,
            evaluation=evaluation,
            registration=attempt.read(Registration, self.registration),
            overrides=attempt.overrides,
            changes=tuple(
                Change.of(name, attempt.usual.get(name), attempt.params[name])
                for name in attempt.overrides
            ),
            triggered_by=attempt.triggered_by,
            today=attempt.now.date(),
            speed=read_speed(attempt.fetch(evaluation.result.report)),
            cost=cost_of(
                training,
                partial(attempt.fetch, only={RAN}),
                device_hour_price=attempt.settings.device_hour_price,
            ),
        )
        decision = gate(
            self.policy,
            case,
            ledger=attempt.ledger(self.model, to_write=True),
            origin=attempt.origin,
            now=attempt.now,
        )
        self._describe(attempt, case, decision)
        return decision

    def announce(self, attempt: Attempt, record: Record, published: Published) -> None:
        """Sign the page, and show the model card in MLflow; if that is away, reconcile does."""
        from airlock.catalogs import cards
        from airlock.catalogs.cards import HTML, MARKDOWN
        from airlock.registry.card import try_attach_card
        from airlock.stages.register.record import Registration

        super().announce(attempt, record, published)
        decision = cast("Decision", record)
        if decision.outcome == "already champion":
            return
        card = cards.PendingCard(
            model=decision.model,
            version=decision.version,
            sequence=decision.sequence,
            run_id=attempt.read(Registration, self.registration).record.mlflow_run,
            decision=published.address,
            sha256=published.sha256,
        )
        cards.note_pending(attempt.stores["store"], card)
        folder = attempt.fetch(published.result.report, only=(HTML, MARKDOWN))
        if try_attach_card(attempt.settings.mlflow(), card, folder):
            cards.remove_pending(attempt.stores["store"], card)

    def _describe(self, attempt: Attempt, case: Case, decision: Decision) -> None:
        """Write the model card, and the dossier of what is of high risk."""
        from airlock.reports.card import Described, write_card

        card = self.policy.card
        described = Described(
            words=card.to_json() if card else {},
            snapshot=case.snapshot.record,
            redaction=case.redaction.record,
            training=case.training.record,
            evaluation=case.evaluation.record,
            speed=case.speed,
            decision=decision,
        )
        write_card(described, attempt.report)
        if self.policy.risk is not None:
            from airlock.reports.dossier import write_dossier

            write_dossier(described, attempt.report)
