"""### Break the glass.

Makes a version champion though the gate rejected it, or the approvers did not let it through. Only
where its policy allows it (`approval.break_glass`), only by the people named there, and only for a
while: unless **another** person confirms it (`model_confirm`), the champion before is champion
again by itself. The ledger keeps your name and your reason, and everybody is told at once.

Press *Trigger*, name the model and the version, say why, and for how long.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airlock import BY_HAND, BreakGlassOperator, model_form

with DAG(
    "model_break_glass",
    doc_md=__doc__,
    params=model_form(
        "customer_churn",
        version=Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The version that becomes champion. The gate must have decided about it.",
        ),
        hours=Param(
            4,
            type="number",
            exclusiveMinimum=0,
            title="Hours",
            description="After how many hours the champion before comes back. The policy has a "
            "limit.",
        ),
    ),
    **BY_HAND,
):
    BreakGlassOperator(
        task_id="break_glass",
        model="{{ params.model }}",
        candidate="{{ params.version }}",
        hours="{{ params.hours }}",
        reason="{{ params.reason }}",
    )
