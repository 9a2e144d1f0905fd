"""Why a try failed is kept for the tab: the sentence, what to do and the night, and no value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airlock.core.errors import DataError, StoreUnavailable
from airlock.engine import failure_notes
from airlock.engine.failure_notes import Failure, _key, failures, keep_failure
from airlock.engine.publication import Stores
from tests.unit.engine.test_operator import (
    CountOperator,
    context,
    counting,  # noqa: F401 -- a fixture
    in_dag,
    settings,  # noqa: F401 -- a fixture
)

FAILED = Failure(
    dag_id="churn",
    run_id="manual__1",
    task_id="snapshot",
    try_number=1,
    night="2026-01-05",
    what="The source is empty.",
    do="Deliver it again.",
    again=False,
    at=datetime(2026, 1, 6, 2, tzinfo=UTC),
)


def test_a_foreseen_error_leaves_its_sentence_what_to_do_and_the_night(
    counting: type[CountOperator],  # noqa: F811
    stores: Stores,
):
    counting.error = DataError("The source is empty.", do="Deliver it again.")
    task = in_dag(counting)

    with pytest.raises(Exception, match="The source is empty"):
        task.execute(context(task, night="2026-01-03"))

    left = failures(stores["store"], dag_id="churn", run_id="manual__1")["count"]
    assert (left.what, left.do) == ("The source is empty.", "Deliver it again.")
    assert (left.night, left.try_number, left.again) == ("2026-01-03", 1, False)


def test_an_error_that_nobody_foresaw_leaves_its_place_and_not_its_text(
    counting: type[CountOperator],  # noqa: F811
    stores: Stores,
):
    counting.error = ValueError("could not convert 'Maria Kowalska' to float")
    task = in_dag(counting)

    with pytest.raises(Exception, match="ValueError at"):
        task.execute(context(task))

    left = failures(stores["store"], dag_id="churn", run_id="manual__1")["count"]
    assert left.what.startswith("ValueError at")
    assert "Kowalska" not in f"{left}"


def test_an_error_is_told_though_nothing_can_be_kept(
    counting: type[CountOperator],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    counting.error = DataError("The source is empty.", do="Deliver it again.")
    task = in_dag(counting)

    def away(*_: object) -> bool:
        raise StoreUnavailable("No answer.", do="Start it.")

    monkeypatch.setattr(failure_notes, "keep_failure", away)

    with pytest.raises(Exception, match="The source is empty"):
        task.execute(context(task))


def test_of_several_tries_the_last_one_is_told(stores: Stores):
    second = replace(FAILED, try_number=2, what="No.", at=FAILED.at + timedelta(minutes=5))
    for one in (second, FAILED, replace(FAILED, task_id="train", what="Later.")):
        keep_failure(stores["store"], one)

    found = failures(stores["store"], dag_id="churn", run_id="manual__1")

    assert {task: one.what for task, one in found.items()} == {"snapshot": "No.", "train": "Later."}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{}", id="no note"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b'{"what": 1}', id="another thing"),
    ],
)
def test_what_is_no_note_is_left_out(stores: Stores, data: bytes):
    stores["store"].put(_key(FAILED), data)

    assert failures(stores["store"], dag_id="churn", run_id="manual__1") == {}


def test_a_note_in_the_folder_of_another_run_tells_nothing_there(stores: Stores, tmp_path: Path):
    keep_failure(stores["store"], FAILED)
    [stat] = stores["store"].list("failures/")
    moved = stat.key.replace("manual__1", "manual__2")
    stores["store"].put(moved, stores["store"].get(stat.key))

    assert failures(stores["store"], dag_id="churn", run_id="manual__2") == {}
