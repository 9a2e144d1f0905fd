"""Whoever can write to the store fills a slot before its stage runs: nobody signs what is in it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import airlock.stages
from airlock.config.settings import Settings
from airlock.core.content import digest, sha256
from airlock.engine import publication
from airlock.engine.description import receipt_of, stage_key
from airlock.engine.operator import StageOperator
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Receipt, Result
from airlock.ledger import KEYS, Ledger, named
from tests.counted import ORIGIN, Count, CountOperator, attempt_of
from tests.judged import NOW


class LookingOperator(CountOperator):
    """The same of one that looks at the world anew: its slot is named by what it saw."""

    reusable = False


@pytest.fixture(params=[CountOperator, LookingOperator], ids=["reusable", "looks anew"])
def stage(
    request: pytest.FixtureRequest,
    stores: Stores,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> CountOperator:
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    made: CountOperator = request.param()
    return made


def passed(stage: StageOperator, folder: Path, *, run_id: str = "manual__1") -> Published:
    """One attempt, as the task does it."""
    attempt = attempt_of(folder, run_id=run_id)
    record, published, reused = stage._obtain(attempt, stage.run_stage)
    assert published is not None
    receipt = receipt_of(attempt, stage.stage, published, reused=reused, seconds=1.0)
    attempt.give(published, receipt)
    stage.announce(attempt, record, published)
    return published


def slot_of(stage: StageOperator, folder: Path) -> str:
    """The address that anybody who read the source can work out beforehand."""
    attempt: Any = SimpleNamespace(params={}, origin=ORIGIN)
    if stage.reusable:
        key = stage_key(attempt, stage.stage, stage.version, {}, stage.ingredients(attempt))
        return f"stages/count/{key}/0000.json"
    twin = publication.described(_written(folder, b"honest"), stage="count", part="", zone="store")
    honest = Result(
        stage="count",
        version=1,
        inputs={},
        record=Count(rows=3).to_json(),
        data=twin,
        report=twin,
        made_by=ORIGIN,
    )
    return f"stages/count/{digest(['count', stage.version, {}, honest.content])}/0000.json"


def _written(folder: Path, content: bytes, name: str = "rows.csv") -> Path:
    place = folder / sha256(content + name.encode())[:8]
    place.mkdir(exist_ok=True)
    (place / name).write_bytes(content)
    return place


def plant(
    stores: Stores,
    address: str,
    folder: Path,
    *,
    rows: int = 3,
    data: bytes = b"honest",
    report: bytes = b"1 s",
) -> Published:
    """A slot that verifies, whoever wrote it."""
    parts = {
        part: publication.upload(
            _written(folder, content, name), stage="count", part=part, zone="store", stores=stores
        )
        for part, name, content in (("data", "rows.csv", data), ("report", "speed.json", report))
    }
    made = Result(
        stage="count",
        version=1,
        inputs={},
        record=Count(rows=rows).to_json(),
        made_by=replace(ORIGIN, run_id="of a model"),
        **parts,  # type: ignore[arg-type]  # two folders
    )
    stores["store"].put(address, made.stored())
    return Published(address=address, sha256=sha256(made.stored()), result=made)


def signed(ledger: Ledger) -> set[str]:
    return {one.sha256 for entry in ledger.entries() for one in named(entry)}


@pytest.mark.parametrize(
    "doctored",
    [
        pytest.param({"data": b"doctored"}, id="rows"),
        pytest.param({"rows": 4}, id="record"),
        pytest.param({"report": b"0 s"}, id="page alone"),
    ],
)
def test_a_planted_result_is_neither_taken_nor_signed(
    stage: CountOperator, stores: Stores, ledger: Ledger, tmp_path: Path, doctored: dict[str, Any]
):
    planted = plant(stores, slot_of(stage, tmp_path), tmp_path, **doctored)

    made = passed(stage, tmp_path)

    assert made.address == planted.address.replace("0000.json", "0001.json")
    assert stage.runs == 1
    assert signed(ledger) == {made.sha256}
    folder = publication.fetch(stores, made.result.data, tmp_path / "look")
    assert (folder / "rows.csv").read_bytes() == b"honest"


def test_what_another_attempt_published_and_is_the_same_byte_for_byte_is_taken(
    stage: CountOperator, ledger: Ledger, tmp_path: Path
):
    killed = attempt_of(tmp_path, run_id="manual__0")
    other = stage._obtain(killed, stage.run_stage)[1]
    assert other is not None

    made = passed(stage, tmp_path)

    assert (made, stage.runs) == (other, 2)
    assert signed(ledger) == {other.sha256}


def test_what_is_signed_is_taken_though_something_was_planted_on_top(
    stores: Stores, ledger: Ledger, stage: CountOperator, tmp_path: Path
):
    first = passed(stage, tmp_path)
    plant(stores, first.address.replace("0000", "0001"), tmp_path, data=b"doctored")

    again = passed(stage, tmp_path, run_id="manual__2")

    assert again == first
    assert stage.runs == (1 if stage.reusable else 2)


def test_a_number_that_somebody_took_far_ahead_ends_nothing(
    stage: CountOperator, stores: Stores, tmp_path: Path
):
    address = slot_of(stage, tmp_path)
    plant(stores, address.replace("0000", "0001"), tmp_path, data=b"doctored")

    assert passed(stage, tmp_path).address == address.replace("0000", "0002")


def test_a_planted_receipt_puts_nothing_under_a_signature(
    stage: CountOperator, stores: Stores, ledger: Ledger, tmp_path: Path
):
    elsewhere = plant(stores, f"stages/count/{'0' * 64}/0000.json", tmp_path, data=b"doctored")
    receipt = Receipt(
        stage="count",
        dag_id="churn",
        run_id="manual__1",
        task_id="count",
        try_number=1,
        night=None,
        address=elsewhere.address,
        sha256=elsewhere.sha256,
        reused=False,
        seconds=1,
        at=NOW,
    )
    publication.give_receipt(stores["store"], receipt)

    made = passed(stage, tmp_path)

    assert signed(ledger) == {made.sha256}


# The real stages


def operators() -> Iterator[type[StageOperator]]:
    for one in pkgutil.iter_modules(airlock.stages.__path__, "airlock.stages."):
        importlib.import_module(f"{one.name}.operator") if one.ispkg else None
    for name in ("score.operator.rescore", "score.operator.share", "drift.operator.drift"):
        importlib.import_module(f"airlock.stages.{name}")
    waiting = [StageOperator]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("airlock.stages.") and hasattr(kind, "stage"):
                yield kind


_OF_NO_MODEL = {"snapshot", "prepare", "validate", "redact", "redact_share", "gc"}


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "without seals"])
@pytest.mark.parametrize(
    "kind", sorted(operators(), key=lambda one: one.stage), ids=lambda one: one.__name__
)
def test_no_stage_lets_what_nobody_signed_stand_for_its_own(
    kind: type[StageOperator], stores: Stores, ledger: Ledger, tmp_path: Path, seal: bool
):
    attempt = attempt_of(tmp_path)
    attempt = replace(attempt, settings=replace(attempt.settings, sealed=seal))
    attempt.__dict__.update(stores=stores)
    attempt._ledgers.update(churn=ledger, _keys=Ledger(ledger.store, KEYS, trusted=ledger.trusted))
    operator: Any = SimpleNamespace(
        keys=kind.keys, seals=kind.seals, judged=kind.judged, model="churn"
    )
    planted = plant(stores, f"stages/{kind.stage}/{'0' * 64}/0000.json", tmp_path)

    # Without seals nobody can tell; docs/security.md says what follows.
    foreign = not seal and kind.stage in _OF_NO_MODEL
    assert kind.may_stand(operator, attempt, planted) is foreign

    body = {"address": planted.address, "sha256": planted.sha256, "results": {}}
    ledger.append("recorded", body, id="x", at=NOW)
    assert kind.may_stand(operator, attempt, planted)
