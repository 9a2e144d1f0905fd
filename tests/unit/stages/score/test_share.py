"""Several tasks score a night as one would, and no share can be left out, doubled or swapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs.predictions import partitions, serving
from airlock.config.settings import Settings
from airlock.core.content import sha256_of_file
from airlock.core.errors import Unverified
from airlock.core.shards import whole
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.ledger import Ledger
from airlock.stages.redact.record import Redaction
from airlock.stages.score.record import Margin
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.score import NightToScore, Workspace, score, score_share, together
from airlock.stages.score.stage.share import Share
from tests.redacted import customers, redacted
from tests.scored import NIGHTS, World
from tests.trained import Trained, trained

TONIGHT = customers(301, seed=5).drop(columns=["churned", "fold"])
SPEC = ScoreSpec(unsure_below=0.7, outputs=("csv",))
TOLD: dict[str, Any] = {
    "model": "churn",
    "night": "2026-01-06",
    "spec": SPEC,
    "margin": Margin(coverage=0.9, metric="ece", width=0.2),
}


@pytest.fixture
def table(tmp_path: Path) -> Redaction:
    """Tonight's rows in five parts of two lengths."""
    return redacted(TONIGHT, tmp_path / "table", parts=5)


def shares(champion: Trained, table: Redaction, folder: Path, count: int) -> list[Share]:
    found = []
    for share in range(count):
        out = folder / f"share-{count}-{share}"
        out.mkdir()
        record = score_share(
            NightToScore(
                redaction=table,
                champion=champion.champion(),
                **TOLD,
            ),
            Workspace(
                table=folder / "table",
                bundle=champion.bundle,
                out=out,
            ),
            share=share,
            shares=count,
            recipe="r",
        )
        found.append((record, out))
    return found


def digests(folder: Path) -> Sequence[tuple[str, str]]:
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    return [(path.relative_to(folder).as_posix(), sha256_of_file(path)) for path in files]


@pytest.mark.parametrize("count", [2, 3, 7], ids="{} shares of five parts".format)
def test_shares_put_together_are_the_night_that_one_task_scores(
    champion: Trained, table: Redaction, tmp_path: Path, count: int
):
    for name in ("alone", "together"):
        (tmp_path / name).mkdir()
    alone = score(
        NightToScore(
            redaction=table,
            champion=champion.champion(),
            **TOLD,
        ),
        Workspace(
            table=tmp_path / "table",
            bundle=champion.bundle,
            out=tmp_path / "alone",
        ),
    )

    record = together(
        NightToScore(
            redaction=table,
            champion=champion.champion(),
            **TOLD,
        ),
        shares=whole(shares(champion, table, tmp_path, count)[::-1], recipe="r"),
        out=tmp_path / "together",
    )

    assert record == alone
    assert record.unsure > 0
    assert digests(tmp_path / "together") == digests(tmp_path / "alone")
    assert len([*(tmp_path / "together/csv").iterdir()]) == 5


def test_a_share_needs_no_part_but_its_own(champion: Trained, table: Redaction, tmp_path: Path):
    (tmp_path / "table/part-00004.parquet").unlink()
    (tmp_path / "out").mkdir()

    first = score_share(
        NightToScore(
            redaction=table,
            champion=champion.champion(),
            **TOLD,
        ),
        Workspace(
            table=tmp_path / "table",
            bundle=champion.bundle,
            out=tmp_path / "out",
        ),
        share=0,
        shares=2,
        recipe="r",
    )

    assert [part.path for part in first.parts] == ["part-00000.parquet", "part-00001.parquet"]


def test_shares_that_are_not_the_parts_of_the_table_are_refused(
    champion: Trained, table: Redaction, tmp_path: Path
):
    two = shares(champion, table, tmp_path, 2)
    (tmp_path / "out").mkdir()

    with pytest.raises(Unverified, match="are not the parts of the table"):
        together(
            NightToScore(
                redaction=replace(table, parts=table.parts[:-1]),
                champion=champion.champion(),
                **TOLD,
            ),
            shares=two,
            out=tmp_path / "out",
        )


@pytest.fixture
def world(stores: Stores, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", lambda self, model, to_write=False: ledger)
    return World(stores, ledger, tmp_path)


def test_a_night_has_the_same_name_however_many_tasks_scored_it(world: World, champion: Trained):
    world.crown(champion, 1)
    mapped = [world.share(NIGHTS[0], share, 2) for share in (0, 1)]

    together_ = world.score(NIGHTS[0], shares=mapped)
    again = world.score(NIGHTS[0], shares=mapped)
    alone = world.score(NIGHTS[0])

    assert together_ == again == alone
    # No consumer reads a share.
    [one] = partitions(world.ledger)
    assert one.scoring.startswith("stages/score/")
    assert world.rows(NIGHTS[0]).num_rows == 300


def test_a_share_that_is_tried_twice_is_one(world: World, champion: Trained):
    world.crown(champion, 1)

    assert world.share(NIGHTS[0], 0, 2) == world.share(NIGHTS[0], 0, 2)
    assert world.share(NIGHTS[0], 0, 2) != world.share(NIGHTS[0], 1, 2)


def test_a_promotion_in_between_leaves_no_row_of_the_champion_before(
    world: World, champion: Trained, tmp_path: Path
):
    other = trained(tmp_path / "other", seed=2)
    world.crown(champion, 1)
    first = world.share(NIGHTS[0], 0, 2)
    world.crown(other, 2)
    mixed = [first, world.share(NIGHTS[0], 1, 2)]

    world.score(NIGHTS[0], shares=mixed)
    rows = world.rows(NIGHTS[0])
    world.score(NIGHTS[0])

    assert set(rows["version"].to_pylist()) == {2}
    assert rows == world.rows(NIGHTS[0])
    assert len(partitions(world.ledger)) == 1


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(lambda world, both: both[:1], id="one is missing"),
        pytest.param(lambda world, both: [both[0], both[0]], id="one twice"),
        pytest.param(lambda world, both: [both[0], world.share(NIGHTS[0], 1, 3)], id="of three"),
        pytest.param(
            lambda world, both: [both[0], world.share(NIGHTS[0], 1, 2, coverage=0.5)],
            id="scored in another way",
        ),
    ],
)
def test_what_is_not_all_shares_of_the_night_serves_nobody(
    world: World, champion: Trained, which: Any
):
    world.crown(champion, 1)
    both = [world.share(NIGHTS[0], share, 2) for share in (0, 1)]

    with pytest.raises(Unverified):
        world.score(NIGHTS[0], shares=which(world, both))

    assert serving(world.ledger, NIGHTS[0]) is None


def test_a_share_of_another_night_is_refused(world: World, champion: Trained):
    world.crown(champion, 1)
    strange = world.share(NIGHTS[1], 1, 2)

    # Another run made it, as its receipt says.
    with pytest.raises(Unverified, match="never produced"):
        world.score(NIGHTS[0], shares=[world.share(NIGHTS[0], 0, 2), strange])


def test_a_share_whose_bytes_were_altered_is_refused(world: World, champion: Trained):
    world.crown(champion, 1)
    both = [world.share(NIGHTS[0], share, 2) for share in (0, 1)]
    folder = publication.load(world.stores["store"], both[0]).result.data
    assert folder.zone == "raw"
    world.stores["raw"].put(f"{folder.prefix}/{folder.files[0].path}", b"PAR1 others")

    with pytest.raises(Unverified, match="was altered"):
        world.score(NIGHTS[0], shares=both)


def test_a_share_is_taken_from_a_signed_night_and_never_because_it_lies_there(
    world: World, champion: Trained, monkeypatch: pytest.MonkeyPatch
):
    world.crown(champion, 1)
    mapped = [world.share(NIGHTS[0], share, 2) for share in (0, 1)]

    def compute(*args: object, **told: object) -> None:
        raise InterruptedError

    store = world.stores["store"]
    seals = {one.key: store.get(one.key) for one in store.list("seals/")}
    for key in seals:
        store.delete(key)
    with monkeypatch.context() as patched:
        patched.setattr("airlock.stages.score.stage.score.score_share", compute)
        with pytest.raises(InterruptedError):  # anybody may have put it there
            world.share(NIGHTS[0], 0, 2)

    for key, seal in seals.items():
        store.put(key, seal)
    world.score(NIGHTS[0], shares=mapped)

    monkeypatch.setattr("airlock.stages.score.stage.score.score_share", compute)
    assert [world.share(NIGHTS[0], share, 2) for share in (0, 1)] == mapped
