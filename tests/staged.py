"""A pipeline as its DAG file describes it, run through the functions of its stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airlock.core.content import sha256, sha256_of_file
from airlock.engine.record import File, Input
from airlock.ledger import Ledger
from airlock.stages.approve.record import Approval
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.gate.case import Case
from airlock.stages.gate.spec import Policy
from airlock.stages.promote.record import Promotion
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation
from tests.judged import NOW, judged, result
from tests.trained import ORIGIN, ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What the stages before the gate left behind."""

    snapshot: Snapshot
    validation: Validation
    redaction: Redaction
    training: Training
    evaluation: Evaluation
    model: str
    policy: Policy
    folder: Path

    def case(self, registration: Registration) -> Case:
        """What the gate reads, with the bundle as it is."""
        snapshot = result(self.snapshot, {})
        validation = result(self.validation, {"snapshot": snapshot})
        redaction = result(self.redaction, {"validation": validation})
        training = self._with_bundle(result(self.training, {"redaction": redaction}))
        read = {"redaction": redaction, "training": training}
        return Case(
            snapshot=snapshot,
            validation=validation,
            redaction=redaction,
            training=training,
            evaluation=result(self.evaluation, read),
            registration=result(registration, {"training": training}),
        )

    def promoted(self, ledger: Ledger) -> Promotion:
        """Judged by its policy, asked of nobody, promoted."""
        from airlock.stages.promote.stage import promote
        from tests.registered import sqlite_below

        case = self.case(self.registered(ledger))
        decision = judged(case, ledger, policy=self.policy, run_id=str(self.folder))
        assert decision.record.outcome == "passed", decision.record.reasons
        unasked = Approval(
            model=self.model,
            version=case.registration.record.version,
            decision=decision.content,
            required=False,
            approved=True,
        )
        return promote(
            decision,
            result(unasked, {"decision": decision}),
            training=case.training,
            validation=case.validation,
            ledger=ledger,
            mlflow=sqlite_below(self.folder),
            now=NOW,
        )

    def registered(self, ledger: Ledger) -> Registration:
        """MLflow's version of the bundle, which a fresh process has loaded."""
        from airlock.stages.register.stage import register
        from tests.registered import sqlite_below

        scratch = self.folder / "registered"
        scratch.mkdir()
        return register(
            self.training,
            self.evaluation,
            model=self.model,
            bundle=self.bundle,
            bundle_digest=self.evaluation.candidate_bundle,
            data_digest="d" * 64,
            ledger=ledger,
            mlflow=sqlite_below(self.folder),
            scratch=scratch,
        )

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def _with_bundle(self, made: Input[Training]) -> Input[Training]:
        files = tuple(
            File(path=path.name, sha256=sha256_of_file(path), bytes=path.stat().st_size)
            for path in sorted(self.bundle.iterdir())
        )
        whole = replace(made.result, data=replace(made.result.data, files=files))
        return replace(made, sha256=sha256(whole.stored()), result=whole)


def tasks(dag_id: str, *, root: Path = ROOT) -> Any:
    """The operators of a DAG, by task; its file in dags/ of a project has the same name."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(root / "dags" / f"{dag_id}.py")
    assert not bag.import_errors, bag.import_errors
    return bag.dags[dag_id].task_dict


def prepared(
    task: Any, source: Path, folder: Path, *, night: str
) -> tuple[Snapshot, Validation, Redaction]:
    """A table through the first three doors of a DAG; the last one's rows are in `redacted`.

    Args:
        task: its operators.
        source: the table.
        folder: empty.
        night: that the table came with.
    """
    from airlock.config.settings import SecretKey
    from airlock.stages.redact.stage.redact import RedactionContext, redact
    from airlock.stages.snapshot.stage.snapshot import snapshot
    from airlock.stages.validate.stage.validate import validate

    for name in ("report", "validated", "redacted"):
        (folder / name).mkdir(parents=True)
    frozen = snapshot(
        source.name,
        task["snapshot"].contract,
        night=night,
        sources=(str(source.parent),),
        root=folder,
        remote=lambda uri: NotImplemented,
        scratch=folder / "scratch",
        out=folder / "frozen",
    )
    validation = validate(
        frozen,
        task["validate"].expectations,
        table=folder / "frozen",
        out=folder / "validated",
        report=folder / "report",
    )
    redaction = redact(
        validation,
        task["redact"].redaction,
        RedactionContext(
            entity=task["redact"].entity,
            model=task["redact"].model,
            pseudonym_key=SecretKey(bytes(32)),
            split_key=SecretKey(bytes(range(32))),
        ),
        table=folder / "validated",
        out=folder / "redacted",
    )
    return frozen, validation, redaction


def staged(
    dag_id: str,
    source: Path,
    folder: Path,
    *,
    root: Path = ROOT,
    like: Staged | None = None,
    reference: Any = None,
) -> Staged:
    """Run snapshot to evaluate with what the DAG file says.

    Args:
        dag_id: its file in dags/ has the same name.
        source: the table.
        folder: empty.
        root: the project.
        like: whose rows it learns from; nothing is read and redacted again then.
        reference: the champion, an `airlock.stages.evaluate.stage.evaluate.ReferenceModel`.
    """
    # Here, so that tests of light rooms stay light.
    from airlock.bundle.manifest import name_of
    from airlock.stages.evaluate.stage.evaluate import evaluate
    from airlock.stages.train.identity import code_digest
    from airlock.stages.train.stage.run_context import Folders, TrainingIdentity
    from airlock.stages.train.stage.train import train
    from tests.registered import sqlite_below

    task = tasks(dag_id, root=root)
    for name in ("bundle", "train-report", "evaluate-report"):
        (folder / name).mkdir(parents=True)
    if like is None:
        table = folder / "redacted"
        frozen, validation, redaction = prepared(task, source, folder, night="2026-01-05")
    else:
        table = like.folder / "redacted"
        frozen, validation, redaction = like.snapshot, like.validation, like.redaction
    training = train(
        redaction,
        task["train"].train,
        identity=TrainingIdentity(
            model=task["train"].model,
            key="0" * 64,
            origin=ORIGIN,
            code=code_digest(task["train"].train.model, root=root),
        ),
        folders=Folders(
            table=table,
            scratch=folder,
            out=folder / "bundle",
            report=folder / "train-report",
        ),
        mlflow=sqlite_below(folder),
    )
    evaluation = evaluate(
        redaction,
        training,
        task["evaluate"].evaluation,
        table=table,
        bundle=folder / "bundle",
        bundle_digest=name_of(folder / "bundle"),
        reference=reference,
        report=folder / "evaluate-report",
    )
    return Staged(
        snapshot=frozen,
        validation=validation,
        redaction=redaction,
        training=training,
        evaluation=evaluation,
        model=task["gate"].model,
        policy=task["gate"].policy,
        folder=folder,
    )
