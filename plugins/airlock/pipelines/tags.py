"""Labels a DAG for whoever looks for it: tags, a description, and who owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from airlock.core.quoting import line

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from airlock.stages.gate.policy.card import CardTexts

_NOBODYS = "airflow"  # the owner of a task that names none
_LONGEST = 200


def label_dag(
    dag: DAG | None,
    kind: Literal["training", "scoring", "labels"],
    *,
    model: str,
    card: CardTexts | None = None,
) -> None:
    """Add what a DAG's author has not said: nothing that stands there is changed.

    Args:
        dag: of the pipeline; None outside of one.
        card: of the policy; the pipelines without one have no owner.
    """
    if dag is None:
        return
    dag.tags = {*dag.tags, kind, model}
    if not dag.description:
        dag.description = _heading(dag.doc_md) or f"{kind.capitalize()} of {model}."
    if card is not None:
        # Airflow writes the owners of all tasks in one line, with commas between them.
        owner = line(card.owner, _LONGEST).replace(",", " and")
        for task in dag.tasks:
            if task.owner == _NOBODYS:
                task.owner = owner


def _heading(document: str | None) -> str:
    """The title of a DAG's documentation, which is written anyway."""
    first = (document or "").strip().partition("\n")[0]
    return line(first.removeprefix("#").lstrip("# "), _LONGEST)
