"""The review queue: who is asked, who has answered, and what is asked no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from airlock.catalogs.labels import deliveries
from airlock.catalogs.predictions import Partition, publish
from airlock.catalogs.review_queue import NightOfQueue, Queue, queue
from airlock.config.settings import Settings
from airlock.core.errors import Unverified
from airlock.engine.publication import Stores
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.stages.score.record import Scoring
from airlock.stages.snapshot.record import Part
from tests.judged import NOW
from tests.scored import NIGHTS, World
from tests.trained import Trained, trained

FIRST, SECOND = NIGHTS
UNSURE = {"unsure_below": 0.65, "review": ("plan",)}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Trained]:
    return {seed: trained(tmp_path_factory.mktemp(f"v{seed}"), seed=seed) for seed in (1, 2)}


@pytest.fixture
def world(
    bundles: dict[int, Trained],
    stores: Stores,
    signer: Signer,
    trusted: TrustedKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Version 1 scored two nights, and was unsure of some rows of both."""
    ledger = Ledger(stores["store"], "churn", trusted=trusted, signer=signer)
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    made = World(stores, ledger, tmp_path)
    made.crown(bundles[1], 1)
    for night in NIGHTS:
        made.score(night, **UNSURE)
    return made


def asked(world: World, night: str) -> pd.DataFrame:
    """The rows that are asked about, one for each key."""
    return world.unsure(night).drop_duplicates("row_key")


def tonight(world: World, night: str = SECOND) -> NightOfQueue:
    told = queue(world.archive(), SECOND)
    return next(one for one in told.nights if one.night == night)


def test_every_unsure_row_of_every_night_is_open_at_first(world: World):
    told = queue(world.archive(), SECOND)

    assert [one.night for one in told.nights] == [FIRST, SECOND]
    assert told.asked == told.open == sum(len(world.unsure(n)) for n in NIGHTS) > 0
    assert (told.rows, told.answered, told.override_rate) == (600, 0, None)
    assert (told.oldest, told.age) == (FIRST, 1)
    assert told.share == told.asked / 600


def test_an_answer_closes_a_row_and_one_that_differs_overrides_the_model(world: World):
    rows = asked(world, FIRST).head(4)
    predicted = dict(zip(rows["row_key"], rows["prediction"], strict=True))
    wrong = rows["row_key"].iloc[0]

    world.deliver(FIRST, {**predicted, wrong: 1 - predicted[wrong]}, reviewer="ada")

    one = tonight(world, FIRST)
    whole = world.unsure(FIRST)
    closed = whole["row_key"].isin(predicted)
    assert (one.asked, one.open) == (len(whole), int((~closed).sum()))
    assert one.answered == int(closed.sum())
    assert one.overridden == int((whole["row_key"] == wrong).sum())
    assert set(world.open_rows(FIRST)["row_key"]).isdisjoint(predicted)


def test_a_label_that_nobody_was_asked_for_closes_a_row_and_is_no_answer(world: World):
    key = asked(world, FIRST)["row_key"].iloc[0]
    before = tonight(world, FIRST)

    world.deliver(FIRST, {key: 1})

    after = tonight(world, FIRST)
    assert after.open < before.open
    assert (after.answered, after.overridden) == (0, 0)


def test_an_answer_for_a_row_that_was_not_asked_about_is_a_label_and_no_override(world: World):
    rows = world.rows(FIRST).to_pandas()
    sure = rows[~rows["row_key"].isin(world.unsure(FIRST)["row_key"])].iloc[0]
    before = tonight(world, FIRST)

    world.deliver(FIRST, {sure["row_key"]: 1 - sure["prediction"]}, reviewer="ada")

    assert tonight(world, FIRST) == before
    assert world.archive().labels(FIRST)[sure["row_key"]] == str(1 - sure["prediction"])


def test_of_two_answers_the_newest_counts_and_a_label_that_comes_later_takes_none_back(
    world: World,
):
    row = asked(world, FIRST).iloc[0]
    key, said = row["row_key"], row["prediction"]
    world.deliver(FIRST, {key: 1 - said}, reviewer="ada")
    assert tonight(world, FIRST).overridden > 0

    world.deliver(FIRST, {key: said}, reviewer="grace")
    world.deliver(FIRST, {key: 1 - said})

    one = tonight(world, FIRST)
    assert (one.answered > 0, one.overridden) == (True, 0)
    assert world.archive().labels(FIRST)[key] == str(1 - said)


def test_what_another_version_scored_again_is_asked_as_that_one_scored_it(
    world: World, bundles: dict[int, Trained]
):
    before = world.unsure(SECOND)

    world.crown(bundles[2], 2)
    world.score(SECOND, **UNSURE)

    after = world.unsure(SECOND)
    assert set(before["version"]) == {1}
    assert set(after["version"]) == {2}
    assert tonight(world).asked == len(after)


def test_a_night_that_was_erased_asks_nothing(world: World):
    world.erase(FIRST)

    told = queue(world.archive(), SECOND)

    assert ([one.night for one in told.nights], told.unreadable) == ([SECOND], ())
    assert world.archive().serving(FIRST) is None


def test_labels_for_a_night_that_was_erased_count_once_it_is_scored_again(
    world: World, bundles: dict[int, Trained]
):
    keys = world.unsure(FIRST)["row_key"].unique()
    world.erase(FIRST)

    record, _ = world.deliver(FIRST, {keys[0]: 1})
    answers, _ = world.deliver(FIRST, {keys[1]: 1}, reviewer="ada", pseudonyms=False)
    world.crown(bundles[2], 2)
    world.score(FIRST, **UNSURE)

    assert (record.nights[0].erased, record.nights[0].labels) == (True, 1)
    assert (answers.nights[0].labels, answers.nights[0].left_out) == (0, 1)
    assert world.archive().labels(FIRST).to_dict() == {keys[0]: "1"}
    # What nothing is kept of is not in the catalog.
    assert [one.number for one in deliveries(world.ledger, FIRST)] == [1]


def test_an_earlier_delivery_that_was_erased_does_not_keep_the_next_one_out(world: World):
    first, second = world.unsure(FIRST)["row_key"].unique()[:2]
    _, gone = world.deliver(FIRST, {first: 1})
    world.erase_result(gone.address)

    record, _ = world.deliver(FIRST, {second: 1})

    assert record.nights[0].labels == 1
    assert world.archive().labels(FIRST).to_dict() == {second: "1"}


def test_a_delivery_that_is_lost_and_that_nobody_erased_is_missed(world: World):
    key = world.unsure(FIRST)["row_key"].iloc[0]
    _, lost = world.deliver(FIRST, {key: 1})
    data = lost.result.data
    world.stores["store"].delete(f"{data.prefix}/{data.files[0].path}")

    with pytest.raises(Unverified, match="is gone"):
        world.archive().labels(FIRST)


def test_a_night_whose_rows_are_lost_is_told_of_and_counts_for_nothing(world: World):
    folder = next((world.folder / "store/attempts/score").glob("*/data/_review"))
    for file in folder.iterdir():
        file.unlink()

    told = queue(world.archive(), SECOND)

    assert len(told.nights) == len(told.unreadable) == 1


def test_nights_of_two_months_ago_are_asked_no_more(world: World):
    assert queue(world.archive(), "2026-03-05").oldest == FIRST
    assert queue(world.archive(), "2026-03-06").oldest != FIRST
    assert queue(world.archive(), "2026-03-07").nights == ()


def test_nights_that_were_not_there_yet_are_left_out(world: World):
    assert [one.night for one in queue(world.archive(), FIRST).nights] == [FIRST]


def test_nights_that_were_scored_before_there_was_a_queue_have_none(world: World):
    scored = world.score(FIRST)

    assert scored.review == ()
    assert [one.night for one in queue(world.archive(), SECOND).nights] == [SECOND]


def test_answers_alone_are_no_evidence_and_what_nobody_asked_for_is(world: World):
    """Whoever is measured on the rows that it was unsure of looks bad, and its rival good."""
    asked_for, both = world.unsure(FIRST)["row_key"].unique()[:2]
    every = world.rows(FIRST).to_pandas()
    sure = every[~every["row_key"].isin(world.unsure(FIRST)["row_key"])]["row_key"].iloc[0]
    world.deliver(FIRST, {both: 1, sure: 0})

    _, labelled = world.deliver(FIRST, {asked_for: 1, both: 1, sure: 1}, reviewer="ada")

    assert world.archive().labels(FIRST).to_dict() == {asked_for: "1", both: "1", sure: "1"}
    assert world.archive().evidence(FIRST).to_dict() == {both: "1", sure: "1"}
    [night] = world.live(SECOND, labelled).nights
    assert night.joined == int(every["row_key"].isin({both, sure}).sum())


def test_what_an_earlier_version_asked_about_is_no_evidence_on_the_next_one_either(
    world: World, bundles: dict[int, Trained]
):
    keys = world.unsure(FIRST)["row_key"].unique()
    world.deliver(FIRST, dict.fromkeys(keys, 1), reviewer="ada")

    world.crown(bundles[2], 2)
    world.score(FIRST, **UNSURE)

    assert world.archive().evidence(FIRST).empty


def test_live_says_how_the_queue_stands(world: World):
    row = asked(world, FIRST).iloc[0]
    _, labelled = world.deliver(
        FIRST, {row["row_key"]: 1 - row["prediction"]}, reviewer="ada", pseudonyms=False
    )

    record = world.live(SECOND, labelled)

    assert record.queue == queue(world.archive(), SECOND)
    assert record.queue.override_rate == 1.0
    assert any("overrode" in fact and "100.0%" in fact for fact in record.facts())
    assert type(record).from_json(record.to_json()) == record


def test_an_answer_overrides_a_number_if_it_lies_outside_of_the_band(world: World, tmp_path: Path):
    folder = tmp_path / "numbers"
    (folder / "_review").mkdir(parents=True)
    keys = ["in", "on the edge", "out", "no number", "no band"]
    rows = pd.DataFrame(
        {
            "row_key": keys,
            "prediction": 10.0,
            "band_low": [8.0, 8.0, 8.0, 8.0, None],
            "band_high": [12.0, 12.0, 12.0, 12.0, None],
        }
    )
    rows.to_parquet(folder / "_review/part-00000.parquet")
    rows.to_parquet(folder / "part-00000.parquet")
    usual = world.score(FIRST, **UNSURE)
    assert isinstance(usual, Scoring)
    record = replace(
        usual,
        rows=5,
        parts=(Part(path="part-00000.parquet", rows=5),),
        unsure=5,
        review=(Part(path="_review/part-00000.parquet", rows=5),),
    )
    made = world.published(record, folder)
    names: dict[str, Any] = {"scoring": made.address, "sha256": made.sha256, "rows": 5}
    publish(
        world.ledger,
        Partition(model="churn", night=FIRST, role="served", versions=(1,), sequence=1, **names),
        at=NOW,
    )

    world.deliver(
        FIRST, dict(zip(keys, ["11", "12", "12.1", "x", "10"], strict=True)), reviewer="a"
    )

    one = tonight(world, FIRST)
    assert (one.answered, one.overridden) == (5, 3)


def test_without_a_row_to_judge_there_is_nothing_to_say():
    empty = Queue(last=FIRST, nights=(), rows=0)

    assert (empty.facts(), empty.share, empty.oldest, empty.age) == ((), 0.0, None, 0)
