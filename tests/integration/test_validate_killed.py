"""Killed at any moment: what others see is nothing, or all of it, and the same."""

from __future__ import annotations

import multiprocessing
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Result
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.validate.spec import Expectations
from airlock.stages.validate.stage.validate import validate
from airlock.store import open_store
from tests.tables import snapshot_of

FORK = multiprocessing.get_context("fork")
ROWS = 400_000
SPEC = Expectations.model_validate(
    {
        "contract": {"columns": {"n": {"type": "integer"}, "x": {"type": "number"}}},
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "on_fail": "quarantine",
                "kwargs": {"column": "x", "max_value": 2},
            },
            {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "n"}},
        ],
    }
)


def stores_below(folder: Path) -> Stores:
    return {"store": open_store(str(folder / "store")), "raw": open_store(str(folder / "raw"))}


def attempt(rows: tuple[Snapshot, Path], folder: Path, name: str) -> Published:
    """One try: the stage, then its publication, as StageOperator orders them."""
    stores, work = stores_below(folder), folder / name
    (work / "report").mkdir(parents=True)
    record = validate(rows[0], SPEC, table=rows[1], out=work / "out", report=work / "report")
    uploaded: dict[str, Any] = {
        part: publication.upload(
            work / place, stage="validate", part=part, zone=zone, stores=stores
        )
        for part, place, zone in (("data", "out", "raw"), ("report", "report", "store"))
    }
    result = Result(
        stage="validate",
        version=3,
        inputs={},
        record=record.to_json(),
        made_by=Origin(dag_id="d", run_id="r", task_id="validate", try_number=1),
        **uploaded,
    )
    return publication.publish(stores, result.content, result, work / "in")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Path]:
    folder = tmp_path_factory.mktemp("rows")
    x = np.random.default_rng(0).normal(size=ROWS)
    return snapshot_of(pa.table({"n": np.arange(ROWS), "x": x}), folder), folder


def visible(folder: Path) -> list[str]:
    """What anybody else would find."""
    return [stat.key for stat in stores_below(folder)["store"].list("stages/")]


def kill_at_random(rows: tuple[Snapshot, Path], folder: Path, times: int) -> None:
    """Kill first attempts, finish second ones, and compare with an undisturbed one."""
    attempt(rows, folder / "warm", "first")
    began = time.monotonic()
    whole = attempt(rows, folder / "undisturbed", "first").result.content
    seconds = time.monotonic() - began
    for number in range(times):
        store = folder / str(number)
        first = FORK.Process(target=attempt, args=(rows, store, "first"))
        first.start()
        # By quarters, so that few kills cover the whole as well; it may also have ended before.
        first.join(random.uniform(number % 4, number % 4 + 1) / 4 * seconds * 1.5)
        first.kill()
        first.join()
        for address in visible(store):
            found = publication.find(stores_below(store), "validate", whole, store / "check")
            assert found is not None
            assert found.address == address
        second = attempt(rows, store, "second")

        assert second.result.content == whole
        assert visible(store) == [second.address]


def test_whenever_it_is_killed_the_outcome_is_the_same(rows: tuple[Snapshot, Path], tmp_path: Path):
    kill_at_random(rows, tmp_path, 4)


@pytest.mark.soak
def test_however_often_it_is_killed_the_outcome_is_the_same(
    rows: tuple[Snapshot, Path], tmp_path: Path
):
    kill_at_random(rows, tmp_path, 20)
