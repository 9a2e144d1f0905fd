"""Shadow and route: the champion serves whatever the rival does not, and a shadow nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.errors import DataError, SpecError
from airlock.core.quoting import from_cell
from airlock.core.routing import routed
from airlock.stages.route.record import Routing
from airlock.stages.route.stage import route
from airlock.stages.score.record import Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from airlock.stages.shadow.record import Shadowing
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

TONIGHT = customers(seed=5).drop(columns=["churned", "fold"])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Trained]:
    """Two that learnt the opposite of each other."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("first", "second"))
    frame = customers()
    return trained(first), trained(second, frame.assign(churned=1 - frame["churned"]))


@pytest.fixture(scope="module")
def scored(
    models: tuple[Trained, Trained], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Scoring, Shadowing]:
    """Version 4 is champion; version 5 scored beside it."""
    folder = tmp_path_factory.mktemp("scored")
    redaction = redacted(TONIGHT, folder / "table")
    found = []
    for name, model, version, sequence in (
        ("served", models[0], 4, 17),
        ("beside", models[1], 5, 21),
    ):
        (folder / name).mkdir()
        found.append(
            score(
                NightToScore(
                    redaction=redaction,
                    champion=model.champion(version=version, sequence=sequence),
                    model="churn",
                    night="2026-01-06",
                    spec=ScoreSpec(unsure_below=0.7, review=("plan",)),
                ),
                Workspace(
                    table=folder / "table",
                    bundle=model.bundle,
                    out=folder / name,
                ),
            )
        )
    shadowing = Shadowing(
        model="churn",
        night="2026-01-06",
        champion_version=4,
        champion_sequence=17,
        kind="challenger",
        scoring=found[1],
        problem=None,
    )
    return folder, found[0], shadowing


def merged(
    scored: tuple[Path, Scoring, Shadowing], out: Path, share: float, **changes: Any
) -> Routing:
    folder, scoring, shadowing = scored
    out.mkdir(exist_ok=True)
    arguments: dict[str, Any] = {
        "scoring": scoring,
        "shadowing": shadowing,
        "canary": 21,
        "slices": ("plan",),
        "least_rows": 100,
        "table": folder / "table",
        "served": folder / "served",
        "beside": folder / "beside",
    }
    arguments |= changes
    return route(
        arguments.pop("scoring"), arguments.pop("shadowing"), share=share, out=out, **arguments
    )


def test_each_row_is_stamped_with_the_version_that_answers_its_key(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    record = merged(scored, tmp_path, 0.25)

    found = pq.read_table(tmp_path).to_pandas()
    chosen = routed("churn", found["row_key"], 0.25)
    ours, theirs = (pq.read_table(scored[0] / name).to_pandas() for name in ("served", "beside"))
    expected = pd.concat([ours[~chosen], theirs[chosen]]).sort_index()
    pd.testing.assert_frame_equal(found, expected)
    assert found["version"].tolist() == [5 if one else 4 for one in chosen]
    assert 0 < record.routed == chosen.sum() < record.rows
    assert Routing.from_json(record.to_json()) == record


@pytest.mark.parametrize("key", ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "'=x"])
def test_no_key_in_a_routed_csv_is_a_formula_and_each_reads_back(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path, key: str
):
    hostile: dict[str, Any] = {}
    for name in ("served", "beside"):
        hostile[name] = tmp_path / name
        shutil.copytree(scored[0] / name, hostile[name])
        for part in scored[1].parts:
            rows = pq.read_table(scored[0] / name / part.path)
            keys = pa.array([f"{key}{one}" for one in rows["row_key"].to_pylist()], pa.string())
            at = rows.schema.get_field_index("row_key")
            field = rows.schema.field("row_key")
            rows = rows.set_column(at, field, keys.cast(field.type))
            pq.write_table(rows, hostile[name] / part.path)

    merged(scored, tmp_path / "out", 0.5, csv=True, **hostile)

    written = sorted((tmp_path / "out/csv").iterdir())
    found = pd.concat(pd.read_csv(one, dtype={"row_key": str}) for one in written)["row_key"]
    assert found.str.startswith("'").all()
    assert found.map(from_cell).str.startswith(key).all()


def test_a_shadow_answers_nothing_and_is_compared_all_the_same(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    record = merged(scored, tmp_path, 0.0)

    assert (record.routed, record.parts, record.canary) == (0, (), 0)
    assert not list(tmp_path.iterdir())
    whole, *slices = record.apart
    assert whole.rows == len(TONIGHT)
    assert 0 < whole.agreement < 1
    assert whole.distance > 0
    assert {one.value for one in slices} == {"basic", "family", "premium"}
    assert sum(one.rows for one in slices) == whole.rows


def test_small_slices_are_left_out_so_that_none_is_about_a_person(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    record = merged(scored, tmp_path, 0.0, least_rows=10_000)

    assert [one.column for one in record.apart] == [""]


def test_with_nobody_beside_it_the_champion_answers_everything(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    nobody = replace(scored[2], kind=None, scoring=None)

    record = merged(scored, tmp_path, 0.25, shadowing=nobody)

    assert (record.share, record.routed, record.rival_version, record.parts) == (0.0, 0, None, ())
    assert not list(tmp_path.iterdir())


def test_two_that_scored_other_rows_are_never_mixed(
    scored: tuple[Path, Scoring, Shadowing], models: tuple[Trained, Trained], tmp_path: Path
):
    other = customers(seed=6).drop(columns=["churned", "fold"])
    redaction = redacted(other, tmp_path / "table")
    (tmp_path / "beside").mkdir()
    score(
        NightToScore(
            redaction=redaction,
            champion=models[1].champion(version=5, sequence=21),
            model="churn",
            night="2026-01-06",
        ),
        Workspace(
            table=tmp_path / "table",
            bundle=models[1].bundle,
            out=tmp_path / "beside",
        ),
    )

    with pytest.raises(DataError, match="did not score the same rows"):
        merged(scored, tmp_path / "out", 0.25, beside=tmp_path / "beside")

    assert not list((tmp_path / "out").iterdir())


def test_a_slice_that_is_no_column_is_named(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    with pytest.raises(SpecError, match="lacks: nothing"):
        merged(scored, tmp_path, 0.0, slices=("nothing",))


def test_people_are_asked_about_the_rows_as_whoever_answers_them_scored_them(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    record = merged(scored, tmp_path, 0.25)

    found = pq.read_table(tmp_path).to_pandas()
    asked = pd.concat([pd.read_parquet(tmp_path / part.path) for part in record.review])
    expected = found[found["confidence"] < 0.7].reset_index(drop=True)
    pd.testing.assert_frame_equal(asked.reset_index(drop=True)[found.columns.tolist()], expected)
    assert set(asked["version"]) == {4, 5}
    assert asked["plan"].tolist() == TONIGHT["plan"].iloc[asked["row"]].tolist()
    assert sum(part.rows for part in record.review) == len(asked)


def test_a_rival_that_is_sure_of_everything_takes_its_rows_out_of_the_queue(
    scored: tuple[Path, Scoring, Shadowing], tmp_path: Path
):
    _, _, shadowing = scored
    assert shadowing.scoring is not None
    sure = replace(shadowing, scoring=replace(shadowing.scoring, review=(), unsure=0))

    record = merged(scored, tmp_path, 0.25, shadowing=sure)

    asked = pd.concat([pd.read_parquet(tmp_path / part.path) for part in record.review])
    assert set(asked["version"]) == {4}
    assert not routed("churn", asked["row_key"], 0.25).any()
    assert merged(scored, tmp_path / "all", 1.0, shadowing=sure).review == ()
