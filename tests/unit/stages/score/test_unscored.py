"""A row that the model computes no finite number for has no label, and is put to people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from torch import Tensor, nn

from airlock.core.errors import DataError
from airlock.serve import load_recorded
from airlock.stages.live.stage import NightToMeasure, live
from airlock.stages.score.record import Scoring
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.score.stage import score as stage
from airlock.stages.score.stage.score import NightToScore, Workspace, score, score_share, together
from airlock.stages.score.stage.share import Share
from tests.redacted import customers, redacted
from tests.trained import Trained

TONIGHT = customers(seed=5).drop(columns=["churned", "fold"])
FIGURES = ["prediction", "probability_0", "probability_1", "confidence"]


class Blind(nn.Module):
    """A model that knows nothing of rows whose first number is large."""

    def __init__(self, usual: nn.Module, most: float) -> None:
        super().__init__()
        self.usual, self.most = usual, most

    def forward(self, *inputs: Tensor) -> Tensor:
        beyond = (inputs[0][:, 0] > self.most)[:, None]
        return torch.where(beyond, torch.inf, self.usual(*inputs))


@pytest.fixture
def blind(champion: Trained, monkeypatch: pytest.MonkeyPatch) -> Trained:
    """The champion, that does not know the tenth of the rows with the largest number."""
    scorer = load_recorded(champion.bundle, champion.name)
    first = scorer.preprocessing.apply(TONIGHT)[0][:, 0]
    scorer.compute.module = Blind(scorer.compute.module, float(np.quantile(first, 0.9)))
    monkeypatch.setattr(stage, "load_recorded", lambda *args, **named: scorer)
    return champion


def job(who: Trained, folder: Path, **spec: object) -> NightToScore:
    return NightToScore(
        redaction=redacted(TONIGHT, folder / "table", parts=2),
        champion=who.champion(),
        model="churn",
        night="2026-01-06",
        spec=ScoreSpec.model_validate({"max_unscored": 0.2, **spec}),
    )


def scored(who: Trained, folder: Path, **spec: object) -> Scoring:
    (folder / "out").mkdir()
    return score(
        job(who, folder, **spec),
        Workspace(table=folder / "table", bundle=who.bundle, out=folder / "out"),
    )


def asked(record: Scoring, folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(folder / "out" / part.path) for part in record.review])


def test_such_rows_have_no_label_and_are_put_to_people_with_the_reason(
    blind: Trained, tmp_path: Path
):
    record = scored(blind, tmp_path, review=("plan",))

    whole = pq.read_table(tmp_path / "out").to_pandas()
    unknown = whole["prediction"].isna()
    rows = asked(record, tmp_path)
    assert 0 < unknown.sum() == record.unscored == len(rows)
    assert whole.loc[unknown, FIGURES].isna().all(axis=None)
    assert whole.loc[~unknown, FIGURES].notna().all(axis=None)
    assert rows["row"].tolist() == whole.loc[unknown, "row"].tolist()
    assert rows["why"].unique().tolist() == ["no finite score"]
    assert "plan" in rows
    assert record.unsure == 0
    assert record.mean_score == pytest.approx(whole["probability_1"].mean())
    assert any("no finite number" in fact for fact in record.facts())
    assert Scoring.from_json(record.to_json()) == record


def test_unsure_rows_beside_them_are_counted_apart(blind: Trained, tmp_path: Path):
    record = scored(blind, tmp_path, unsure_below=0.7)

    rows = asked(record, tmp_path)
    assert set(rows["why"]) == {"no finite score", "confidence below 0.7"}
    assert record.unsure == (rows["why"] == "confidence below 0.7").sum() > 0
    assert record.unscored == (rows["why"] == "no finite score").sum() > 0


@pytest.mark.parametrize("most", [0.0, 0.05])
def test_a_night_with_more_of_them_than_the_spec_allows_is_refused(
    blind: Trained, tmp_path: Path, most: float
):
    with pytest.raises(DataError, match=r"no finite number for \d+ of [\d,]+ rows") as refused:
        scored(blind, tmp_path, max_unscored=most)

    assert "max_unscored" in refused.value.do


def test_shares_come_to_the_same(blind: Trained, tmp_path: Path):
    alone = scored(blind, tmp_path)
    found: list[Share] = []
    for share in range(2):
        out = tmp_path / f"share-{share}"
        out.mkdir()
        workspace = Workspace(table=tmp_path / "table", bundle=blind.bundle, out=out)
        told = {"share": share, "shares": 2}
        found.append((score_share(job(blind, tmp_path), workspace, recipe="r", **told), out))
    (tmp_path / "together").mkdir()

    assert together(job(blind, tmp_path), shares=found, out=tmp_path / "together") == alone


def test_what_was_scored_before_is_named_as_it_was():
    assert "max_unscored" not in ScoreSpec().decisive()
    assert ScoreSpec(max_unscored=0.0).decisive()["max_unscored"] == 0


def test_live_measures_what_was_predicted_and_says_what_was_not():
    served = pd.DataFrame(
        {
            "row_key": ["a", "b", "c"],
            "version": 1,
            "prediction": [1, None, 0],
            "probability_0": [0.2, None, 0.9],
            "probability_1": [0.8, None, 0.1],
        }
    )
    labels = pd.Series({"a": "1", "b": "1", "c": "0"}, dtype=object)

    record = live("churn", [NightToMeasure(night="2026-01-06", served=served, labels=labels)])

    assert (record.nights[0].joined, record.nights[0].unscored, record.nights[0].waiting) == (
        2,
        1,
        0,
    )
    assert record.versions[0].rows == 2
    assert record.versions[0].figures["accuracy"].value == 1
    assert any("1 labelled rows of 2026-01-06 have no prediction" in one for one in record.facts())
