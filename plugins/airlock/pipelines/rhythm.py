"""Gives every operator of a pipeline the length of its nights, and the trigger form its field."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from airlock.compat.airflow import DagContext
from airlock.core.errors import SpecError
from airlock.core.nights import Every
from airlock.engine.night import scheduled
from airlock.pipelines.schedule import night_field

P = ParamSpec("P")
R = TypeVar("R")


def length(every: Every | None) -> Every:
    """How long a night of the DAG around is.

    Args:
        every: as the pipeline's call says; None for what the DAG's schedule says, or else days.

    Raises:
        SpecError: call and schedule contradict each other.
    """
    by_schedule = scheduled(DagContext.get_current())
    if every is not None and by_schedule not in {None, every}:
        raise SpecError(
            f"The pipeline works by the {every}, and its schedule by the {by_schedule}.",
            do="Leave out every=, or change the schedule.",
        )
    return every or by_schedule or "day"


def in_rhythm(pipeline: Callable[P, R]) -> Callable[P, R]:
    """Have the operators that a pipeline makes work by the hour, the day, the week or the month.

    Args:
        pipeline: a function with an argument `every`.
    """

    @functools.wraps(pipeline)
    def paced(*args: P.args, **kwargs: P.kwargs) -> R:
        dag: Any = DagContext.get_current()
        if dag is None:
            return pipeline(*args, **kwargs)
        known = length(kwargs.get("every"))  # type: ignore[arg-type]  # the caller's own mistake
        if known != "day" and "night" in dag.params:
            dag.params["night"] = night_field(known)
        before = dag.default_args
        dag.default_args = {**before, "every": known}
        try:
            return pipeline(*args, **kwargs)
        finally:
            dag.default_args = before

    return paced
