"""The pipelines on real tables, from their DAG files to a champion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from airlock.serve import load_recorded
from airlock.stages.approve.record import Approval
from airlock.stages.promote.stage import promote
from tests.judged import NOW, judged, result
from tests.registered import ledger_below, sqlite_below
from tests.staged import Staged, staged


@pytest.fixture(scope="module")
def bikes(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    folder = tmp_path_factory.mktemp("bikes")
    return staged("bike_demand_training", shared_data / "bike_hourly.csv", folder)


@pytest.fixture(scope="module")
def messages(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    folder = tmp_path_factory.mktemp("messages")
    return staged("sms_spam_training", shared_data / "sms_spam.tsv", folder)


@pytest.mark.parametrize("pipeline", ["bikes", "messages"])
def test_a_candidate_becomes_champion_by_the_policy_of_its_file(
    pipeline: str, request: pytest.FixtureRequest, tmp_path: Path
):
    done: Staged = request.getfixturevalue(pipeline)
    ledger = ledger_below(tmp_path, done.model)
    one = done.case(done.registered(ledger))

    decision = judged(one, ledger, policy=done.policy)
    assert decision.record.outcome == "passed", decision.record.reasons
    unasked = Approval(
        model=done.model, version=1, decision=decision.content, required=False, approved=True
    )
    promote(
        decision,
        result(unasked, {"decision": decision}),
        training=one.training,
        validation=one.validation,
        ledger=ledger,
        mlflow=sqlite_below(done.folder),
        now=NOW,
    )

    champion = ledger.state().champion
    assert champion is not None
    assert champion.bundle == done.evaluation.candidate_bundle


def test_all_hours_of_a_day_are_in_one_fold_and_the_answer_is_in_no_feature(bikes: Staged):
    rows = pq.read_table(bikes.folder / "redacted").to_pandas()
    model = json.loads((bikes.bundle / "model.json").read_text())

    assert (rows.groupby("dteday")["fold"].nunique() == 1).all()
    assert {"casual", "registered", "X"}.isdisjoint(rows.columns)
    assert {"cnt", "dteday"}.isdisjoint(name for name, _ in model["features"])


def test_hours_without_a_weather_report_are_predicted_too(bikes: Staged):
    rows = pq.read_table(bikes.folder / "redacted").to_pandas()
    unknown = rows[rows["temp"].isna()]

    predicted = load_recorded(bikes.bundle, bikes.evaluation.candidate_bundle).predict(unknown)[
        "prediction"
    ]

    assert len(unknown) > 100
    assert predicted.notna().all()


def test_messages_go_out_without_what_has_a_form(messages: Staged, shared_data: Path):
    rows = pq.read_table(messages.folder / "redacted").to_pandas()
    raw = (shared_data / "sms_spam.tsv").read_text(encoding="utf-8")

    # A number of this very table.
    assert "09061701461" in raw
    assert not rows["message"].str.contains("09061701461").any()
    assert rows["message"].str.contains("<PHONE_NUMBER>").sum() > 300
    assert messages.redaction.planted_recall == 1.0
    assert (rows.groupby("message")["fold"].nunique() == 1).all()


def test_the_bundle_of_the_messages_holds_no_word_of_theirs(messages: Staged):
    rows = pq.read_table(messages.folder / "redacted").to_pandas()
    words = {word for text in rows["message"] for word in text.split() if len(word) > 12}
    held = b"".join(
        path.read_bytes() for path in messages.bundle.iterdir() if path.suffix in {".json", ".txt"}
    )

    assert len(words) > 500
    assert not [
        word for word in words - {"<PHONE_NUMBER>", "<EMAIL_ADDRESS>"} if word.encode() in held
    ]


def test_a_new_message_is_told_from_spam(messages: Staged, tmp_path: Path):
    elsewhere = Path(shutil.copytree(messages.bundle, tmp_path / "bundle"))
    new = pd.DataFrame(
        {
            "message": [
                "URGENT! You have won a £500 prize, call <PHONE_NUMBER> now to claim",
                "ok see you at home later, love",
                None,
            ]
        }
    )

    found = load_recorded(elsewhere, messages.evaluation.candidate_bundle).predict(new)

    assert found["prediction"][:2].tolist() == ["spam", "ham"]
    assert found["probability_spam"][0] > 0.9
    assert found["probability_spam"].between(0, 1).all()
