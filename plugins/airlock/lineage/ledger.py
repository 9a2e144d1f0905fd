"""The one facet of our own: what the ledger and the store say of a stage's attempt.

Its schema is published as docs/lineage/AirlockLedgerRunFacet.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    from airlock.engine.operator import StageOperator
    from airlock.engine.usage import Meter

SCHEMA = "urn:airlock:openlineage:facets:1-0-0:AirlockLedgerRunFacet"

_WORDS = {"NotBegun": "not begun", "Later": "waits"}


def told_fields(task: StageOperator, meter: Meter) -> dict[str, Any]:
    """The facet's own fields.

    `outcome` is what became of the attempt: `done`, `reused` (an equal result was there), `stopped`
    (a verdict, behind which all else is skipped), `not begun` (refused before it began, likewise),
    `waits`, or `failed` with the error's class.
    """
    attempt, published = meter.whole, meter.published
    assert attempt is not None
    fields: dict[str, Any] = {
        "stage": meter.stage,
        "stageVersion": task.version,
        "model": meter.model,
        "night": attempt.night,
        "outcome": _outcome(meter),
        "error": meter.failure or None,
        "result": None,
        "sha256": None,
        "content": None,
        "madeBy": None,
        "entries": [],
    }
    if published is not None:
        made = published.result.made_by
        fields |= {
            "result": published.address,
            "sha256": published.sha256,
            "content": published.result.content,
            "madeBy": {"dagId": made.dag_id, "runId": made.run_id, "taskId": made.task_id},
            "entries": _entries(meter),
        }
    return fields


def ledger_facet(task: StageOperator, meter: Meter) -> Any:
    """The facet, as OpenLineage's client sends it."""
    import attr
    from openlineage.client.facet_v2 import RunFacet

    fields = told_fields(task, meter)

    def schema() -> str:
        return SCHEMA

    made: Any = attr.make_class(
        "AirlockLedgerRunFacet",
        {name: attr.field(default=None) for name in fields},
        bases=(RunFacet,),
        kw_only=True,
        class_body={"_get_schema": staticmethod(schema)},
    )
    return made(**fields)


def _outcome(meter: Meter) -> str:
    if meter.record is None:
        return _WORDS.get(meter.failure, "failed")
    if not meter.record.verdict.passed:
        return "stopped"
    return meter.ended


def _entries(meter: Meter) -> list[dict[str, Any]]:
    """The entries of the model's ledger that name the result; none where it names none."""
    from airlock.ledger import named

    attempt, published = meter.whole, meter.published
    if attempt is None or published is None or meter.model is None:
        return []
    try:
        entries = attempt.ledger(meter.model).entries()
    except AirlockError:
        return []
    return [
        {"sequence": entry.sequence, "kind": entry.kind, "sha256": entry.sha256}
        for entry in entries
        if any(one.sha256 == published.sha256 for one in named(entry))
    ]
