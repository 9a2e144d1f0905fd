"""A small store through which everything went once: trained, promoted, scored, labelled, erased.

Every stage is the real one, run by its own operator as a worker does; MLflow lies on a file.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pandas as pd

from airlock.config.mlflow_settings import MlflowSettings
from airlock.config.settings import SecretKey, Settings
from airlock.engine.operator import StageOperator
from airlock.engine.publication import Stores
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import open_store
from tests.judged import POLICY
from tests.redacted import customers
from tests.registered import ledger_below, sqlite_below
from tests.trained import SPEC

MODEL = "churn"
NIGHTS = ("2026-01-05", "2026-01-06", "2026-01-07")
ERASED = "customer who asks for it"
KEY = SecretKey(bytes(range(32)))
COLUMNS = {
    "customer_id": {"type": "string"},
    "plan": {"type": "string"},
    "region": {"type": "string"},
    "tenure": {"type": "integer"},
    "fee": {"type": "number", "nullable": True},
    "paperless": {"type": "boolean"},
}
WHO = {"customer_id": {"type": "string"}}
LABEL = {"churned": {"type": "integer"}}
LENIENT = {
    **POLICY.to_json(),
    "metrics": {},
    "first": {"auroc": {"min": 0.0}},
    "champion": {"margins": [{"metric": "auroc", "margin": 1.0}]},
    "holdout": {"min_rows": 20, "min_rarest_class": 2},
    "card": {"owner": "the churn team", "intended_use": "to be tampered with"},
}


@dataclass(kw_only=True)
class Complete:
    """The store, and how to run one more task in it.

    Args:
        folder: with `store`, `raw`, `data`, MLflow's database and its artifacts.
        runs: how many tasks ran.
    """

    folder: Path
    runs: int = 0
    said: dict[str, str] = field(default_factory=dict)

    @property
    def stores(self) -> Stores:
        return {zone: open_store(str(self.folder / zone)) for zone in ("store", "raw")}

    @property
    def mlflow(self) -> MlflowSettings:
        return sqlite_below(self.folder)

    def ledger(self, model: str = MODEL) -> Ledger:
        """One that reads everything anew."""
        return ledger_below(self.folder, model)

    @property
    def signer(self) -> Signer:
        signer = self.ledger().signer
        assert signer is not None
        return signer

    @property
    def trusted(self) -> TrustedKeys:
        return self.ledger().trusted

    @contextlib.contextmanager
    def deployed(self) -> Iterator[Complete]:
        """Have every operator, command and route find this store."""
        settings = Settings(
            root=self.folder,
            sources=(str(self.folder / "data"),),
            trusted_keys=self.folder / "trusted.json",
            notifier="airlock.config.notify.LogNotifier",
            notifier_kwargs={},
            preload=False,
        )
        here: dict[str, Any] = {
            "read": classmethod(lambda cls: settings),
            "store": lambda _, zone="store": self.stores[zone],
            "ledger": lambda _, model, to_write=False: self.ledger(model),
            "mlflow": lambda _: self.mlflow,
            "pseudonym_key": lambda _: KEY,
            "split_key": lambda _: KEY,
            "git_commit": lambda _: None,
            "trusted": lambda _: self.trusted,
            "signer": lambda _: self.signer,
            "checkpoints": lambda _: None,
        }
        with contextlib.ExitStack() as stack:
            for name, value in here.items():
                stack.enter_context(patch.object(Settings, name, value))
            yield self

    def run(self, task: StageOperator, run_id: str, night: str, *, person: str = "") -> str:
        """Run a task as a worker does.

        Returns:
            The address that it hands on.
        """

        class Xcoms(dict[str, Any]):
            def xcom_push(self, key: str, value: Any) -> None:
                self[key] = value

        ti = Xcoms()
        ti.__dict__.update(
            dag_id="churn",
            run_id=run_id,
            task_id=task.task_id,
            try_number=1,
            map_index=-1,
            log_url="",
        )
        dag_run = SimpleNamespace(
            dag_id="churn",
            run_id=run_id,
            partition_key=night,
            triggering_user_name=person or None,
            conf={},
            run_after=datetime.now(UTC),
        )
        self.runs += 1
        context: Any = {"ti": ti, "dag_run": dag_run, "dag": task.dag, "params": {}}
        return str(task.execute(context))

    def deliver(self, name: str, night: str, frame: pd.DataFrame) -> str:
        """A source's files of one night; its address."""
        folder = self.folder / "data" / name / f"date={night}"
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / "rows.parquet", index=False)
        return f"{self.folder}/data/{name}/date={{night}}/*.parquet"


def rows(seed: int, *, labelled: bool = True) -> pd.DataFrame:
    """Customers by their plain identifiers."""
    frame = customers(600, seed).drop(columns=["fold", "note"])
    frame["customer_id"] = [f"customer {int(one, 16) % 500}" for one in frame["customer_id"]]
    return frame if labelled else frame.drop(columns="churned")


def built(folder: Path) -> Complete:
    """Run everything once; a minute of a core, most of it in the fresh processes of `register`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Complete(folder=folder)
    (folder / "trusted.json").write_text(json.dumps(dict(made.trusted.keys)))
    with made.deployed():
        _train(made, NIGHTS[0], seed=1)
        _train(made, NIGHTS[1], seed=2)
        for night in NIGHTS[1:]:
            _score(made, night)
        _label(made, NIGHTS[1])
        _ask(made)
        _roll_back(made)
        _erase(made)
    return made


def _doors(
    made: Complete, source: str, run_id: str, night: str, *, columns: dict[str, Any], split: bool
) -> dict[str, str]:
    """Run the first three doors."""
    from airflow.sdk import DAG

    from airlock import RedactOperator, SnapshotOperator, ValidateOperator
    from airlock.stages.redact.spec import RedactionSpec
    from airlock.stages.validate.spec import Expectations

    kept = {name: {"action": "keep"} for name in columns}
    expectations = Expectations.model_validate(
        {
            "contract": {"columns": columns, "repeated_nights": "refuse"},
            "expectations": [
                {
                    "type": "expect_column_values_to_be_between",
                    "on_fail": "quarantine",
                    "kwargs": {"column": "tenure", "min_value": 2, "max_value": 100},
                }
                if "tenure" in columns
                else {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
            ],
            "max_quarantined": 0.5,
        }
    )
    redaction = RedactionSpec.model_validate(
        {"columns": kept | {"customer_id": {"action": "pseudonym", "domain": "customer"}}}
    )
    said = {}
    with DAG("churn", schedule=None):
        snapshot = SnapshotOperator(
            task_id="snapshot", source=source, contract=expectations.contract
        )
    said["snapshot"] = made.run(snapshot, run_id, night)
    with DAG("churn", schedule=None):
        validate = ValidateOperator(
            task_id="validate", snapshot=said["snapshot"], expectations=expectations
        )
    said["validate"] = made.run(validate, run_id, night)
    with DAG("churn", schedule=None):
        redact = RedactOperator(
            task_id="redact",
            validation=said["validate"],
            redaction=redaction,
            entity="customer_id",
            model=MODEL if split else None,
        )
    said["redact"] = made.run(redact, run_id, night)
    return said


def _train(made: Complete, night: str, *, seed: int) -> None:
    from airflow.sdk import DAG

    from airlock import (
        ApproveOperator,
        EvaluateOperator,
        EvaluateSpec,
        GateOperator,
        PromoteOperator,
        RegisterOperator,
        TrainOperator,
    )
    from airlock.stages.gate.spec import Policy

    run_id = f"training {night}"
    source = made.deliver("training", night, rows(seed))
    said = _doors(made, source, run_id, night, columns=COLUMNS | LABEL, split=True)

    def go(kind: Any, name: str, **how: Any) -> str:
        with DAG("churn", schedule=None):
            task = kind(task_id=name, model=MODEL, **how)
        return made.run(task, run_id, night)

    training = go(
        TrainOperator,
        "train",
        redaction=said["redact"],
        train=SPEC.model_copy(update={"seed": seed, "max_epochs": 1}),
    )
    evaluation = go(
        EvaluateOperator,
        "evaluate",
        redaction=said["redact"],
        training=training,
        evaluation=EvaluateSpec(resamples=50),
    )
    registration = go(RegisterOperator, "register", training=training, evaluation=evaluation)
    decision = go(
        GateOperator,
        "gate",
        snapshot=said["snapshot"],
        validation=said["validate"],
        redaction=said["redact"],
        training=training,
        evaluation=evaluation,
        registration=registration,
        policy=Policy.model_validate(LENIENT),
    )
    approval = go(ApproveOperator, "approve", decision=decision)
    go(
        PromoteOperator,
        "promote",
        decision=decision,
        approval=approval,
        training=training,
        validation=said["validate"],
    )


def _score(made: Complete, night: str) -> None:
    from airflow.sdk import DAG

    from airlock import DriftOperator, DriftSpec, ScoreOperator, ScoreSpec
    from airlock.stages.route.operator import RouteOperator
    from airlock.stages.shadow.operator import ShadowOperator

    run_id = f"scoring {night}"
    delivered = rows(int(night[-2:]), labelled=False)
    if night == NIGHTS[2]:
        delivered.loc[0, "customer_id"] = ERASED
    source = made.deliver("scoring", night, delivered)
    said = _doors(made, source, run_id, night, columns=COLUMNS, split=False)
    how: dict[str, Any] = {"model": MODEL, "redaction": said["redact"]}
    spec = ScoreSpec(processes=1, unsure_below=0.6)
    with DAG("churn", schedule=None):
        score = ScoreOperator(task_id="score", score=spec, **how)
        shadow = ShadowOperator(task_id="shadow", score=spec, **how)
    scoring = made.run(score, run_id, night)
    shadowing = made.run(shadow, run_id, night)
    with DAG("churn", schedule=None):
        route = RouteOperator(task_id="route", scoring=scoring, shadowing=shadowing, **how)
        drift = DriftOperator(task_id="drift", scoring=scoring, drift=DriftSpec(), **how)
    made.run(route, run_id, night)
    made.run(drift, run_id, night)


def _label(made: Complete, night: str) -> None:
    from airflow.sdk import DAG

    from airlock import LabelsOperator, LiveOperator
    from airlock.stages.canary.operator import CanaryOperator

    run_id = f"labels {night}"
    # As it was delivered for scoring, and now with what became of everybody.
    delivered = rows(int(night[-2:])).drop_duplicates("customer_id")
    source = made.deliver("labels", night, delivered[["customer_id", "churned"]])
    said = _doors(made, source, run_id, night, columns=WHO | LABEL, split=False)
    with DAG("churn", schedule=None):
        labels = LabelsOperator(
            task_id="labels", redaction=said["redact"], model=MODEL, target="churned"
        )
    labelled = made.run(labels, run_id, night)
    with DAG("churn", schedule=None):
        live = LiveOperator(task_id="live", labelled=labelled, model=MODEL)
    measured = made.run(live, run_id, night)
    with DAG("churn", schedule=None):
        canary = CanaryOperator(task_id="canary", live=measured, model=MODEL)
    made.run(canary, run_id, night)


def _ask(made: Complete) -> None:
    """Drift asks for a training, as its operator would after an alarm."""
    from airlock.catalogs import retrains

    ledger = made.ledger()
    drifted = next(one for one in ledger.entries() if one.kind == "drifted")
    retrains.append_retrain(
        ledger,
        retrains.Retrain(
            model=MODEL,
            alarm="2026-01-07-1",
            night=NIGHTS[2],
            reason="Drift in tenure.",
            training="churn_training",
            drift=drifted.body["drift"],
            sha256=drifted.body["sha256"],
            dag_id="churn",
            run_id=f"scoring {NIGHTS[2]}",
        ),
        cooldown_nights=7,
        at=datetime.now(UTC),
    )


def _roll_back(made: Complete) -> None:
    from airflow.sdk import DAG

    from airlock import RescoreOperator, RollbackOperator

    with DAG("model_rollback", schedule=None):
        rollback = RollbackOperator(task_id="rollback", model=MODEL, reason="complaints")
    made.run(rollback, "rollback", NIGHTS[2], person="grace")
    with DAG("model_rescore", schedule=None):
        rescore = RescoreOperator(task_id="rescore", model=MODEL, withdrawn=2, reason="complaints")
    made.run(rescore, "rescore", NIGHTS[2], person="grace")


def _erase(made: Complete) -> None:
    from airlock.erasure import erase, reach, subject

    stores = made.stores
    somebody = subject(stores, ERASED, "customer", key=KEY)
    with tempfile.TemporaryDirectory() as scratch:
        erase(
            stores,
            somebody,
            lambda: reach(stores, [made.ledger()], somebody, Path(scratch)),
            ledger_of=lambda model: made.ledger(model),
            at=datetime.now(UTC) + timedelta(seconds=1),
        )
