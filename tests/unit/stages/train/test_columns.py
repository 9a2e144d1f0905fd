"""Days and times are learnt from; what is kept and not learnt from is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.bundle.preprocessing import Numeric, Preprocessing, learn, learn_target
from airlock.bundle.preprocessing.moments import part_of
from airlock.core.errors import DataError
from airlock.stages.redact.record import RedactedColumn
from airlock.stages.train.stage import folds
from tests.redacted import customers, redacted
from tests.trained import SPEC, trained

FIRST = date(2024, 1, 1)  # a Monday


def rows(count: int = 400) -> pd.DataFrame:
    days = [FIRST + timedelta(days=at) for at in range(count)]
    return pd.DataFrame({"day": days, "left": [int(one.weekday() >= 5) for one in days]})


def learnt(frame: pd.DataFrame, kind: str = "date") -> Preprocessing:
    target = learn_target("left", "integer", frame["left"], classify=True)
    return learn(frame, [("day", kind)], target)  # type: ignore[list-item]  # the two kinds below


def test_a_day_becomes_its_year_and_places_on_the_circles_of_months_and_weekdays():
    preprocessing = learnt(rows())

    assert preprocessing.features == (("day", "moment"),)
    assert [one.name for one in preprocessing.numeric] == [
        "day year",
        "day month sine",
        "day month cosine",
        "day weekday sine",
        "day weekday cosine",
    ]
    floats = preprocessing.apply(rows())[0]
    assert np.allclose(floats[0, 3:], floats[7, 3:])
    assert not np.allclose(floats[0, 3:], floats[3, 3:])


def test_december_lies_beside_january():
    column = pd.Series([date(2025, 12, 1), date(2026, 1, 1), date(2026, 7, 1)], name="day")
    places = np.stack([part_of(column, "month sine"), part_of(column, "month cosine")], axis=1)

    beside, across = np.linalg.norm(places[0] - places[1]), np.linalg.norm(places[1] - places[2])

    assert beside < across / 3


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param([date(2026, 1, 5), None], id="days"),
        pytest.param([pd.Timestamp("2026-01-05", tz="UTC"), pd.NaT], id="moments"),
        pytest.param(["2026-01-05", None], id="texts, as JSON has them"),
        pytest.param([datetime(2026, 1, 5, tzinfo=UTC), None], id="times of Python"),
    ],
)
def test_a_day_reads_alike_however_it_comes(cells: list[object]):
    told = part_of(pd.Series(cells, name="day"), "year")

    assert told[0] == 2026
    assert np.isnan(told[1])


def test_a_column_without_any_day_is_missing_and_one_of_numbers_is_refused():
    assert np.isnan(part_of(pd.Series([np.nan, np.nan], name="day"), "year")).all()
    with pytest.raises(DataError, match="something else than days"):
        part_of(pd.Series([20260105], name="day"), "year")
    with pytest.raises(DataError, match="something else than days"):
        part_of(pd.Series(["yesterday"], name="day"), "year")


def test_hours_are_told_of_a_timestamp_alone():
    frame = rows()
    frame["day"] = pd.to_datetime(frame["day"]) + pd.to_timedelta(np.arange(400) % 24, unit="h")

    names = [one.name for one in learnt(frame, "timestamp").numeric]

    assert names[-2:] == ["day hour sine", "day hour cosine"]


def test_a_number_of_its_own_is_stored_as_before_there_were_parts():
    own = Numeric(name="fee", median=0, mean=0, scale=1, flag=False)

    assert set(own.to_json()) == {"name", "median", "mean", "scale", "flag", "low", "high"}
    assert Preprocessing.from_json(learnt(rows()).to_json()) == learnt(rows())


def test_what_is_kept_and_no_feature_is_named_unless_somebody_chose(tmp_path: Path):
    record = redacted(customers(60), tmp_path)
    age = RedactedColumn(name="age_group", action="generalise", changed=60, found={})
    record = replace(record, columns=(*record.columns, age))
    features = [name for name, _ in folds.features(record, SPEC)]

    assert folds.unused(record, SPEC, features) == ("age_group",)
    chosen = SPEC.model_copy(update={"features": ("plan",)})
    assert folds.unused(record, chosen, ["plan"]) == ()


def test_a_column_that_is_the_same_in_every_row_or_empty_is_named(tmp_path: Path):
    frame = customers(60).assign(region="north", fee=np.nan)
    frame["paperless"] = [True] * 59 + [False]
    record = redacted(frame, tmp_path)
    names = [name for name, _ in folds.features(record, SPEC)]

    assert set(folds.constant(record, tmp_path, names)) == {"region", "fee"}


def test_the_record_says_what_was_not_learnt(tmp_path: Path):
    frame = customers(400)
    frame["region"] = "north"
    frame["plan"] = np.where(frame.index < 4, "odd " + frame.index.astype(str), frame["plan"])

    record = trained(tmp_path, frame, max_epochs=1).record

    assert record.constant == ("region",)
    known, others = (record.rare or {})["plan"]
    assert known == 3
    assert 0 < others <= 4
    said = " ".join(record.facts())
    assert "The same in every row, so nothing is learnt from it: region." in said
    assert "plan: 3 values are known" in said
