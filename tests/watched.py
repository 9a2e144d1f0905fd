"""A champion, and a challenger that the gate let through under a rule for canaries."""

from __future__ import annotations

from typing import Any

from airlock.ledger import Ledger, State
from airlock.registry import MlflowSettings
from airlock.stages.approve.record import Approval
from airlock.stages.canary.record import Judgement
from airlock.stages.canary.stage import judge
from airlock.stages.evaluate.record import Interval
from airlock.stages.live.record import Live, Paired
from airlock.stages.promote.record import Promotion
from airlock.stages.promote.stage import promote
from tests.judged import NOW, case, interval, judged, policy, result

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")
RULE: dict[str, Any] = {
    "steps": [0.05, 0.25, 1.0],
    "nights": 2,
    "min_labelled": 500,
    "metric": "auroc",
    "margin": 0.02,
}
NOTHING = Live(model="churn", nights=(), versions=(), pairs=())


def let_through(
    ledger: Ledger, bundle: str, version: int, *, rule: dict[str, Any] | None = RULE
) -> Promotion:
    """Gate and promote a version; the first one is champion, the next ones are canaries."""
    one = case(bundle=bundle, version=version, champion=ledger.state().champion)
    decision = judged(one, ledger, policy=policy(canary=rule), run_id=f"run of {bundle}")
    unasked = Approval(
        model="churn", version=version, decision=decision.content, required=False, approved=True
    )
    return promote(
        decision,
        result(unasked, {"decision": decision}),
        training=one.training,
        validation=one.validation,
        ledger=ledger,
        mlflow=AWAY,
        now=NOW,
    )


def on_trial(ledger: Ledger) -> State:
    """Version 1 is champion, version 2 answers the first share."""
    let_through(ledger, "first", 1)
    let_through(ledger, "second", 2)
    return ledger.state()


def measured(
    ledger: Ledger,
    apart: Interval | None,
    *,
    rows: int = 900,
    nights: tuple[str, ...] = ("2026-01-06", "2026-01-07"),
    own: float = 0.8,
    metric: str = "auroc",
) -> Live:
    """What labels say of the pair that scores now.

    Args:
        apart: the rival's figure minus the champion's; None if it was not measured.
        own: the figure of whoever is judged.
    """
    state = ledger.state()
    champion, canary = state.champion, state.canary
    assert champion is not None
    figures = {metric: interval(own)}
    pair = Paired(
        kind="challenger" if canary else "before",
        champion_version=champion.version,
        champion_sequence=champion.sequence,
        rival_version=canary.challenger.version if canary else champion.version - 1,
        rival_sequence=canary.sequence if canary else 0,
        nights=nights,
        rows=rows,
        agreement=0.9,
        champion=figures,
        rival=figures,
        difference={} if apart is None else {metric: apart},
    )
    return Live(model="churn", nights=(), versions=(), pairs=(pair,))


def judged_by(ledger: Ledger, live: Live, **changes: Any) -> Judgement:
    """What the policy makes of it."""
    arguments: dict[str, Any] = {
        "verify": lambda champion: None,
        "scored": lambda champion: ["2026-01-06", "2026-01-07"],
        "mlflow": AWAY,
        "now": NOW,
    }
    return judge(ledger=ledger, live=live, **arguments | changes)
