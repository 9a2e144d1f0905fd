"""The evaluate task as it runs: whom it compares with, and what makes its result another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airlock import signing
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Receipt, Record, Result
from airlock.ledger import Ledger
from airlock.stages.evaluate.operator import EvaluateOperator
from airlock.stages.evaluate.record import SPEED
from airlock.stages.evaluate.spec import EvaluateSpec
from tests.judged import NOW, ORIGIN
from tests.sealing import give
from tests.trained import Trained, trained


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("candidate"))


@pytest.fixture(scope="module")
def weaker(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("weaker"), features=("region",), max_epochs=1)


def published(record: Record, data: Path, stores: Stores, scratch: Path) -> Published:
    """A result of this run."""
    stage = record.stage
    result = Result(
        stage=stage,
        version=1,
        inputs={},
        record=record.to_json(),
        data=publication.upload(data, stage=stage, part="data", zone="store", stores=stores),
        report=publication.described(scratch, stage=stage, part="report", zone="store"),
        made_by=ORIGIN,
    )
    made = publication.publish(stores, f"{data.parent.name}", result, scratch)
    receipt = Receipt(
        stage=stage,
        dag_id=ORIGIN.dag_id,
        run_id=ORIGIN.run_id,
        task_id=stage,
        try_number=1,
        night=None,
        address=made.address,
        sha256=made.sha256,
        reused=False,
        seconds=1,
        at=NOW,
    )
    give(stores["store"], made, receipt)
    return made


def promoted(ledger: Ledger, made: Published, who: Trained, *, version: int, answer: int) -> None:
    address = {"training": made.address, "training_sha256": made.sha256}
    champion = who.champion(version=version).body() | address
    body = {"champion": champion, "approved": answer}
    files = {file.path: file.sha256 for file in made.result.data.files}
    signing.sign(ledger.store, ledger.key(), files, model="churn")
    ledger.append("promoted", body, id=f"p{version}", at=NOW)


@pytest.fixture
def task(
    candidate: Trained, weaker: Trained, stores: Stores, ledger: Ledger, tmp_path: Path
) -> Any:
    """An operator, an attempt of it, and the two trainings in the store."""
    empty = tmp_path / "empty"
    empty.mkdir()
    redaction = published(candidate.redaction, candidate.table, stores, empty)
    trainings = [published(one.record, one.bundle, stores, empty) for one in (candidate, weaker)]
    settings: Any = SimpleNamespace(
        sealed=True, store=lambda zone: stores[zone], ledger=lambda model, to_write=False: ledger
    )
    operator = EvaluateOperator(
        task_id="evaluate",
        redaction=redaction.address,
        training=trainings[0].address,
        model="churn",
        evaluation=EvaluateSpec(resamples=50),
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    attempt = Attempt(
        origin=ORIGIN,
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=settings,
        scratch=scratch,
    )
    return SimpleNamespace(operator=operator, attempt=attempt, trainings=trainings)


def test_the_last_approved_champion_is_compared_with_as_well(
    task: Any, candidate: Trained, weaker: Trained, ledger: Ledger
):
    promoted(ledger, task.trainings[1], weaker, version=1, answer=9)
    promoted(ledger, task.trainings[0], candidate, version=2, answer=0)

    ingredients = task.operator.ingredients(task.attempt)
    found = task.operator.run_stage(task.attempt)

    assert ingredients["anchor"] == [1, weaker.name]
    assert ingredients["champion"] == [2, candidate.name]
    assert found.champion_version == 2
    assert found.anchor is not None
    assert (found.anchor.version, found.anchor.sequence) == (1, 1)
    assert found.anchor.difference["auroc"].low > 0
    assert (task.attempt.report / SPEED).is_file()
    assert "1,000 rows take" in (task.attempt.report / "index.html").read_text()


def test_an_approved_champion_that_is_the_champion_is_not_measured_twice(
    task: Any, weaker: Trained, ledger: Ledger
):
    promoted(ledger, task.trainings[1], weaker, version=1, answer=9)

    task.operator.ingredients(task.attempt)
    found = task.operator.run_stage(task.attempt)

    assert found.champion_version == 1
    assert found.anchor is None


def test_a_promotion_in_between_puts_nobody_elses_figures_under_the_key(
    task: Any, weaker: Trained, ledger: Ledger
):
    task.operator.ingredients(task.attempt)
    promoted(ledger, task.trainings[1], weaker, version=1, answer=0)

    found = task.operator.run_stage(task.attempt)

    assert found.champion_version is None
