"""An airflow dag whose gate always asks people: its decision is made up, what follows is real."""

from __future__ import annotations

from dataclasses import replace

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param

from airlock import NIGHTLY, ApproveOperator, ReconcileOperator
from airlock.config.keys import SIGNING
from airlock.engine.operator import StageOperator
from airlock.stages.gate.policy.approval import ApprovalRule
from airlock.stages.gate.record import Decision, Evidence, RuleVerdict


class Asking(StageOperator):
    stage = "gate"
    keys = frozenset({SIGNING})
    reusable = False
    template_fields = ("hours", "approvers", "count", "remind")

    def __init__(self, *, hours, approvers, count, remind, **kwargs):
        super().__init__(**kwargs)
        self.hours = hours
        self.approvers = approvers
        self.count = count
        self.remind = remind

    def run_stage(self, attempt):
        digests = dict.fromkeys(Evidence.__dataclass_fields__, "e" * 64)
        decision = Decision(
            model="churn",
            version=3,
            bundle="b" * 64,
            night=attempt.night,
            policy="churn",
            outcome="passed",
            champion_sequence=0,
            champion_version=None,
            rulings=(
                RuleVerdict(
                    rule="metric: auroc",
                    outcome="pass",
                    sentence="auroc is 0.81 [0.80, 0.82], must be at least 0.7.",
                ),
            ),
            evidence=Evidence(**digests),
            approval_reasons=("The policy asks people.",),
            approvers=tuple(filter(None, self.approvers.split(","))),
            expires_after_hours=float(self.hours),
            triggered_by=attempt.triggered_by,
            approval=ApprovalRule(
                count=int(self.count),
                remind_after_hours=float(self.remind) or None,
                escalate_after_hours=float(self.remind) or None,
            ),
        )
        said = {
            "decision": decision.claim,
            "outcome": "passed",
            "version": 3,
            "bundle": decision.bundle,
            "policy": decision.policy,
            "reasons": [],
            "champion_sequence": 0,
            "approval_required": True,
            "approval": decision.approval.to_json(),
        }
        run = f"{attempt.origin.dag_id}/{attempt.origin.run_id}"
        ledger = attempt.ledger("churn", to_write=True)
        whose = {"dag_id": attempt.origin.dag_id, "run_id": attempt.origin.run_id}
        seen = {"run": whose, "night": attempt.night, "results": {}}
        ledger.append("run", seen, id=f"run/{run}/x", at=attempt.now)
        entry = ledger.append("decided", said, id=f"decided/{run}/{decision.claim}", at=attempt.now)
        return replace(decision, sequence=entry.sequence)

    @classmethod
    def record_class(cls):
        return Decision


with DAG(
    "asking",
    schedule=None,
    is_paused_upon_creation=False,
    max_active_runs=NIGHTLY["max_active_runs"],
    default_args=NIGHTLY["default_args"],
    params={
        "night": "2026-01-05",
        "hours": Param(20, type="number"),
        "approvers": "",
        "count": 1,
        "remind": Param(0, type="number"),
    },
):
    gate = Asking(
        task_id="gate",
        hours="{{ params.hours }}",
        approvers="{{ params.approvers }}",
        count="{{ params.count }}",
        remind="{{ params.remind }}",
    )
    approve = ApproveOperator(task_id="approve", decision=gate.address, model="churn")
    second = ApproveOperator(task_id="approve_2", decision=gate.address, model="churn", seat=2)
    (
        gate
        >> approve
        >> second
        >> EmptyOperator(task_id="promote")
        >> EmptyOperator(task_id="after", trigger_rule="all_done")
    )

with DAG("reconcile_now", schedule=None, is_paused_upon_creation=False):
    ReconcileOperator(task_id="reconcile")
