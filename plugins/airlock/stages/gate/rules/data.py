"""Rules on the data: its quality, its privacy, and the order of nights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.core.nights import by_time
from airlock.stages.gate.policy.bounds import Bound
from airlock.stages.gate.policy.data import DataRule, PrivacyRule
from airlock.stages.gate.record import Outcome, RuleVerdict
from airlock.stages.gate.rules.verdicts import bounded, verdict

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.gate.case import Case


def judge_withdrawals(bundle: str, state: State) -> RuleVerdict:
    """A bundle that was rolled back stays out until a named person clears it."""
    since = state.rolled_back.get(bundle)
    if since is None:
        return verdict("rolled back", "pass", "This bundle was never rolled back.")
    sentence = f"This bundle was rolled back (ledger entry {since}) and nobody has cleared it."
    return verdict("rolled back", "fail", sentence)


def judge_order(night: str | None, state: State) -> RuleVerdict:
    """Data older than the champion's is no reason to replace it."""
    if state.champion is None:
        return verdict("data age", "not applicable", "There is no champion whose data is older.")
    if state.champion.night is None or night is None:
        # People are asked, see `ageless`: neither data without a night can be called older.
        sentence = ageless(night, state) or "Neither this data nor the champion's has a night."
        return verdict("data age", "not applicable", sentence)
    sentence = f"The data is of {night}, the champion's of {state.champion.night}"
    if by_time(night) < by_time(state.champion.night):
        return verdict("data age", "fail", f"{sentence}: older data never replaces it.")
    return verdict("data age", "pass", f"{sentence}.")


def ageless(night: str | None, state: State) -> str | None:
    """Why nobody knows which data is older; None where that is known, or the source has no nights.

    Args:
        night: of the data, ISO; None for a source without nights.
    """
    if state.champion is None or (night is None) == (state.champion.night is None):
        return None
    if night is None:
        return f"The data has no night, and the champion's is of {state.champion.night}."
    return f"The data is of {night}, and the champion's has no night."


def judge_data(rule: DataRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """Enough rows went through, and the warnings are few enough."""
    validation, redaction = case.validation.record, case.redaction.record
    rows, lost = validation.rows, validation.quarantined + redaction.quarantined
    share = lost / rows if rows else math.nan
    yield bounded(
        "quarantine", "The share of rows in quarantine", share, Bound(max=rule.max_quarantined)
    )
    if count := len(validation.warnings):
        outcome: Outcome = "pass" if rule.warnings == "pass" else "fail"
        allowed = "allows" if rule.warnings == "pass" else "does not allow"
        sentence = f"Validation gave {count} warning(s), which the policy {allowed}."
        yield verdict("warnings", outcome, sentence)


def judge_privacy(rule: PrivacyRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """The redaction proved what the policy demands."""
    redaction = case.redaction.record
    if any(column.action == "scan" for column in redaction.columns):
        recall = redaction.planted_recall
        bound = Bound(min=rule.min_planted_recall)
        what = "The share of planted identifiers that were caught"
        yield bounded("planted identifiers", what, math.nan if recall is None else recall, bound)
    else:
        sentence = "The redaction scans no column, so nothing was planted and nothing was proven."
        yield verdict("planted identifiers", "not applicable", sentence)
    if rule.min_k is not None:
        known = redaction.anonymity
        what = "The number of people in the smallest group with equal quasi-identifiers"
        k = known.smallest if known else math.nan
        yield bounded("k-anonymity", what, k, Bound(min=rule.min_k))
    if rule.min_l is not None:
        known = redaction.anonymity
        what = "The number of different targets in the group with the fewest"
        values = known.diversity if known and known.diversity is not None else math.nan
        yield bounded("l-diversity", what, values, Bound(min=rule.min_l))
    if rule.max_quarantined is not None:
        rows = redaction.rows + redaction.quarantined
        share = redaction.quarantined / rows if rows else math.nan
        what = "The share of rows that could not be proven clean"
        yield bounded("unproven rows", what, share, Bound(max=rule.max_quarantined))
