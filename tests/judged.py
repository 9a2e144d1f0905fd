"""A candidate with everything that the gate reads about it, made up from a few figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from airlock.core.content import digest, sha256
from airlock.engine.record import File, Folder, Input, Origin, Record, Result
from airlock.ledger import Champion, Ledger, State
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.gate.case import Case
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import gate
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Check, Validation

NOW = datetime(2026, 1, 6, 2, 30, tzinfo=UTC)
SPLIT = "0123456789abcdef"
ORIGIN = Origin(dag_id="churn_training", run_id="manual__1", task_id="gate", try_number=1)

POLICY = Policy.model_validate(
    {
        "name": "churn",
        "metrics": {"log_loss": {"max": 0.6}},
        "first": {"auroc": {"min": 0.7}},
        "champion": [{"metric": "auroc", "margin": 0.01}],
        "holdout": {"min_rows": 500, "min_rarest_class": 50},
    }
)

CHAMPION = Champion(
    sequence=7,
    version=3,
    bundle="b" * 64,
    training="stages/train/x/0000.json",
    training_sha256="t" * 64,
    validation="stages/validate/x/0000.json",
    validation_sha256="v" * 64,
    split="s" * 16,
    night="2026-01-04",
)
NOBODY = State(model="churn")
SOMEBODY = State(model="churn", size=9, champion=CHAMPION)


def policy(**changes: Any) -> Policy:
    """The policy with some of it written otherwise."""
    return Policy.model_validate({**POLICY.to_json(), **changes})


def interval(value: float, spread: float = 0.005) -> Interval:
    """A figure with an interval around it."""
    return Interval(value=value, low=value - spread, high=value + spread)


GOOD = {"auroc": interval(0.8), "log_loss": interval(0.4)}


def result(record: Record, inputs: Mapping[str, Input], *, data: str = "data") -> Input:
    """A record as later stages read it.

    Args:
        data: stands for the bytes of the data folder.
    """
    one = File(path="file", sha256=sha256(data.encode()), bytes=len(data))
    folder = Folder(zone="store", prefix=f"attempts/{record.stage}/{one.sha256[:8]}/data")
    made = Result(
        stage=record.stage,
        version=1,
        inputs={name: source.content for name, source in inputs.items()},
        record=record.to_json(),
        data=Folder(zone=folder.zone, prefix=folder.prefix, files=(one,)),
        report=Folder(zone="store", prefix=f"attempts/{record.stage}/1/report"),
        made_by=ORIGIN,
    )
    name = sha256(made.stored())
    address = f"stages/{record.stage}/{made.content}/0000.json"
    return Input(address=address, sha256=name, result=made, record=record)


def case(
    *,
    bundle: str = "candidate",
    version: int = 1,
    night: str | None = "2026-01-05",
    rows: int = 10_000,
    quarantined: int = 30,
    warnings: int = 0,
    task: str = "classification",
    holdout: int = 2_000,
    classes: Mapping[str, int] | None = None,
    metrics: Mapping[str, Interval] = GOOD,
    champion: Champion | None = None,
    difference: Mapping[str, Interval] | None = None,
    champion_problem: str | None = None,
    devices: int = 1,
    split: str = SPLIT,
    overrides: tuple[str, ...] = (),
    triggered_by: str | None = None,
    measured: Mapping[str, Any] | None = None,
) -> Case:
    """A candidate; what is not said is good.

    Args:
        bundle: stands for the bundle's bytes.
        champion: whom it was evaluated against.
        difference: candidate minus champion; no difference in AUROC if not given.
        measured: further fields of the evaluation.
    """
    checks = [_check(number, warnings > number) for number in range(max(warnings, 1))]
    snapshot = result(
        Snapshot(
            source="var/data/*.parquet",
            night=night,
            rows=rows,
            columns=(("churned", "integer"),),
            sha256=sha256(f"{night}".encode()),
            parts=(),
        ),
        {},
    )
    validation = result(
        Validation(
            suite="e" * 64,
            night=night,
            rows=rows,
            quarantined=quarantined,
            checks=tuple(checks),
            parts=(),
            quarantine=(),
        ),
        {"snapshot": snapshot},
    )
    redaction = result(
        Redaction(
            spec="r" * 64,
            night=night,
            rows=rows - quarantined,
            quarantined=0,
            columns=(),
            schema=(("churned", "integer"),),
            entity="customer_id",
            pseudonym_key="k" * 16,
            split=SPLIT,
            folds={},
            parts=(),
        ),
        {"validation": validation},
    )
    training = result(
        Training(
            spec="t" * 64,
            code="c" * 64,
            model_class="include.models.churn:ChurnClassifier",
            night=night,
            task=task,
            target="churned",
            entity="customer_id",
            classes=("0", "1") if task == "classification" else (),
            features=(),
            split=SPLIT,
            seed=0,
            rows={},
            epochs=1,
            metrics={},
            mlflow_run="run",
            training={"devices": devices},
        ),
        {"redaction": redaction},
        data=bundle,
    )
    name = training.result.data.digest
    evaluated = Evaluation(
        spec="v" * 64,
        split=split,
        rows=holdout,
        classes={"0": holdout - 500, "1": 500} if classes is None else classes,
        candidate_bundle=name,
        champion_bundle=champion.bundle if champion else None,
        champion_version=champion.version if champion else None,
        champion_sequence=champion.sequence if champion else 0,
        champion_problem=champion_problem,
        candidate=metrics,
        champion=GOOD if champion else {},
        difference=_difference(difference) if champion else {},
        **{"slices": (), **(measured or {})},
    )
    # NaN cannot be stored; the gate must refuse it all the same, should it ever come in.
    storable = evaluated
    try:
        digest(evaluated.to_json())
    except ValueError:
        storable = replace(evaluated, candidate=GOOD, difference={}, slices=(), anchor=None)
    evaluation = replace(
        result(storable, {"redaction": redaction, "training": training}), record=evaluated
    )
    registration = result(
        Registration(
            model="churn",
            version=version,
            bundle=name,
            source=f"file:///models/{version}",
            mlflow_run="run",
            smoke_rows=5,
        ),
        {"training": training},
    )
    return Case(
        snapshot=snapshot,
        validation=validation,
        redaction=redaction,
        training=training,
        evaluation=evaluation,
        registration=registration,
        overrides=overrides,
        triggered_by=triggered_by,
    )


def judged(
    one: Case, ledger: Ledger, *, policy: Policy = POLICY, run_id: str = "manual__1"
) -> Input:
    """The decision about a case, as approve and promote read it."""
    origin = Origin(dag_id="churn_training", run_id=run_id, task_id="gate", try_number=1)
    return result(gate(policy, one, ledger=ledger, origin=origin, now=NOW), one.results)


def _difference(given: Mapping[str, Interval] | None) -> Mapping[str, Interval]:
    return {"auroc": interval(0.0)} if given is None else given


def _check(number: int, broken: bool) -> Check:
    return Check(
        expectation="ExpectColumnValuesToBeBetween",
        column="monthly_fee",
        severity="warning",
        success=not broken,
        unexpected=7 if broken else 0,
        sentence=f"monthly_fee keeps bound {number}",
    )
