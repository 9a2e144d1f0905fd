"""Builds the tasks of a search: rung by rung, what is proposed, and a task for each trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.core.budget import MonthBudget
from airlock.stages.search.operator import RungOperator, SearchOperator
from airlock.stages.train.operator import TrialOperator
from airlock.stages.train.spec import TrainSpec


def add_search(
    train: TrainSpec,
    *,
    redaction: str,
    model: str,
    max_epochs: str | int | None,
    month: MonthBudget | None,
    placed: Mapping[str, Any],
) -> SearchOperator | None:
    """Put the search of a TrainSpec into the DAG; None if it has none.

    Args:
        redaction: address of the table.
        max_epochs, month, placed: those of the training itself.

    Returns:
        The task that says what is trained.
    """
    search = train.search
    if search is None:
        return None
    before: dict[str, Any] = {}
    for number, step in enumerate(search.steps()):
        rung = RungOperator(
            task_id=f"search_{number + 1}",
            redaction=redaction,
            model=model,
            search=search,
            step=number,
            **before,
        )
        trained = (
            TrialOperator.partial(
                task_id=f"trials_{number + 1}",
                redaction=redaction,
                model=model,
                train=train,
                max_epochs=max_epochs,
                month=month,
                rung=rung.address,
                # Of mapped tasks many work at once; the pool says how many.
                max_active_tis_per_dag=None,
                **placed,
            )
            .expand(trial=list(range(step.trials)))
            .output
        )
        before = {"rung": rung.address, "trained": trained}
    return SearchOperator(
        task_id="search",
        redaction=redaction,
        model=model,
        search=search,
        train=train.digest,
        **before,
    )
