"""The operators whole: a night is scored, its version withdrawn, and the night scored again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock import ScoreOperator
from airlock.catalogs.predictions import partitions, serving
from airlock.cli.explain import _lines
from airlock.config.settings import Settings
from airlock.core.errors import DataError, SpecError, Unverified
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.publication import Stores
from airlock.ledger import Ledger
from airlock.stages.score.stage.explain import AskedRow, explain
from tests.scored import NIGHTS, World
from tests.trained import Trained, trained


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Trained]:
    return {seed: trained(tmp_path_factory.mktemp(f"v{seed}"), seed=seed) for seed in (1, 2)}


@pytest.fixture
def world(stores: Stores, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    return World(stores, ledger, tmp_path)


@pytest.fixture
def withdrawn(world: World, bundles: dict[int, Trained]) -> World:
    """Version 1 scored the first night, version 2 the second one, and was rolled back."""
    world.crown(bundles[1], 1)
    world.score(NIGHTS[0])
    world.crown(bundles[2], 2)
    world.score(NIGHTS[1], unsure_below=0.6, outputs=("csv",))
    world.crown(bundles[1], 1, "rolled_back", from_bundle=bundles[2].name)
    return world


def test_a_night_that_is_scored_twice_adds_and_replaces_nothing(
    world: World, bundles: dict[int, Trained]
):
    world.crown(bundles[1], 1)

    assert world.score(NIGHTS[0]) == world.score(NIGHTS[0])
    assert len(partitions(world.ledger)) == 1


def test_planted_predictions_are_neither_served_nor_signed(
    world: World, bundles: dict[int, Trained], tmp_path: Path
):
    """A model's code knows the night's slot before the night is scored, and writes to the store."""
    world.crown(bundles[1], 1)
    store = world.stores["store"]
    before = {stat.key for stat in store.list("")}
    world.score(NIGHTS[0])
    honest, [entry] = world.rows(NIGHTS[0]), partitions(world.ledger)
    # As it was before, but for a slot that verifies and holds somebody's wishes.
    made = publication.load(store, entry.scoring).result
    folder = publication.fetch(world.stores, made.data, tmp_path / "doctored")
    wishes = tmp_path / "wishes"
    shutil.copytree(folder, wishes)
    part = wishes / "part-00000.parquet"
    rows = pq.read_table(part).to_pandas().assign(probability_1=0.0, probability_0=1.0)
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), part)
    for key in {stat.key for stat in store.list("")} - before:
        store.delete(key)
    data = publication.upload(wishes, stage="score", part="data", zone="store", stores=world.stores)
    report = publication.upload(
        world.empty(), stage="score", part="report", zone="store", stores=world.stores
    )
    store.create(entry.scoring, replace(made, data=data, report=report).stored())
    world.forget_entries()

    world.score(NIGHTS[0])

    served = serving(world.ledger, NIGHTS[0])
    assert served is not None
    assert served.scoring == entry.scoring.replace("0000.json", "0001.json")
    assert world.rows(NIGHTS[0]) == honest


def test_a_tampered_bundle_scores_nothing(world: World, bundles: dict[int, Trained]):
    world.crown(bundles[1], 1)
    store = world.stores["store"]
    [graph] = [one.key for one in store.list("attempts/train/") if one.key.endswith("graph.pt2")]
    store.put(graph, b"another program")

    with pytest.raises(Unverified, match=r"graph\.pt2 was altered"):
        world.score(NIGHTS[0])

    assert not partitions(world.ledger)


def test_exactly_the_nights_of_the_withdrawn_version_are_scored_again(withdrawn: World):
    before = withdrawn.rows(NIGHTS[1])
    record = withdrawn.rescore(2)

    after = withdrawn.rows(NIGHTS[1])
    assert [one.night for one in record.again] == [NIGHTS[1]]
    assert set(after["version"].to_pylist()) == {1}
    assert after["row_key"] == before["row_key"]
    assert after["probability_1"] != before["probability_1"]
    first, second, third = partitions(withdrawn.ledger)
    assert [first.number, second.number, third.number] == [1, 1, 2]
    assert third.because.startswith("grace: it was wrong")
    assert record.verdict.passed


def test_all_nights_are_scored_before_the_key_is_read(
    world: World, bundles: dict[int, Trained], monkeypatch: pytest.MonkeyPatch
):
    """What scores is forked from the process that signs: its memory must not hold the seed yet."""
    world.crown(bundles[2], 2)
    for night in NIGHTS:
        world.score(night)
    world.crown(bundles[1], 1, "rolled_back", from_bundle=bundles[2].name)
    order: list[str] = []
    scores, ledger = ScoreOperator.run_stage, world.ledger

    def run_stage(self: ScoreOperator, attempt: Attempt) -> Any:
        order.append("scored")
        return scores(self, attempt)

    def opened(self: Settings, model: str, to_write: bool = False) -> Ledger:
        order.extend(["key"] if to_write else [])
        return ledger

    monkeypatch.setattr(ScoreOperator, "run_stage", run_stage)
    monkeypatch.setattr(Settings, "ledger", opened)
    ledger.signer, signer = None, ledger.signer
    monkeypatch.setattr(ledger, "_signer", lambda: signer)

    world.rescore(2)

    assert order[:2] == ["scored"] * 2
    assert set(order[2:]) == {"key"}


def test_a_night_is_scored_again_in_the_way_it_was_scored(withdrawn: World):
    withdrawn.rescore(2)

    served = serving(withdrawn.ledger, NIGHTS[1])
    assert served is not None
    made = publication.load(withdrawn.stores["store"], served.scoring).result
    assert made.record["unsure_below"] == 0.6
    assert any(file.path.startswith("csv/") for file in made.data.files)


def test_a_retry_says_what_all_attempts_did_and_adds_nothing(withdrawn: World):
    first = withdrawn.rescore(2)

    assert withdrawn.rescore(2) == first
    assert len(partitions(withdrawn.ledger, NIGHTS[1])) == 2


def test_a_night_whose_table_is_gone_is_left_and_somebody_is_told(withdrawn: World):
    table = withdrawn.tables[NIGHTS[1]]
    store = withdrawn.stores["store"]
    for file in table.result.data.files:
        store.delete(f"{table.result.data.prefix}/{file.path}")

    record = withdrawn.rescore(2)

    assert not record.again
    assert [one.night for one in record.left] == [NIGHTS[1]]
    assert record.verdict.repair
    assert set(withdrawn.rows(NIGHTS[1])["version"].to_pylist()) == {2}


def test_the_champion_is_not_scored_again(withdrawn: World):
    with pytest.raises(SpecError, match="is champion"):
        withdrawn.rescore(1)


def test_a_version_that_scored_nothing_is_named(withdrawn: World):
    with pytest.raises(SpecError, match="There is no version 9"):
        withdrawn.rescore(9)


def test_nobody_scores_again_without_a_name(withdrawn: World):
    with pytest.raises(SpecError, match="not triggered by a person"):
        withdrawn.rescore(2, triggered_by=None)


def asked(world: World, night: str, **which: Any) -> dict[str, Any]:
    served = serving(world.ledger, night)
    assert served is not None
    scratch = world.folder / "explained"
    return explain(AskedRow(**which), served, world.ledger, stores=world.stores, scratch=scratch)


def test_a_row_is_explained_by_the_version_that_scored_it(withdrawn: World):
    rows = withdrawn.rows(NIGHTS[1]).to_pandas()
    one = rows[~rows["row_key"].duplicated(keep=False)].iloc[-1]

    found = asked(withdrawn, NIGHTS[1], key=one["row_key"])

    assert found["prediction"]["row"] == one["row"]
    assert found["model"]["version"] == 2
    assert found["why"]["score"] == pytest.approx(one["probability_1"], rel=1e-4)
    assert set(found["features"]) == {name for name, _ in found["why"]["features"]}
    lines = [*_lines(found)]
    assert any("version 2" in line for line in lines)


def test_of_several_rows_one_must_be_named(withdrawn: World):
    rows = withdrawn.rows(NIGHTS[0]).to_pandas()
    two = rows[rows["row_key"].duplicated(keep=False)].sort_values(["row_key", "row"]).iloc[:2]
    key = two["row_key"].iloc[0]

    with pytest.raises(DataError, match="Several rows are about them"):
        asked(withdrawn, NIGHTS[0], key=key)

    last = int(two["row"].iloc[1])
    assert asked(withdrawn, NIGHTS[0], key=key, row=last)["prediction"]["row"] == last


def test_whom_no_row_is_about_is_told_so_without_the_key(withdrawn: World):
    with pytest.raises(DataError, match="No row of that night") as refused:
        asked(withdrawn, NIGHTS[0], key="nobody")

    assert "nobody" not in str(refused.value)
