"""What a candidate and its month cost, told to people; what nobody said is never 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airlock.catalogs.usage import note_usage
from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.ledger import Ledger
from airlock.overview.costs import cost_of_run, month_of_costs, sentences
from airlock.stages.approve.stage.question import Links, question
from airlock.store import Store
from tests.judged import case, judged, policy
from tests.unit.engine.test_usage import ONE

NOW = datetime(2026, 1, 20, tzinfo=UTC)
MINE = ("churn", "manual__1")


@pytest.fixture
def spent(store: Store) -> Store:
    """Two runs of January, one of them reusing the other's training, and one of December."""
    priced = replace(ONE, money=3.0, currency="EUR")
    note_usage(store, priced)
    note_usage(store, replace(priced, task_id="redact", stage="redact", money=0.5))
    note_usage(store, replace(priced, run_id="manual__2", ended="reused", money=0.0))
    note_usage(store, replace(priced, run_id="manual__0", at=datetime(2025, 12, 5, tzinfo=UTC)))
    return store


def test_the_month_and_the_candidate_are_told_apart(spent: Store):
    assert cost_of_run(spent, "churn", MINE).money == 3.5
    assert cost_of_run(spent, "churn", ("churn", "manual__2")).money == 0.0
    assert month_of_costs(spent, "churn", "2026-01").total.money == 3.5
    assert month_of_costs(spent, "churn", "2025-12").total.money == 3.0


def test_the_dearest_stage_comes_first(spent: Store):
    found = month_of_costs(spent, "churn", "2026-01")

    assert [stage for stage, _ in found.stages] == ["train", "redact"]


def test_an_approver_reads_both_in_a_sentence_each(spent: Store):
    said = sentences(spent, "churn", ("churn", "manual__2"), now=NOW)

    assert said[0].startswith("This candidate: 0.00 EUR (1 of 1 stages reused, at 0); ")
    assert said[1].startswith("2026-01 so far: 3.50 EUR; ")
    assert "nobody measured the energy" in said[1]


def test_what_nobody_priced_is_said_to_an_approver(store: Store):
    note_usage(store, ONE)

    assert "nobody said what it costs" in sentences(store, "churn", MINE, now=NOW)[0]


def test_the_command_shows_months_and_stages(
    spent: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
):
    settings = Settings(
        root=tmp_path,
        sources=(),
        trusted_keys=tmp_path,
        notifier="",
        notifier_kwargs={},
        preload=False,
    )
    monkeypatch.setattr(Settings, "read", classmethod(lambda cls: settings))
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": spent)

    assert cli.main(["cost", "churn"]) == 0

    said = capsys.readouterr().out
    assert "2025-12" in said
    assert "3.50 EUR" in said
    assert "not measured" in said
    assert cli.main(["cost", "nobody"]) == 2
    assert cli.main(["cost", "churn", "--month", "2020-01"]) == 2


def test_the_question_to_an_approver_says_what_it_cost(ledger: Ledger):
    asking = policy(approval={"required": "always"})
    costs = ["This candidate: 3.50 EUR.", "2026-01 so far: nobody said what it costs | <b>."]

    body = question(
        judged(case(), ledger, policy=asking),
        ledger=ledger,
        links=Links(gate="http://localhost/gate"),
        costs=costs,
    ).body

    assert "This candidate: 3.50 EUR." in body.splitlines()
    assert "<b>" not in body
