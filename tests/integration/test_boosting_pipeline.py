"""A LightGBM pipeline from `airlock new` to a champion, a scored night, and a canary."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import include.models
from airlock.cli import main as cli
from airlock.serve import load_recorded
from airlock.stages.evaluate.stage.evaluate import ReferenceModel
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from airlock.stages.score.stage.shapley import attribute
from tests.newcomers import bring
from tests.registered import ledger_below
from tests.staged import staged, tasks

CANARY = "\ncanary: {metric: auroc, margin: 0.05, steps: [0.05, 1.0]}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROOT", str(project))
    models = str(project / "include/models")
    monkeypatch.setattr(include.models, "__path__", [models, *include.models.__path__])
    assert cli.main([*bring("subscribers", project), "--kind", "lightgbm"]) == 0
    policy = project / "include/policies/subscribers.yaml"
    policy.write_text(policy.read_text() + CANARY)
    assert cli.main(["check", "subscribers", "--project", str(project)]) == 0
    return project


def test_from_the_snapshot_to_the_canary(project: Path, tmp_path: Path):
    table = project / "var/data/subscribers.csv"
    training = project / "dags/subscribers_training.py"

    first = staged("subscribers_training", table, tmp_path / "first", root=project)
    ledger = ledger_below(tmp_path, first.model)
    first.promoted(ledger)

    champion = ledger.state().champion
    assert champion is not None
    assert first.training.model_class == "lightgbm"
    assert first.training.facts()[0].startswith(f"lightgbm: {first.training.epochs} rounds on")
    assert not (project / "include/models/subscribers.py").exists()

    out = tmp_path / "predictions"
    out.mkdir()
    scoring = score(
        NightToScore(
            redaction=first.redaction, champion=champion, model="subscribers", night="2026-01-06"
        ),
        Workspace(table=tmp_path / "first/redacted", bundle=first.bundle, out=out, processes=2),
    )
    predicted = pq.read_table(out, schema=None).to_pandas()
    scorer = load_recorded(first.bundle, champion.bundle)
    rows = pd.read_parquet(tmp_path / "first/redacted")
    assert scoring.rows == len(rows) == 1_500
    assert scoring.device == "cpu"
    # The same on two processes with a thread each as in one call.
    assert (
        predicted.sort_values("row")["probability_yes"].to_numpy()
        == scorer.predict(rows)["probability_yes"].to_numpy()
    ).all()

    why = attribute(scorer, rows.head(1))
    assert why.features[0][0] == "visits"
    assert abs(why.remainder) < 1e-9

    # Another candidate; it must prove itself on labels first.
    training.write_text(
        training.read_text().replace(
            'kind="lightgbm",', 'kind="lightgbm", hyperparameters={"num_leaves": 7},'
        )
    )
    assert tasks("subscribers_training", root=project)["train"].train.hyperparameters
    second = staged(
        "subscribers_training",
        table,
        tmp_path / "second",
        root=project,
        like=first,
        reference=ReferenceModel(champion=champion, record=first.training, bundle=first.bundle),
    )
    second.promoted(ledger)

    state = ledger.state()
    assert state.champion == champion
    assert state.canary is not None
    assert state.canary.challenger.bundle == second.evaluation.candidate_bundle != champion.bundle
