"""A challenger grows on good nights and falls on a bad one; without labels nothing moves."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.ledger import Champion, Ledger
from airlock.stages.evaluate.record import Interval
from airlock.stages.gate.policy.rollout import CanaryRule
from tests.emergency import RULE as GLASS
from tests.emergency import broken, rejected
from tests.judged import CHAMPION, NOW, case, judged, policy
from tests.watched import NOTHING, RULE, judged_by, let_through, measured, on_trial

GOOD = Interval(value=0.01, low=-0.01, high=0.03)
UNSURE = Interval(value=-0.01, low=-0.05, high=0.03)
BAD = Interval(value=-0.03, low=-0.06, high=0.01)
# Of the champion before minus the champion: the champion is surely worse.
HARMED = Interval(value=0.30, low=0.25, high=0.35)


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("promote", "canary", "break_glass"):
        monkeypatch.setattr(f"airlock.stages.{stage}.stage.point_alias", lambda *_: False)


def again(ledger: Ledger) -> Ledger:
    return Ledger(ledger.store, ledger.model, trusted=ledger.trusted, signer=ledger.signer)


def refuse(_: Champion) -> None:
    raise Unverified("It was altered.", do="Find out by whom.")


# How it begins


def test_what_the_gate_lets_through_begins_with_a_small_share_and_the_champion_stays(
    ledger: Ledger,
):
    state = on_trial(ledger)

    assert state.champion is not None
    assert state.canary is not None
    assert (state.champion.version, state.canary.challenger.version) == (1, 2)
    assert (state.canary.share, state.canary.step) == (0.05, 1)


def test_the_next_candidate_waits_while_somebody_is_on_trial(ledger: Ledger):
    on_trial(ledger)

    waiting = let_through(ledger, "third", 3)

    assert waiting.waits_for == 2
    assert not waiting.verdict.passed
    assert not waiting.verdict.repair
    assert ledger.state().canary.challenger.version == 2


def test_promoting_again_finds_the_canary_that_began(ledger: Ledger):
    on_trial(ledger)
    size = ledger.state().size

    again_begun = let_through(ledger, "second", 2)

    assert again_begun.share == 0.05
    assert ledger.state().size == size


# How it goes on


@pytest.mark.parametrize(
    ("apart", "changes", "outcome", "share"),
    [
        pytest.param(GOOD, {}, "grow", 0.25, id="not worse than the margin"),
        pytest.param(UNSURE, {}, "hold", 0.05, id="perhaps worse than the margin"),
        pytest.param(BAD, {}, "fall back", 0.0, id="worse than the margin"),
        pytest.param(GOOD, {"rows": 499}, "hold", 0.05, id="one label too few"),
        pytest.param(BAD, {"rows": 499}, "hold", 0.05, id="too few labels even to fall"),
        pytest.param(GOOD, {"nights": ("2026-01-06",)}, "hold", 0.05, id="a night too few"),
        pytest.param(None, {}, "hold", 0.05, id="not measured"),
        pytest.param(
            Interval(value=math.nan, low=0, high=0), {}, "hold", 0.05, id="NaN never grows"
        ),
    ],
)
def test_a_challenger_grows_holds_or_falls_back_by_what_the_labels_say(
    ledger: Ledger, apart: Interval | None, changes: Any, outcome: str, share: float
):
    on_trial(ledger)

    judgement = judged_by(ledger, measured(ledger, apart, **changes))

    canary = ledger.state().canary
    assert (judgement.outcome, judgement.share) == (outcome, share)
    assert (canary.share if canary else 0.0) == share
    assert judgement.because[0]


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(0.03, "fall back", id="a higher loss is worse"),
        pytest.param(-0.03, "grow", id="a lower loss is better"),
    ],
)
def test_a_metric_that_is_better_when_it_is_lower_is_read_so(
    ledger: Ledger, value: float, outcome: str
):
    rule = {**RULE, "metric": "log_loss"}
    let_through(ledger, "first", 1, rule=rule)
    let_through(ledger, "second", 2, rule=rule)
    apart = Interval(value=value, low=value - 0.01, high=value + 0.01)

    assert judged_by(ledger, measured(ledger, apart, metric="log_loss")).outcome == outcome


def test_a_figure_below_the_worst_that_is_allowed_ends_the_trial(ledger: Ledger):
    rule = {**RULE, "worst": 0.7}
    let_through(ledger, "first", 1, rule=rule)
    let_through(ledger, "second", 2, rule=rule)

    assert judged_by(ledger, measured(ledger, GOOD, own=0.69)).outcome == "fall back"


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro"])
@pytest.mark.parametrize("worst", [None, 0.7])
def test_a_pair_in_which_nobody_was_ever_right_moves_nothing(
    ledger: Ledger, metric: str, worst: float | None
):
    rule = {**RULE, "metric": metric, "worst": worst}
    let_through(ledger, "first", 1, rule=rule)
    let_through(ledger, "second", 2, rule=rule)
    none = Interval(value=0.0, low=0.0, high=0.0)

    judgement = judged_by(ledger, measured(ledger, none, metric=metric, own=0.0))

    assert judgement.outcome == "hold"
    assert "Nobody was right" in judgement.because[0]


def test_without_labels_nothing_moves(ledger: Ledger):
    before = on_trial(ledger)

    judgement = judged_by(ledger, NOTHING)

    assert (judgement.outcome, judgement.sequence) == ("hold", 0)
    assert judgement.because == ("0 of 500 labelled rows and 0 of 2 night(s) so far.",)
    assert ledger.state() == before


def test_labels_of_an_earlier_step_count_for_nothing(ledger: Ledger):
    on_trial(ledger)
    old = measured(ledger, GOOD)
    judged_by(ledger, old)

    assert judged_by(ledger, old).outcome == "hold"
    assert ledger.state().canary.share == 0.25


def test_the_last_step_makes_it_champion_by_the_promotion_that_was_decided(ledger: Ledger):
    on_trial(ledger)
    judged_by(ledger, measured(ledger, GOOD))

    judgement = judged_by(ledger, measured(ledger, GOOD))

    state = ledger.state()
    entry = ledger.entries()[judgement.sequence - 1]
    assert (judgement.outcome, state.champion.version, state.canary) == ("promote", 2, None)
    assert ledger.entries()[entry.body["decided"] - 1].body["version"] == 2


def test_a_bundle_that_does_not_verify_is_never_made_champion(ledger: Ledger):
    on_trial(ledger)
    judged_by(ledger, measured(ledger, GOOD))

    with pytest.raises(Unverified):
        judged_by(ledger, measured(ledger, GOOD), verify=refuse)

    assert ledger.state().champion.version == 1


def test_whoever_fell_back_is_refused_by_the_gate_from_then_on(ledger: Ledger):
    on_trial(ledger)
    judged_by(ledger, measured(ledger, BAD))

    champion = ledger.state().champion
    decision = judged(case(bundle="second", version=2, champion=champion), ledger, run_id="later")

    assert decision.record.outcome == "rejected"
    assert any("rolled back" in reason for reason in decision.record.reasons)


def test_two_judges_at_once_leave_one_entry_and_tell_the_same(ledger: Ledger):
    on_trial(ledger)
    lives = [measured(ledger, GOOD), measured(ledger, BAD), measured(ledger, GOOD, rows=901)]
    size = ledger.state().size

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda live: judged_by(again(ledger), live), lives * 2))

    assert ledger.state().size == size + 1
    # Whoever came later than the entry found nothing to judge by.
    assert len({one.outcome for one in told} - {"hold"}) == 1
    assert {one.sequence for one in told} <= {size + 1, 0}


def test_another_champion_ends_the_trial(ledger: Ledger):
    on_trial(ledger)
    live = measured(ledger, GOOD)
    champion = ledger.state().champion
    ledger.append("promoted", {"champion": champion.body()}, id="other", at=NOW)

    assert ledger.state().canary is None
    assert judged_by(ledger, live).outcome == "hold"


# Who watches the champion


@pytest.fixture
def poisoned(ledger: Ledger) -> Ledger:
    """The gate rejected version 2; Ada broke the glass for it."""
    rejected(ledger)
    one = case(champion=ledger.state().champion, bundle="second", version=2, holdout=3)
    approval = {"approvers": ["grace"], "roles": ["leads"], "break_glass": GLASS}
    judged(one, ledger, policy=policy(approval=approval, canary=RULE), run_id="run of poison")
    broken(ledger)
    assert ledger.state().champion.version == 2
    return ledger


def test_a_poisoned_champion_is_rolled_back_by_the_policy(poisoned: Ledger):
    judgement = judged_by(poisoned, measured(poisoned, HARMED))

    state = poisoned.state()
    entry = poisoned.entries()[judgement.sequence - 1]
    assert (judgement.outcome, state.champion.version, state.unconfirmed) == ("roll back", 1, None)
    assert (entry.kind, entry.body["by"]) == ("rolled_back", "the policy")
    assert judgement.nights == ("2026-01-06", "2026-01-07")
    assert "worse is allowed" in entry.body["reason"]
    assert poisoned.entries()[-1].kind == "incident"


def test_judging_again_after_a_rollback_withdraws_nobody_else(poisoned: Ledger):
    live = measured(poisoned, HARMED)
    judged_by(poisoned, live)
    size = poisoned.state().size

    assert judged_by(poisoned, live).outcome in {"hold", "nobody"}
    assert poisoned.state().size == size


def test_two_judges_withdraw_a_champion_once(poisoned: Ledger):
    live = measured(poisoned, HARMED)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: judged_by(again(poisoned), live), range(4)))

    assert [one.kind for one in poisoned.entries()].count("rolled_back") == 1
    assert poisoned.state().champion.version == 1


def test_a_champion_that_may_only_be_unlucky_stays(poisoned: Ledger):
    unlucky = Interval(value=0.05, low=0.01, high=0.09)

    assert judged_by(poisoned, measured(poisoned, unlucky)).outcome == "hold"
    assert poisoned.state().champion.version == 2


def test_a_champion_before_that_does_not_verify_does_not_come_back(poisoned: Ledger):
    with pytest.raises(Unverified):
        judged_by(poisoned, measured(poisoned, HARMED), verify=refuse)

    assert poisoned.state().champion.version == 2


def test_a_policy_without_a_canary_withdraws_nobody(ledger: Ledger):
    let_through(ledger, "first", 1, rule=None)
    let_through(ledger, "second", 2, rule=None)

    assert judged_by(ledger, measured(ledger, HARMED)).outcome == "nobody"
    assert ledger.state().champion.version == 2


# What a policy may say


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([0.25, 0.05, 1.0], id="falling"),
        pytest.param([0.05, 0.25], id="never everybody"),
        pytest.param([1.0], id="no step before"),
        pytest.param([0.0, 1.0], id="a step of nobody"),
    ],
)
def test_steps_must_rise_to_everybody(steps: list[float]):
    with pytest.raises(ValueError, match="steps must rise"):
        CanaryRule.model_validate({**RULE, "steps": steps})


def test_a_metric_that_nobody_measures_is_a_typo():
    with pytest.raises(ValueError, match="metric must be"):
        CanaryRule.model_validate({**RULE, "metric": "auc"})


@pytest.mark.parametrize("apart", [GOOD, BAD], ids=["the last step", "a fall back"])
def test_somebody_who_becomes_champion_in_the_moment_of_a_step_stays(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, apart: Interval
):
    """As by break-glass: between the step's last look at the ledger and its entry."""
    on_trial(ledger)
    judged_by(ledger, measured(ledger, GOOD))
    told, create = measured(ledger, apart), ledger.store.create

    def too_late(key: str, data: bytes) -> bool:
        monkeypatch.setattr(ledger.store, "create", create)
        again(ledger).append("promoted", {"champion": CHAMPION.body()}, id="break-glass", at=NOW)
        return create(key, data)

    monkeypatch.setattr(ledger.store, "create", too_late)
    judgement = judged_by(ledger, told)

    state = again(ledger).state()
    assert (judgement.outcome, judgement.sequence) == ("hold", 0)
    assert state.champion is not None
    assert (state.champion.version, state.canary) == (CHAMPION.version, None)
