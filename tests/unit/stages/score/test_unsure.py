"""The unsure rows of a night are a table of their own, with what a person needs to judge them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from airlock.core.content import sha256_of_file
from airlock.core.errors import SpecError
from airlock.stages.score.record import Margin, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from tests.redacted import COLUMNS, customers, redacted
from tests.trained import Trained, trained

TONIGHT = customers(seed=5).drop(columns=["churned", "fold"])
BAND = Margin(coverage=0.9, metric="rmse", width=20.0)


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("champion"))


@pytest.fixture(scope="module")
def regressor(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(
        tmp_path_factory.mktemp("regressor"),
        customers().assign(fee=lambda frame: frame["fee"].fillna(60.0)),
        model="airlock.models.tabular:TabularRegressor",
        target="fee",
        task="regression",
        features=("plan", "region", "tenure", "paperless"),
    )


def scored(
    who: Trained,
    folder: Path,
    frame: pd.DataFrame = TONIGHT,
    *,
    parts: int = 2,
    processes: int = 1,
    how: Mapping[str, Any] = MappingProxyType({}),
    **spec: Any,
) -> Scoring:
    redaction = redacted(frame, folder / "table", parts=parts)
    (folder / "out").mkdir()
    return score(
        NightToScore(
            redaction=redaction,
            champion=who.champion(),
            model="churn",
            night="2026-01-06",
            spec=ScoreSpec(**spec),
            **how,
        ),
        Workspace(
            table=folder / "table",
            bundle=who.bundle,
            out=folder / "out",
            processes=processes,
        ),
    )


def asked(record: Scoring, folder: Path) -> pd.DataFrame:
    return pd.concat(
        [pd.read_parquet(folder / "out" / part.path) for part in record.review], ignore_index=True
    )


def test_rows_below_the_limit_are_asked_about_with_what_a_person_needs(
    champion: Trained, tmp_path: Path
):
    record = scored(champion, tmp_path, unsure_below=0.7, review=("plan", "note"))

    whole = pq.read_table(tmp_path / "out").to_pandas()
    rows = asked(record, tmp_path)
    expected = whole[whole["confidence"] < 0.7].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[whole.columns.tolist()], expected)
    assert rows["why"].unique().tolist() == ["confidence below 0.7"]
    shown = TONIGHT.iloc[rows["row"]][["plan", "note"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[["plan", "note"]], shown)
    assert record.unsure == len(rows) == sum(part.rows for part in record.review)
    assert Scoring.from_json(record.to_json()) == record


def test_processes_make_no_difference_to_who_is_asked(champion: Trained, tmp_path: Path):
    records = [
        scored(champion, tmp_path / f"{n}", parts=4, processes=n, unsure_below=0.7) for n in (1, 2)
    ]

    assert records[0] == records[1]
    names = [part.path for part in records[0].review]
    one, two = ([sha256_of_file(tmp_path / n / "out" / name) for name in names] for n in ("1", "2"))
    assert one == two


def test_a_part_without_an_unsure_row_has_no_file(champion: Trained, tmp_path: Path):
    record = scored(champion, tmp_path, unsure_below=0.001)

    assert (record.unsure, record.review) == (0, ())
    assert not (tmp_path / "out/_review").exists()


def test_a_number_is_unsure_where_its_band_is_wide_for_it(regressor: Trained, tmp_path: Path):
    frame = TONIGHT.drop(columns="fee")
    record = scored(regressor, tmp_path, frame, how={"margin": BAND}, unsure_wider=0.66)

    whole = pq.read_table(sorted((tmp_path / "out").glob("*.parquet"))).to_pandas()
    wide = 0.66 * whole["prediction"].abs() < 40.0
    assert 0 < record.unsure < len(whole)
    assert asked(record, tmp_path)["row"].tolist() == whole["row"][wide].tolist()


def test_without_a_band_every_number_is_asked_about(regressor: Trained, tmp_path: Path):
    record = scored(regressor, tmp_path, TONIGHT.drop(columns="fee"), unsure_wider=0.66)

    assert record.unsure == len(TONIGHT)
    assert asked(record, tmp_path)["why"].unique().tolist() == ["no band"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param({"unsure_wider": 1.0}, "predicts classes", id="a limit for numbers"),
        pytest.param(
            {"unsure_below": 0.7, "review": ("customer_id",)},
            "cannot be shown customer_id",
            id="a pseudonym",
        ),
        pytest.param(
            {"unsure_below": 0.7, "review": ("income",)},
            "cannot be shown income",
            id="a column that is not there",
        ),
    ],
)
def test_what_people_cannot_be_asked_stops_before_a_row_is_scored(
    champion: Trained, tmp_path: Path, spec: dict[str, Any], message: str
):
    with pytest.raises(SpecError, match=message):
        scored(champion, tmp_path, **spec)

    assert not list((tmp_path / "out").iterdir())


def test_a_limit_for_classes_is_none_for_numbers(regressor: Trained, tmp_path: Path):
    with pytest.raises(SpecError, match="predicts numbers"):
        scored(regressor, tmp_path, TONIGHT.drop(columns="fee"), unsure_below=0.7)


def test_a_column_that_is_called_like_one_of_the_sheet_is_refused(
    champion: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(COLUMNS, "why", ("string", "keep"))

    with pytest.raises(SpecError, match="columns of its own called why"):
        scored(
            champion, tmp_path, TONIGHT.assign(why="so"), unsure_below=0.7, review=("why", "plan")
        )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"unsure_below": 0.6, "unsure_wider": 1.0}, "set one"),
        ({"review": ("plan",), "max_unscored": 0.0}, "set unsure_below or unsure_wider"),
    ],
)
def test_a_spec_that_asks_for_nothing_or_for_two_things_is_refused(
    spec: dict[str, Any], message: str
):
    with pytest.raises(SpecError, match=message):
        ScoreSpec(**spec)
