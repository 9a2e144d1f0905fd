"""Two pipelines for one model are known by what they left in its ledger, whoever parsed them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from airlock.ledger.entry import BEFORE_THE_FIRST, Entry
from airlock.ledger.pipelines import shared, trainers

NOW = datetime(2026, 1, 20, tzinfo=UTC)


def run(dag: str, days: int) -> Entry:
    return Entry(
        model="churn",
        sequence=1,
        previous=BEFORE_THE_FIRST,
        kind="run",
        id=f"run/{dag}",
        at=NOW - timedelta(days=days),
        body={"run": {"dag_id": dag, "run_id": "r"}},
        key_id="k",
    )


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        pytest.param([], False, id="none"),
        pytest.param([run("one", 1), run("one", 2)], False, id="one of them"),
        pytest.param([run("one", 1), run("two", 2)], True, id="two of them"),
        pytest.param([run("new name", 1), run("old name", 8)], False, id="it was renamed"),
    ],
)
def test_several_trainings_of_one_model_are_told(entries: list[Entry], said: bool):
    told = shared("churn", "training", trainers(entries, now=NOW))

    assert (told is not None) is said
    if told:
        assert told.startswith("one and two both did the training of churn in the last 7 days")
