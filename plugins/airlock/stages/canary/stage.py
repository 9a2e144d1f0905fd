"""Judges the canary, or the champion, by labels, and appends the consequence to the ledger.

A challenger falls back on the figure alone: it has nothing to lose but a trial. A champion is
withdrawn only if the whole interval says so. Neither grows nor falls where nothing was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from airlock.core.errors import Conflict, SpecError
from airlock.ledger import Canary, Champion, Entry, Ledger, State
from airlock.ledger.withdrawal import withdraw
from airlock.registry import MlflowSettings, point_alias
from airlock.stages.canary.finding import finding
from airlock.stages.canary.record import Judgement, Outcome
from airlock.stages.gate.record import CanaryRule
from airlock.stages.live.record import Live, Paired

BY = "the policy"
"""Who withdraws a champion where no person did."""


def judge(
    *,
    ledger: Ledger,
    live: Live,
    verify: Callable[[Champion], None],
    scored: Callable[[Champion], Iterable[str]],
    mlflow: MlflowSettings,
    now: datetime,
) -> Judgement:
    """Let a challenger grow, stay or fall back; without one, watch over the champion.

    The rule is the one in the ledger: of the canary's first entry, or of the last decision about
    the champion's bundle. Two judges at once leave one entry, and the second tells what it says.

    Args:
        live: what was measured; only what was scored under the present entry counts.
        verify: raises `Unverified` unless every file of a bundle is as it was.
        scored: the nights with predictions of a champion.
        now: the time that entries carry, UTC.

    Raises:
        Unverified: who would become champion does not verify.
    """
    state = ledger.state()
    if state.champion is None:
        return _nobody(ledger, 0, "There is no champion yet.")
    if state.canary is not None:
        judgement = _judge_challenger(ledger, state, state.canary, live, verify=verify, now=now)
    else:
        judgement = _judge_champion(ledger, state, live, verify=verify, scored=scored, now=now)
    if judgement.outcome in {"promote", "roll back"}:
        point_alias(ledger, mlflow)
    return judgement


def _judge_challenger(
    ledger: Ledger,
    state: State,
    canary: Canary,
    live: Live,
    *,
    verify: Callable[[Champion], None],
    now: datetime,
) -> Judgement:
    rule = CanaryRule.model_validate(canary.rule)
    pair = _pair(live, "challenger", canary.champion_sequence, canary.sequence)
    found = finding(pair, rule, of="rival")
    if found.says == "unsure":
        return _told(ledger, state, canary, "hold", canary.share, found.because)
    # The step that ends a trial for good makes a champion: its files must still be there.
    share = rule.steps[canary.step] if found.says == "good" else 0.0
    if share == 1:
        verify(canary.challenger)
    entry: Entry | None
    try:
        entry = _append_step(ledger, canary, share, found.because, now=now)
    except Conflict:
        entry = _meanwhile(ledger, canary)
    if entry is None:
        because = "Somebody else decided about it in this moment."
        return _told(ledger, ledger.state(), canary, "hold", 0.0, because)
    return _from(ledger, canary, entry)


def _append_step(
    ledger: Ledger, canary: Canary, share: float, because: str, *, now: datetime
) -> Entry:
    def still_on_trial(state: State) -> None:
        if state.canary is None or state.canary.sequence != canary.sequence:
            raise Conflict("It was decided about in this moment.", do="Look at `airlock history`.")

    if share == 1:
        return ledger.append(
            "promoted", canary.promotion, id=_promotion_id(canary), at=now, guard=still_on_trial
        )
    body = canary.body(share=share, step=canary.step + 1, because=because)
    return ledger.append("canary", body, id=_next_id(canary), at=now, guard=still_on_trial)


def _next_id(canary: Canary) -> str:
    # One entry follows another one, whoever judges, and however often.
    return f"canary/after/{canary.sequence}"


def _promotion_id(canary: Canary) -> str:
    return f"promoted/{canary.promotion['decided']}"


def _meanwhile(ledger: Ledger, canary: Canary) -> Entry | None:
    return ledger.find(_next_id(canary)) or ledger.find(_promotion_id(canary))


def _from(ledger: Ledger, canary: Canary, entry: Entry) -> Judgement:
    outcome: Outcome = "promote"
    share, because = 1.0, "Every step of the rule was good; it is champion now."
    if entry.kind == "canary":
        share, because = entry.body["share"], entry.body["because"]
        outcome = "grow" if share else "fall back"
    return _told(ledger, ledger.state(), canary, outcome, share, because, entry.sequence)


def _told(
    ledger: Ledger,
    state: State,
    canary: Canary,
    outcome: Outcome,
    share: float,
    because: str,
    sequence: int = 0,
) -> Judgement:
    return Judgement(
        model=ledger.model,
        outcome=outcome,
        version=canary.challenger.version,
        share=share,
        because=(because,),
        sequence=sequence,
        champion_version=state.champion.version if state.champion else 0,
    )


def _judge_champion(
    ledger: Ledger,
    state: State,
    live: Live,
    *,
    verify: Callable[[Champion], None],
    scored: Callable[[Champion], Iterable[str]],
    now: datetime,
) -> Judgement:
    champion = state.champion
    assert champion is not None  # or `judge` would have said so
    rule = _rule(ledger.entries(), champion)
    if rule is None:
        because = "The policy that the champion was judged by has no canary."
        return _nobody(ledger, champion.version, because)
    pair = _pair(live, "before", champion.sequence)
    found = finding(pair, rule, of="champion")
    kept = Judgement(
        model=ledger.model,
        outcome="hold",
        version=champion.version,
        share=1.0,
        because=(found.because,),
        sequence=0,
        champion_version=champion.version,
    )
    if found.says != "bad" or pair is None:
        return kept
    try:
        entry = withdraw(
            ledger,
            state,
            # To nobody else than it was compared with.
            to_version=pair.rival_version,
            entry_id=f"rolled_back/canary/{champion.sequence}",
            by=BY,
            reason=found.because,
            verify=verify,
            scored=scored,
            now=now,
        )
    except (Conflict, SpecError) as error:
        return replace(kept, because=(found.because, error.what))
    return replace(
        kept,
        outcome="roll back",
        share=0.0,
        because=(entry.body["reason"],),
        sequence=entry.sequence,
        champion_version=entry.body["champion"]["version"],
        nights=tuple(entry.body["nights"]),
    )


def _pair(
    live: Live, kind: str, champion_sequence: int, rival_sequence: int | None = None
) -> Paired | None:
    wanted = (
        one
        for one in live.pairs
        if (one.kind, one.champion_sequence) == (kind, champion_sequence)
        and rival_sequence in {None, one.rival_sequence}
    )
    return next(wanted, None)


def _rule(entries: Sequence[Entry], champion: Champion) -> CanaryRule | None:
    for entry in reversed(entries):
        if entry.kind == "decided" and entry.body["bundle"] == champion.bundle:
            rule = entry.body.get("canary")
            return CanaryRule.model_validate(rule) if rule else None
    return None


def _nobody(ledger: Ledger, version: int, because: str) -> Judgement:
    return Judgement(
        model=ledger.model,
        outcome="nobody",
        version=version,
        share=0.0,
        because=(because,),
        sequence=0,
        champion_version=version,
    )
