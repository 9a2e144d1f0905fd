"""Predictions, stamped with who made them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from airlock.content import sha256_of_file
from airlock.errors import DataError, Unverified
from airlock.serve import load_bundle
from airlock.stages.score.record import Scoring
from airlock.stages.score.stage import score
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

# A scoring night has neither target nor folds.
TONIGHT = customers(seed=5).drop(columns=["churned", "fold"])


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("champion"))


def scored(champion: Trained, folder: Path, frame: pd.DataFrame = TONIGHT, **changes) -> Scoring:
    redaction = redacted(frame, folder / "table")
    (folder / "out").mkdir()
    return score(
        redaction,
        champion.champion(version=4, sequence=17, **changes),
        model="churn",
        night="2026-01-06",
        table=folder / "table",
        bundle=champion.bundle,
        out=folder / "out",
    )


def test_every_row_is_stamped_with_the_version_that_predicted_it(champion: Trained, tmp_path: Path):
    record = scored(champion, tmp_path)

    found = pq.read_table(tmp_path / "out").to_pandas()
    expected = load_bundle(champion.bundle).predict(TONIGHT)
    assert found.columns.tolist() == [
        "row_key", "prediction", "probability_0", "probability_1",
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
            redaction,
            champion.champion(),
            model="churn",
            night="2026-01-06",
            table=table,
            bundle=champion.bundle,
            out=out,
        )
