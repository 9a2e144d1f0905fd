"""Killed at any moment, or out of disk: what others see is nothing, or all of it, and the same."""

from __future__ import annotations

import multiprocessing
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import StoreUnavailable
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Result
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import NightRepeated, keep_night, snapshot
from airlock.store import open_store

FORK = multiprocessing.get_context("fork")
SOURCE = "rows/{night}.csv"
NIGHT = "2026-01-05"
CONTRACT = Contract.model_validate(
    {
        "key": ["id"],
        "columns": {"id": {"type": "string"}, "n": {"type": "integer"}, "x": {"type": "number"}},
    }
)


def stores_below(folder: Path) -> Stores:
    return {"store": open_store(str(folder / "store")), "raw": open_store(str(folder / "raw"))}


def attempt(place: Path, folder: Path, name: str) -> Published:
    """One try: the stage, then its publication, as StageOperator orders them."""
    stores, work = stores_below(folder), folder / name
    record = snapshot(
        SOURCE,
        CONTRACT,
        night=NIGHT,
        sources=(str(place),),
        root=place,
        remote=open_store,
        scratch=work / "scratch",
        out=work / "out",
    )
    keep_night(stores["store"], SOURCE, record)
    data = publication.upload(
        work / "out", stage="snapshot", part="data", zone="raw", stores=stores
    )
    report = publication.upload(
        work / "report", stage="snapshot", part="report", zone="store", stores=stores
    )
    result = Result(
        stage="snapshot",
        version=2,
        inputs={},
        record=record.to_json(),
        data=data,
        report=report,
        made_by=Origin(dag_id="d", run_id="r", task_id="snapshot", try_number=1),
    )
    return publication.publish(stores, result.content, result, work / "in")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    (place / "rows").mkdir()
    rows = (f"row {number},{number},{number / 7}\n" for number in range(400_000))
    (place / f"rows/{NIGHT}.csv").write_text("id,n,x\n" + "".join(rows))
    return place


def visible(folder: Path) -> list[str]:
    """What anybody else would find."""
    return [stat.key for stat in stores_below(folder)["store"].list("stages/")]


def kill_at_random(place: Path, folder: Path, times: int) -> None:
    """Kill first attempts, finish second ones, and compare with an undisturbed one."""
    began = time.monotonic()
    whole = attempt(place, folder / "undisturbed", "first").result.content
    seconds = time.monotonic() - began
    for number in range(times):
        store = folder / str(number)
        first = FORK.Process(target=attempt, args=(place, store, "first"))
        first.start()
        # By quarters, so that few kills cover the whole as well; it may also have ended before.
        first.join(random.uniform(number % 4, number % 4 + 1) / 4 * seconds * 2)
        first.kill()
        first.join()
        for address in visible(store):
            found = publication.find(stores_below(store), "snapshot", whole, store / "check")
            assert found is not None
            assert found.address == address
        second = attempt(place, store, "second")

        assert second.result.content == whole
        assert visible(store) == [second.address]


def test_whenever_it_is_killed_the_outcome_is_the_same(place: Path, tmp_path: Path):
    kill_at_random(place, tmp_path, 4)


@pytest.mark.soak
def test_however_often_it_is_killed_the_outcome_is_the_same(place: Path, tmp_path: Path):
    kill_at_random(place, tmp_path, 20)


# The same rows as several nights at once


def bound(folder: Path, night: str) -> bool:
    rows = Snapshot(
        source=f"rows/{night}.csv",
        night=night,
        rows=1,
        columns=(("id", "string"),),
        sha256="a" * 64,
        parts=(),
        nights=(night,),
    )
    try:
        keep_night(stores_below(folder)["store"], SOURCE, rows)
    except NightRepeated:
        return False
    return True


def test_of_many_nights_with_the_same_rows_exactly_one_is_processed(tmp_path: Path):
    nights = [f"2026-01-{day:02d}" for day in range(1, 5)]
    with FORK.Pool(4) as pool:
        for race in range(20):
            races = [(tmp_path / str(race), night) for night in nights]

            won = pool.starmap(bound, races, chunksize=1)

            assert sum(won) == 1
            assert bound(tmp_path / str(race), nights[won.index(True)])


# A full disk


def limited(work: Callable[[], Any], limit: int, answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        work()
        answer.send(None)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the test looks at it
        answer.send(error)


def under_limit(work: Callable[[], Any], limit: int) -> Exception | None:
    """What a process of its own raises that may write no file longer than `limit` bytes."""
    ours, theirs = FORK.Pipe()
    child = FORK.Process(target=limited, args=(work, limit, theirs))
    child.start()
    answer: Exception | None = ours.recv()
    child.join()
    return answer


def test_a_disk_that_fills_up_is_named_and_leaves_nothing_to_see(place: Path, tmp_path: Path):
    error = under_limit(lambda: attempt(place, tmp_path, "first"), 100_000)

    assert isinstance(error, StoreUnavailable)
    assert str(error).startswith("The disk is full at ")
    assert error.retry_can_help
    assert visible(tmp_path) == []
    assert attempt(place, tmp_path, "second").result.record["rows"] == 400_000


def test_a_store_whose_disk_fills_up_is_named_and_shows_nothing(place: Path, tmp_path: Path):
    done = attempt(place, tmp_path / "elsewhere", "first")
    data = tmp_path / "elsewhere/first/out"
    largest = max(file.bytes for file in done.result.data.files)

    def upload() -> None:
        stores = stores_below(tmp_path)
        publication.upload(data, stage="snapshot", part="data", zone="raw", stores=stores)

    error = under_limit(upload, largest - 1)

    assert isinstance(error, StoreUnavailable)
    assert "The disk is full" in str(error)
    assert list(stores_below(tmp_path)["raw"].list("")) == []
