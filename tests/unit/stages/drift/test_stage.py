"""A scored night, held against the data and the holdout of a real champion."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core.errors import DataError, Unverified
from airlock.distribution.histograms import histograms
from airlock.stages.drift.record import Course, Drift
from airlock.stages.drift.spec import DriftLimits, DriftSpec
from airlock.stages.drift.stage.baseline import baseline
from airlock.stages.drift.stage.drift import ChampionReference, ScoredNight, drift
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

SPEC = DriftSpec()


@dataclass(frozen=True)
class Champion:
    made: Trained
    reference: ChampionReference


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Champion:
    made = trained(tmp_path_factory.mktemp("champion"), customers(4000))
    table = pa.Table.from_pandas(customers(4000).drop(columns="fold"), preserve_index=False)
    large = pa.large_string()
    fields = [one.with_type(pa.string()) if one.type == large else one for one in table.schema]
    reference = ChampionReference(
        training=made.record,
        columns=histograms(table.cast(pa.schema(fields))),
        predictions=baseline(
            made.record, made.redaction, table=made.table, bundle=made.bundle, name=made.name
        ),
    )
    return Champion(made, reference)


def night(champion: Champion, folder: Path, frame: pd.DataFrame) -> ScoredNight:
    redaction = redacted(frame, folder / "table")
    (folder / "out").mkdir()
    scoring = score(
        NightToScore(
            redaction=redaction,
            champion=champion.made.champion(version=4, sequence=17),
            model="churn",
            night="2026-01-06",
        ),
        Workspace(
            table=folder / "table",
            bundle=champion.made.bundle,
            out=folder / "out",
        ),
    )
    return ScoredNight(
        redaction=redaction,
        scoring=scoring,
        table=folder / "table",
        predictions=folder / "out",
    )


def judged(
    champion: Champion, folder: Path, frame: pd.DataFrame, spec: DriftSpec = SPEC, **more: Any
) -> Drift:
    return drift(night(champion, folder, frame), spec, champion.reference, **more)


def tonight(rows: int = 1500, seed: int = 9) -> pd.DataFrame:
    return customers(rows, seed).drop(columns=["fold"])


def test_a_night_like_the_champions_data_has_not_drifted(champion: Champion, tmp_path: Path):
    found = judged(champion, tmp_path, tonight().drop(columns="churned"))

    assert not found.drifted
    assert {one.column for one in found.distances} == {
        "plan", "region", "tenure", "fee", "paperless", "prediction",
    }  # fmt: skip
    assert found.course == Course(calm=1)
    assert Drift.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_columns_to_blame_are_named_the_worst_first(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["tenure"] = frame["tenure"] // 4
    frame["region"] = "north"

    found = judged(champion, tmp_path, frame)

    blamed = [one.column for one in found.blamed]
    assert blamed[:2] == ["tenure", "region"]
    assert "fee" not in blamed
    assert found.blamed[0].ks == pytest.approx(0.74, abs=0.05)


def test_predictions_drift_with_what_they_are_made_of(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame[["plan", "tenure", "paperless"]] = ["basic", 3, True]

    found = {one.column: one for one in judged(champion, tmp_path, frame).blamed}

    assert found["prediction"].kind == "prediction"
    assert found["prediction"].psi > 1


def test_values_that_go_missing_are_a_drift(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame.loc[::2, "fee"] = float("nan")

    (fee,) = judged(champion, tmp_path, frame).blamed

    assert fee.column == "fee"
    assert fee.missing == pytest.approx((0.1, 0.55), abs=0.05)


def test_outcomes_are_compared_where_the_table_has_them(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["churned"] = 1 - frame["churned"]

    found = judged(champion, tmp_path, frame)

    assert [one.kind for one in found.distances if one.column == "churned"] == ["label"]
    held = found.calibration
    assert held is not None
    assert held.drifted
    assert held.observed == frame["churned"].mean()
    assert held.rows == len(frame)


def test_a_champion_that_foretells_well_is_calibrated(champion: Champion, tmp_path: Path):
    held = judged(champion, tmp_path, tonight()).calibration

    assert held is not None
    assert abs(held.off) < 0.2
    assert not held.drifted


def test_without_outcomes_nothing_is_said_of_them(champion: Champion, tmp_path: Path):
    found = judged(champion, tmp_path, tonight().drop(columns="churned"))

    assert found.calibration is None
    assert "churned" not in found.left_out


def test_outcomes_of_other_rows_than_were_scored_are_not_held_against_predictions(
    champion: Champion, tmp_path: Path
):
    the_night = night(champion, tmp_path, tonight())
    for path in the_night.table.iterdir():
        rows = pq.read_table(path)
        pq.write_table(rows.take(list(reversed(range(rows.num_rows)))), path)

    found = drift(the_night, SPEC, champion.reference)

    assert found.calibration is None
    why = "the predictions are not of tonight's rows, part by part"
    assert found.left_out == {"predictions against outcomes": why}


def test_a_few_known_outcomes_are_no_calibration_and_that_is_said(
    champion: Champion, tmp_path: Path
):
    frame = tonight()
    frame["churned"] = frame["churned"].astype("Int64").where(frame.index < 20)

    found = judged(champion, tmp_path, frame)

    assert found.calibration is None
    assert found.left_out["predictions against outcomes"] == "outcomes are known of 20 rows"


def test_predictions_of_another_version_alone_are_named_and_not_passed_over(
    champion: Champion, tmp_path: Path
):
    the_night = night(champion, tmp_path, tonight())
    for path in the_night.predictions.iterdir():
        said = pq.read_table(path)
        at = said.schema.get_field_index("version")
        versions = pa.array([5] * said.num_rows, pa.int64())
        pq.write_table(said.set_column(at, "version", versions), path)

    found = drift(the_night, SPEC, champion.reference)

    assert "prediction" not in {one.column for one in found.distances}
    assert found.left_out["prediction"].startswith("0 rows of tonight are fewer than")


def test_a_night_of_few_rows_says_nothing(champion: Champion, tmp_path: Path):
    before = replace(_drifted(), course=Course(standing="drifting", streak=1, since="2026-01-05"))
    frame = tonight(150)
    frame["tenure"] = 1

    found = judged(champion, tmp_path, frame, before=before)

    assert not found.enough
    assert not found.drifted
    assert found.course == before.course


def test_what_cannot_be_compared_is_named(champion: Champion, tmp_path: Path):
    the_night = night(champion, tmp_path, tonight())
    columns = tuple(
        replace(one, action="generalise") if one.name == "fee" else one
        for one in the_night.redaction.columns
    )
    kinds = tuple(
        (name, "number" if name == "tenure" else kind) for name, kind in the_night.redaction.schema
    )
    changed = replace(the_night.redaction, columns=columns, schema=kinds)

    found = drift(
        replace(the_night, redaction=changed),
        SPEC,
        replace(champion.reference, predictions=None),
    )

    assert found.left_out == {
        "fee": "the redaction changes it",
        "tenure": "tonight it is of another type",
        "prediction": "the table that the champion was trained on is gone",
    }


def test_a_column_has_limits_of_its_own_or_is_left_alone(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["tenure"] = frame["tenure"] // 4
    frame["region"] = "north"
    spec = DriftSpec(
        columns={"tenure": DriftLimits(psi=50, js=1, ks=1)}, ignore=("region",), calibration=None
    )

    found = judged(champion, tmp_path, frame, spec)

    assert {"tenure", "region"}.isdisjoint(one.column for one in found.blamed)
    assert "region" not in {one.column for one in found.distances}


def test_two_nights_in_a_row_ask_for_a_retrain_and_say_why(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["tenure"] = frame["tenure"] // 4

    found = judged(champion, tmp_path, frame, before=_drifted(), previous="x")

    assert found.course.asks
    assert found.alarm == "2026-01-06-17"
    assert re.fullmatch(
        r"Drift in tenure \(PSI \d\.\d\d\).* since 2026-01-05, seen on 2026-01-06\.", found.reason
    )
    assert f"A retrain is asked for. {found.reason}" in found.facts()


def test_another_champion_begins_a_course_of_its_own(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["tenure"] = frame["tenure"] // 4

    found = judged(champion, tmp_path, frame, before=replace(_drifted(), sequence=16))

    assert (found.course.standing, found.course.streak) == ("drifting", 1)


def test_rows_that_a_challenger_scored_are_no_drift_of_the_champion(
    champion: Champion, tmp_path: Path
):
    the_night = night(champion, tmp_path, tonight())
    for path in the_night.predictions.iterdir():
        said = pq.read_table(path)
        own = said.column("probability_1").to_numpy() < 0.3
        versions = pa.array([4 if one else 5 for one in own], pa.int64())
        at = said.schema.get_field_index("version")
        pq.write_table(said.set_column(at, "version", versions), path)

    found = drift(the_night, SPEC, champion.reference)

    (said,) = (one for one in found.distances if one.column == "prediction")
    assert 0 < sum(now for _, now in said.counts) < 1500
    assert found.calibration is not None
    assert 0 < found.calibration.rows < 1500


def test_a_bin_of_few_rows_shows_none(champion: Champion, tmp_path: Path):
    frame = tonight()
    frame["region"] = ["north"] * 1497 + ["south"] * 3

    (region,) = (
        one for one in judged(champion, tmp_path, frame).distances if one.column == "region"
    )

    assert [now for _, now in region.counts] == [1497, 0]


def test_the_same_night_judged_twice_is_the_same(champion: Champion, tmp_path: Path):
    the_night = night(champion, tmp_path, tonight())

    first = drift(the_night, SPEC, champion.reference, before=_drifted())

    assert drift(the_night, SPEC, champion.reference, before=_drifted()) == first


def test_histograms_that_do_not_read_are_refused(champion: Champion, tmp_path: Path):
    broken = replace(champion.reference, columns={"rows": 9, "columns": {"fee": {"edges": 3}}})

    with pytest.raises(Unverified, match="histogram of fee"):
        drift(night(champion, tmp_path, tonight()), SPEC, broken)


def test_a_part_that_cannot_be_read_quotes_nothing(champion: Champion, tmp_path: Path):
    the_night = night(champion, tmp_path, tonight())
    next(iter(the_night.table.iterdir())).write_bytes(b"PAR1 no more")

    with pytest.raises(DataError, match=r"cannot be read \(ArrowInvalid\)"):
        drift(the_night, SPEC, champion.reference)


def _drifted() -> Drift:
    return Drift(
        model="churn",
        night="2026-01-05",
        version=4,
        sequence=17,
        rows=1500,
        enough=True,
        distances=(),
        course=Course(standing="drifting", streak=1, since="2026-01-05"),
    )
