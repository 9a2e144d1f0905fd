"""Tells at parse time that two pipelines train, or score, one model.

Each replaces what the other one promoted or served. Airflow parses every file in a process of its
own: two DAGs of one file, or of one DagBag as a test of the project loads it, know of each other.
Of others `reconcile` and `airlock verify` know, by the ledger: `airlock.ledger.pipelines`.
"""

from __future__ import annotations

import warnings
from typing import Literal

from airlock.core.quoting import line

_claimed: dict[tuple[str, str], str] = {}


class SharedModelWarning(UserWarning):
    """Two pipelines do the same for one model."""


def claim(kind: Literal["training", "scoring"], *, model: str, dag_id: str) -> None:
    """Note who trains or scores a model, and warn of a second one.

    Args:
        kind: which of the two pipelines.
        model: registered name.
        dag_id: whose pipeline it is; the same DAG may be parsed again.
    """
    other = _claimed.setdefault((kind, model), dag_id)
    if other != dag_id:
        warnings.warn(
            f"The DAGs {line(other, 80)} and {line(dag_id, 80)} both have the {kind} of {model}: "
            "each replaces what the other one makes. Give one of them a model of its own.",
            SharedModelWarning,
            stacklevel=3,
        )
