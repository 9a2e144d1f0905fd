"""An airflow dag whose redaction is shared among mapped tasks."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airlock import RedactOperator, RedactShareOperator, SnapshotOperator, ValidateOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations

EXPECTATIONS = Expectations.model_validate(
    {
        "contract": {"columns": {"id": {"type": "string"}, "note": {"type": "string"}}},
        "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}}
        ],
    }
)
REDACTION = RedactionSpec.model_validate(
    {
        "columns": {
            "id": {"action": "pseudonym"},
            "note": {"action": "scan", "patterns": "only"},
        }
    }
)

with DAG(
    "shared",
    schedule=None,
    is_paused_upon_creation=False,
    params={"night": Param(type="string")},
):
    snapshot = SnapshotOperator(
        task_id="snapshot", source="notes/{night}.csv", contract=EXPECTATIONS.contract
    )
    validation = ValidateOperator(
        task_id="validate",
        snapshot=snapshot.address,
        expectations=EXPECTATIONS,
        model="notes",
    )
    rows = {
        "validation": validation.address,
        "redaction": REDACTION,
        "entity": "id",
        "model": None,
    }
    shares = RedactShareOperator.partial(task_id="redact_share", shares=2, **rows).expand(
        share=[0, 1]
    )
    RedactOperator(task_id="redact", shares=shares.output, **rows)
