"""What a policy would have decided: from the same records, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.config.settings import Settings
from airlock.ledger import Ledger
from airlock.stages.gate.backtest import BackTest, backtests
from airlock.stages.gate.case import Case
from airlock.store import Store
from tests.judged import CHAMPION, GOOD, POLICY, case, interval, judged, policy

STRICT = policy(metrics={"auroc": {"min": 0.85}})


def published(one: Case, store: Store) -> Case:
    for part in one.results.values():
        store.create(part.address, part.result.stored())
    return one


@pytest.fixture
def two_runs(ledger: Ledger, store: Store) -> Ledger:
    """A first candidate that becomes champion, and one that is judged against it."""
    judged(published(case(bundle="first"), store), ledger, run_id="night 1")
    champion = CHAMPION.body() | {"bundle": case(bundle="first").bundle, "version": 1}
    made = ledger.append("promoted", {"champion": champion}, id="p", at=ledger.entries()[-1].at)
    rival = ledger.state().champion
    assert rival is not None
    assert rival.sequence == made.sequence
    better = {**GOOD, "auroc": interval(0.9)}
    judged(
        published(case(bundle="second", version=2, champion=rival, metrics=better), store),
        ledger,
        run_id="night 2",
    )
    return ledger


def outcomes(trials: list[BackTest]) -> list[tuple[str | None, str | None]]:
    return [(one.decided, one.decision.outcome if one.decision else None) for one in trials]


def test_the_same_policy_decides_the_same(two_runs: Ledger, store: Store):
    trials = list(backtests(POLICY, two_runs, store, last=9))

    assert outcomes(trials) == [("passed", "passed"), ("passed", "passed")]
    assert [one.run for one in trials] == ["night 1", "night 2"]


def test_a_stricter_policy_says_what_it_would_have_refused(two_runs: Ledger, store: Store):
    trials = list(backtests(STRICT, two_runs, store, last=9))

    assert outcomes(trials) == [("passed", "rejected"), ("passed", "passed")]


def test_only_the_last_runs_are_judged_and_nothing_is_written(two_runs: Ledger, store: Store):
    before = len(two_runs.entries())

    assert [one.run for one in backtests(POLICY, two_runs, store, last=1)] == ["night 2"]
    assert list(backtests(POLICY, two_runs, store, last=0)) == []
    assert len(two_runs.entries()) == before


def test_a_record_that_was_altered_is_told_and_not_judged(two_runs: Ledger, store: Store):
    address = two_runs.entries()[0].body["results"]["evaluate"]["address"]
    store.put(address, store.get(address).replace(b"0.8", b"0.9"))

    first, second = backtests(POLICY, two_runs, store, last=9)

    assert first.decision is None
    assert "SHA-256 differs" in (first.problem or "")
    assert second.decision is not None


# At the command line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "name: churn\nmetrics: {auroc: {min: 0.85}}\nfirst: {auroc: {min: 0.7}}\n"
        "champion: [{metric: auroc, margin: 0.01}]\n"
    )
    return path


def test_policy_check_says_what_the_file_demands(file: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["policy", "check", str(file)]) == 0
    said = capsys.readouterr().out
    assert "every candidate: auroc at least 0.85" in said
    assert "against the champion: auroc at most 0.01 worse" in said


def test_policy_check_names_the_wrong_key(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(file.read_text().replace("metrics", "metric"))

    assert cli.main(["policy", "check", str(file)]) == 1
    assert "metric: there is no `metric` here" in capsys.readouterr().err


def test_policy_test_counts_what_would_have_ended_otherwise(
    two_runs: Ledger,
    store: Store,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    class Here:
        device_hour_price = None

        def store(self, zone: str = "store") -> Store:
            return store

        def ledger(self, model: str) -> Ledger:
            return two_runs

    monkeypatch.setattr(Settings, "read", lambda: Here())

    assert cli.main(["policy", "test", str(file), "churn"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "2 run(s); 1 would have ended otherwise." in said
    assert "auroc is 0.8" in said


def test_policy_check_names_every_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rules = policy(
        champion={"margins": [{"metric": "auroc", "margin": 0.01}], "unreadable": "approval"},
        slices={"columns": ["plan"], "bins": {"age": [30]}, "metrics": {"auroc": {"min": 0.6}}},
        fairness={"columns": ["region"], "disparate_impact": 0.8},
        robustness={"missing": 0.1, "margins": [{"metric": "auroc", "margin": 0.05}]},
        limits={"latency_ms_per_1000": 20},
        holdout={"max_age_nights": 2},
        card={"owner": "Retention team", "intended_use": "Calls."},
    )
    file = tmp_path / "policy.yaml"
    file.write_text(json.dumps(rules.to_json()))

    assert cli.main(["policy", "check", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for demand in (
        "a champion that cannot read the rows: approval",
        "on every slice of plan, age with 100 rows: auroc at least 0.6",
        "between the groups of region: disparate_impact at least 0.8",
        "with 10 % of the cells missing, with noise 0: auroc at most 0.05 worse",
        "limits: latency_ms_per_1000 20.0",
        "max_age_nights 2",
        "Retention team answers for it",
    ):
        assert demand in said


def test_a_trial_reads_speed_and_age_of_its_run(two_runs: Ledger, store: Store, tmp_path: Path):
    fresh = policy(holdout={"max_age_nights": 1}, limits={"latency_ms_per_1000": 5})

    trials = list(backtests(fresh, two_runs, store, last=2))

    assert all(one.problem is None for one in trials)
    outcomes = {
        ruling.rule: ruling.outcome
        for one in trials
        if one.decision
        for ruling in one.decision.rulings
    }
    assert outcomes["holdout age"] == "pass"
    assert outcomes["limits: latency"] == "cannot tell"
