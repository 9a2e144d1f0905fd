"""Predictions, stamped with who made them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from airlock.core.content import sha256_of_file
from airlock.core.errors import DataError, Unverified
from airlock.core.quoting import from_cell
from airlock.serve import load_recorded
from airlock.stages.score.record import Margin, Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from tests.redacted import customers, redacted
from tests.trained import Trained

# A scoring night has neither target nor folds.
TONIGHT = customers(seed=5).drop(columns=["churned", "fold"])


def scored(
    champion: Trained,
    folder: Path,
    frame: pd.DataFrame = TONIGHT,
    *,
    parts: int = 2,
    processes: int = 1,
    how: Mapping[str, Any] = MappingProxyType({}),
    **changes: Any,
) -> Scoring:
    redaction = redacted(frame, folder / "table", parts=parts)
    (folder / "out").mkdir()
    return score(
        NightToScore(
            redaction=redaction,
            champion=champion.champion(version=4, sequence=17, **changes),
            model="churn",
            night="2026-01-06",
            **how,
        ),
        Workspace(
            table=folder / "table",
            bundle=champion.bundle,
            out=folder / "out",
            processes=processes,
        ),
    )


def test_every_row_is_stamped_with_the_version_that_predicted_it(champion: Trained, tmp_path: Path):
    record = scored(champion, tmp_path)

    found = pq.read_table(tmp_path / "out").to_pandas()
    expected = load_recorded(champion.bundle, champion.name).predict(TONIGHT)
    assert found.columns.tolist() == [
        "row_key", "row", "prediction", "probability_0", "probability_1",
        "confidence", "band_low", "band_high",
        "model", "version", "sequence", "night",
    ]  # fmt: skip
    assert found["row_key"].tolist() == TONIGHT["customer_id"].tolist()
    pd.testing.assert_frame_equal(found[expected.columns], expected)
    for name, value in {
        "model": "churn",
        "version": 4,
        "sequence": 17,
        "night": "2026-01-06",
    }.items():
        assert found[name].unique().tolist() == [value]
    assert record.rows == len(TONIGHT)
    assert record.mean_score == pytest.approx(expected["probability_1"].mean())
    assert Scoring.from_json(record.to_json()) == record


def test_the_same_night_scored_twice_gives_the_same_bytes(champion: Trained, tmp_path: Path):
    for name in ("a", "b"):
        scored(champion, tmp_path / name)

    files = [sorted((tmp_path / name / "out").iterdir()) for name in ("a", "b")]
    assert [*map(sha256_of_file, files[0])] == [*map(sha256_of_file, files[1])]
    assert len(files[0]) == 2


def test_several_processes_give_the_same_bytes(champion: Trained, tmp_path: Path):
    records = [
        scored(champion, tmp_path / f"{processes}", parts=5, processes=processes)
        for processes in (1, 3)
    ]

    files = [sorted((tmp_path / name / "out").iterdir()) for name in ("1", "3")]
    assert [*map(sha256_of_file, files[0])] == [*map(sha256_of_file, files[1])]
    assert records[0] == records[1]


def test_every_row_of_a_night_has_a_number_of_its_own(champion: Trained, tmp_path: Path):
    twice = pd.concat([TONIGHT.head(20), TONIGHT.head(20)])
    scored(champion, tmp_path, twice, parts=3)

    found = pq.read_table(tmp_path / "out").to_pandas()
    assert found["row"].tolist() == list(range(40))
    assert found["row_key"].nunique() < 40


def test_a_band_is_around_the_class_that_is_predicted_and_stays_a_probability(
    champion: Trained, tmp_path: Path
):
    margin = Margin(coverage=0.9, metric="ece", width=0.2)
    record = scored(champion, tmp_path, how={"margin": margin})

    found = pq.read_table(tmp_path / "out").to_pandas()
    best = found[["probability_0", "probability_1"]].max(axis=1)
    pd.testing.assert_series_equal(found["confidence"], best, check_names=False)
    assert found["band_low"].tolist() == (best - 0.2).clip(lower=0).tolist()
    assert found["band_high"].tolist() == (best + 0.2).clip(upper=1).tolist()
    assert (found["band_high"] == 1).any()
    assert record.margin == margin


def test_without_anything_sound_to_take_it_from_there_is_no_band(champion: Trained, tmp_path: Path):
    scored(champion, tmp_path)

    found = pq.read_table(tmp_path / "out").to_pandas()
    assert found[["band_low", "band_high"]].isna().all(axis=None)
    assert found["confidence"].notna().all()


def test_rows_below_the_threshold_are_counted(champion: Trained, tmp_path: Path):
    record = scored(champion, tmp_path, how={"spec": ScoreSpec(unsure_below=0.7)})

    found = pq.read_table(tmp_path / "out").to_pandas()
    assert record.unsure == (found["confidence"] < 0.7).sum() > 0
    assert record.unsure_share == record.unsure / len(TONIGHT)


def test_csv_says_what_parquet_says(champion: Trained, tmp_path: Path):
    scored(champion, tmp_path, how={"spec": ScoreSpec(outputs=("csv",))})

    kept = sorted((tmp_path / "out").glob("*.parquet"))
    written = sorted((tmp_path / "out/csv").iterdir())
    for one, other in zip(kept, written, strict=True):
        expected = pq.read_table(one).to_pandas()
        found = pd.read_csv(other, dtype={"row_key": str})
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize("key", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "'=x"])
def test_no_key_in_a_csv_is_a_formula_and_each_reads_back(
    champion: Trained, tmp_path: Path, key: str
):
    hostile = TONIGHT.assign(customer_id=[f"{key}{at}" for at in range(len(TONIGHT))])

    scored(champion, tmp_path, hostile, how={"spec": ScoreSpec(outputs=("csv",))})

    written = sorted((tmp_path / "out/csv").iterdir())
    found = pd.concat(pd.read_csv(one, dtype={"row_key": str}) for one in written)["row_key"]
    assert found.str.startswith("'").all()
    assert found.map(from_cell).tolist() == hostile["customer_id"].tolist()


def test_a_value_that_training_did_not_know_is_scored(champion: Trained, tmp_path: Path):
    scored(champion, tmp_path, TONIGHT.assign(plan="never seen"))

    found = pq.read_table(tmp_path / "out").to_pandas()
    assert len(found) == len(TONIGHT)
    assert found["confidence"].between(0.5, 1).all()


def test_a_column_that_the_champion_needs_is_named(champion: Trained, tmp_path: Path):
    with pytest.raises(DataError, match="do not have: fee"):
        scored(champion, tmp_path, TONIGHT.drop(columns="fee"))


def test_another_bundle_than_the_ledger_names_is_refused(champion: Trained, tmp_path: Path):
    with pytest.raises(Unverified, match="was expected"):
        scored(champion, tmp_path, bundle="0" * 64)


def test_a_table_without_rows_is_refused(champion: Trained, tmp_path: Path):
    with pytest.raises(DataError, match="no row to score"):
        scored(champion, tmp_path, TONIGHT.head(0))


def test_a_part_that_cannot_be_read_is_named(champion: Trained, tmp_path: Path):
    table, out = tmp_path / "table", tmp_path / "out"
    redaction = redacted(TONIGHT, table)
    out.mkdir()
    (table / "part-00001.parquet").write_bytes(b"PAR1 no more")

    with pytest.raises(DataError, match=r"part-00001\.parquet"):
        score(
            NightToScore(
                redaction=redaction,
                champion=champion.champion(),
                model="churn",
                night="2026-01-06",
            ),
            Workspace(
                table=table,
                bundle=champion.bundle,
                out=out,
            ),
        )
